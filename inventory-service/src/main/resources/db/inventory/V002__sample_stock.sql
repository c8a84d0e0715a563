-- A small shop to try the platform with.
INSERT INTO stock (sku, available, received) VALUES
    ('espresso-beans', 100000, 100000),
    ('filter-papers', 100000, 100000),
    ('moka-pot', 1000, 1000),
    ('gold-grinder', 0, 0);
