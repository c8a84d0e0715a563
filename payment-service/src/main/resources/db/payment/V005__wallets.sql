-- Wallets at the simulated provider. What was deposited is available, held or spent, and nothing else.
CREATE TABLE provider.wallet (
    token           text   PRIMARY KEY,
    currency        text   NOT NULL,
    balance_minor   bigint NOT NULL CHECK (balance_minor >= 0),
    held_minor      bigint NOT NULL DEFAULT 0 CHECK (held_minor >= 0),
    spent_minor     bigint NOT NULL DEFAULT 0 CHECK (spent_minor >= 0),
    deposited_minor bigint NOT NULL CHECK (deposited_minor <= 9007199254740991),
    CONSTRAINT wallet_is_conserved CHECK (deposited_minor = balance_minor + held_minor + spent_minor)
) WITH (fillfactor = 60);

-- The wallet that a charge was taken from; null for a card.
ALTER TABLE provider.charge ADD COLUMN wallet text;

-- For the audit, which compares each wallet with its charges.
CREATE INDEX charge_of_wallet ON provider.charge (wallet) INCLUDE (amount_minor)
    WHERE wallet IS NOT NULL AND status = 'CHARGED';

GRANT SELECT, INSERT, UPDATE ON provider.wallet TO payment_service;
