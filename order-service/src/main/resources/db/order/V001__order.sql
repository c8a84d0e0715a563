-- What the customer ordered. Never changes: where it stands is the saga's to say.
CREATE TABLE placed_order (
    order_id      uuid        PRIMARY KEY,
    customer_id   text        NOT NULL,
    currency      text        NOT NULL,
    total_minor   bigint      NOT NULL CHECK (total_minor > 0),
    lines         json        NOT NULL,
    payment_token text        NOT NULL,
    traceparent   text,
    placed_at     timestamptz NOT NULL
);

-- Where each order's saga stands, and so the order. The step is the one whose reply is awaited.
-- Inserted with its order and with none else, so no foreign key: its check would lock, and so
-- rewrite, the order's row.
CREATE TABLE saga (
    order_id     uuid        PRIMARY KEY,
    status       text        NOT NULL CHECK (status IN
                     ('RUNNING', 'COMPENSATING', 'STUCK', 'COMPLETED', 'COMPENSATED')),
    step         text        NOT NULL,
    attempt      int         NOT NULL CHECK (attempt > 0),
    abort_reason text,
    version      int         NOT NULL CHECK (version > 0),
    messages     bigint      NOT NULL, -- the sequence of the last message sent
    deadline_at  timestamptz,
    ended_at     timestamptz,
    CHECK ((status IN ('RUNNING', 'COMPENSATING')) = (deadline_at IS NOT NULL)),
    CHECK ((status IN ('COMPLETED', 'COMPENSATED')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 60);

-- Deadlines are looked for among the open sagas and are in no index themselves: they move at every
-- step, and an update of an indexed column would have to write every index of the row.
CREATE INDEX saga_open ON saga (order_id) WHERE status IN ('RUNNING', 'COMPENSATING');
CREATE INDEX saga_stuck ON saga (order_id) WHERE status = 'STUCK';

-- An order as its customer sees it.
CREATE VIEW orders AS
SELECT o.order_id, o.customer_id, o.currency, o.total_minor, o.lines::jsonb AS lines,
       o.payment_token,
       CASE WHEN s.ended_at IS NULL THEN 'PENDING'
            WHEN s.status = 'COMPLETED' THEN 'COMPLETED'
            WHEN s.abort_reason = 'CANCELLED_BY_CUSTOMER' THEN 'CANCELLED'
            ELSE 'REJECTED' END AS status,
       CASE WHEN s.ended_at IS NOT NULL THEN s.abort_reason END AS reason,
       o.traceparent, o.placed_at, s.ended_at
FROM placed_order o LEFT JOIN saga s USING (order_id);

-- Every transition of every saga: its timeline, and the proof that it took a legal path.
CREATE TABLE saga_log (
    order_id uuid        NOT NULL, -- of a saga that the same transaction writes
    version  int         NOT NULL,
    at       timestamptz NOT NULL,
    signal   text        NOT NULL, -- what happened
    status   text        NOT NULL, -- and where it led
    step     text        NOT NULL,
    attempt  int         NOT NULL,
    sent     text        NOT NULL, -- the messages it made, by name
    PRIMARY KEY (order_id, version)
);

-- Written in the transaction of the order, so that a key exists if, and only if, its order does.
CREATE TABLE idempotency_key (
    key         text        PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    order_id    uuid        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- The rows lie in the order in which they came.
CREATE INDEX idempotency_key_age ON idempotency_key USING brin (created_at);

GRANT SELECT ON orders TO order_service;
GRANT SELECT, INSERT, UPDATE ON saga TO order_service;
GRANT SELECT, INSERT ON placed_order, saga_log TO order_service;
GRANT SELECT, INSERT, DELETE ON idempotency_key TO order_service;
GRANT SELECT, INSERT ON outbox, outbox_republication, inbox TO order_service;
GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_audited, inbox_position TO order_service;
GRANT SELECT, INSERT ON operator_action TO order_service;
GRANT EXECUTE ON FUNCTION outbox_maintain(int, int), outbox_summarize() TO order_service;
