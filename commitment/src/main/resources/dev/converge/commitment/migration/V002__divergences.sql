-- The service's role needs, in a participant's database:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_divergence TO ...;

-- Branches that have ended differently from their decision. No step of a protocol repairs them, so
-- a row stays until an operator acknowledges it.
CREATE TABLE transaction_divergence (
    gid             text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    -- The branch when the decision arrived. UNKNOWN: it was never prepared here, or its prepared
    -- transaction was ended by hand.
    state           text        NOT NULL CHECK (state IN ('UNKNOWN', 'COMMITTED', 'ABORTED')),
    -- The decision that arrived.
    message         text        NOT NULL CHECK (message IN ('COMMIT', 'ABORT')),
    at              timestamptz NOT NULL DEFAULT now(),
    acknowledged_at timestamptz
);
CREATE INDEX transaction_divergence_open ON transaction_divergence (at)
    WHERE acknowledged_at IS NULL;
CREATE INDEX transaction_divergence_acknowledged ON transaction_divergence (acknowledged_at)
    WHERE acknowledged_at IS NOT NULL;
