-- Stock per SKU. What was received is on the shelf, set aside for orders, or shipped: nothing else.
CREATE TABLE stock (
    sku       text   PRIMARY KEY,
    available bigint NOT NULL CHECK (available >= 0),
    reserved  bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    shipped   bigint NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    received  bigint NOT NULL,
    CONSTRAINT stock_is_conserved CHECK (available + reserved + shipped = received)
);

-- One row per order that ever sent a command, the tombstone of an undo before its do included.
CREATE TABLE reservation (
    order_id   uuid        PRIMARY KEY,
    status     text        NOT NULL CHECK (status IN ('RESERVED', 'REFUSED', 'RELEASED', 'SHIPPED')),
    lines      json        NOT NULL,
    version    bigint      NOT NULL, -- commands handled; the sequence of the last reply
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 80); -- room for the one update most have

GRANT SELECT, INSERT, UPDATE ON stock, reservation TO inventory_service;
GRANT SELECT, INSERT ON outbox, outbox_republication, inbox TO inventory_service;
GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_audited, inbox_position TO inventory_service;
GRANT SELECT, INSERT ON operator_action TO inventory_service;
GRANT EXECUTE ON FUNCTION outbox_maintain(int, int), outbox_summarize() TO inventory_service;
