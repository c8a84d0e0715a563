-- The topics that this service sends to. A row for another topic, which may not exist, would stop the
-- connector, and all messages behind it.
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_is_one_of_ours CHECK (
    aggregatetype IN ('inventory.commands', 'payment.commands', 'order.events')) NOT VALID;

-- As in the outbox, where it goes.
ALTER TABLE placed_order ADD CONSTRAINT placed_order_traceparent_is_valid CHECK (
    traceparent LIKE '00-________________________________-________________-__'
    AND traceparent NOT LIKE '%-%-%-%-%'
    AND traceparent ~ '^[0-9a-f-]+$' COLLATE "C") NOT VALID;
