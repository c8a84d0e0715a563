-- What JSON shows as a number is exact for every client: up to 2^53 - 1. For new rows; no old one is
-- looked at.
ALTER TABLE stock
    ADD CONSTRAINT stock_is_exact
    CHECK (available <= 9007199254740991 AND reserved <= 9007199254740991
           AND shipped <= 9007199254740991) NOT VALID;
