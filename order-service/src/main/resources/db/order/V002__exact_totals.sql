-- What JSON shows as a number is exact for every client: up to 2^53 - 1. For new rows; no old one is
-- looked at.
ALTER TABLE placed_order
    ADD CONSTRAINT placed_order_total_is_exact CHECK (total_minor <= 9007199254740991) NOT VALID;
