-- One row per order that ever sent a command, the tombstone of an undo before its do included.
CREATE TABLE payment (
    order_id        uuid        PRIMARY KEY, -- also the provider's idempotency key
    status          text        NOT NULL CHECK (status IN
                        ('CHARGING', 'CHARGED', 'DECLINED', 'VOIDING', 'REFUNDING', 'REFUNDED')),
    amount_minor    bigint      NOT NULL CHECK (amount_minor >= 0),
    currency        text        NOT NULL,
    token           text        NOT NULL,
    decline_reason  text,
    replies         bigint      NOT NULL, -- the sequence of the last reply
    command_id      uuid        NOT NULL, -- the command that is being served
    traceparent     text,
    attempts        int         NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX payment_to_call ON payment (next_attempt_at)
    WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING');

GRANT SELECT, INSERT, UPDATE ON payment TO payment_service;
GRANT SELECT, INSERT ON outbox, outbox_republication, inbox TO payment_service;
GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_audited, inbox_position TO payment_service;
GRANT SELECT, INSERT ON operator_action TO payment_service;
GRANT EXECUTE ON FUNCTION outbox_maintain(int, int), outbox_summarize() TO payment_service;

-- The simulated provider's own books. Another company's database, were it not simulated: nothing of
-- ours joins it, and it commits on its own.
CREATE SCHEMA provider;

CREATE TABLE provider.charge (
    key          uuid   PRIMARY KEY,
    status       text   NOT NULL CHECK (status IN ('CHARGED', 'DECLINED', 'REFUNDED', 'VOIDED')),
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency     text   NOT NULL,
    requests     int    NOT NULL DEFAULT 1
);

GRANT USAGE ON SCHEMA provider TO payment_service;
GRANT SELECT, INSERT, UPDATE ON provider.charge TO payment_service;
