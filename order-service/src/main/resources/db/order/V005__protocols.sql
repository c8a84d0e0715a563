-- Orders that another protocol than the saga commits. Such an order has no saga: its row states its end.
-- All columns are null for an order of the saga.
ALTER TABLE placed_order
    ADD COLUMN protocol       text,
    ADD COLUMN outcome        text,
    ADD COLUMN outcome_reason text,
    ADD COLUMN outcome_at     timestamptz,
    ADD COLUMN transaction    json; -- its name, the decision and the votes

ALTER TABLE placed_order ADD CONSTRAINT placed_order_protocol_has_an_outcome CHECK (
    (protocol IS NULL AND outcome IS NULL AND outcome_reason IS NULL AND outcome_at IS NULL
     AND transaction IS NULL)
    OR (protocol IS NOT NULL AND outcome IN ('COMPLETED', 'REJECTED') AND outcome_at IS NOT NULL
        AND transaction IS NOT NULL AND (outcome = 'REJECTED') = (outcome_reason IS NOT NULL)))
    NOT VALID;

-- Empty while the saga is the only protocol.
CREATE INDEX placed_order_by_protocol ON placed_order (order_id) INCLUDE (outcome)
    WHERE protocol IS NOT NULL;

CREATE OR REPLACE VIEW orders AS
SELECT o.order_id, o.customer_id, o.currency, o.total_minor, o.lines::jsonb AS lines,
       o.payment_token,
       CASE WHEN o.protocol IS NOT NULL THEN o.outcome
            WHEN s.ended_at IS NULL THEN 'PENDING'
            WHEN s.status = 'COMPLETED' THEN 'COMPLETED'
            WHEN s.abort_reason = 'CANCELLED_BY_CUSTOMER' THEN 'CANCELLED'
            ELSE 'REJECTED' END AS status,
       CASE WHEN o.protocol IS NOT NULL THEN o.outcome_reason
            WHEN s.ended_at IS NOT NULL THEN s.abort_reason END AS reason,
       o.traceparent, o.placed_at,
       CASE WHEN o.protocol IS NOT NULL THEN o.outcome_at ELSE s.ended_at END AS ended_at,
       o.protocol, o.transaction
FROM placed_order o LEFT JOIN saga s USING (order_id);

-- The dual write, the control of the experiments, may reject an order after it was written.
GRANT UPDATE (outcome, outcome_reason, outcome_at, transaction) ON placed_order TO order_service;
