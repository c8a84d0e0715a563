-- What JSON shows as a number is exact for every client: up to 2^53 - 1. For new rows; no old one is
-- looked at.
ALTER TABLE payment
    ADD CONSTRAINT payment_amount_is_exact CHECK (amount_minor <= 9007199254740991) NOT VALID;

ALTER TABLE provider.charge
    ADD CONSTRAINT charge_amount_is_exact CHECK (amount_minor <= 9007199254740991) NOT VALID;
