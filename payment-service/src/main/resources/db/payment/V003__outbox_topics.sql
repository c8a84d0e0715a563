-- The topic that this service sends to. A row for another topic, which may not exist, would stop the
-- connector, and all messages behind it.
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_is_one_of_ours CHECK (
    aggregatetype = 'order.replies') NOT VALID;

-- As in the outbox, where it goes. Payments are updated, so no row may keep what is not valid.
ALTER TABLE payment ADD CONSTRAINT payment_traceparent_is_valid CHECK (
    traceparent LIKE '00-________________________________-________________-__'
    AND traceparent NOT LIKE '%-%-%-%-%'
    AND traceparent ~ '^[0-9a-f-]+$' COLLATE "C") NOT VALID;
UPDATE payment SET traceparent = NULL
WHERE NOT (traceparent LIKE '00-________________________________-________________-__'
           AND traceparent NOT LIKE '%-%-%-%-%'
           AND traceparent ~ '^[0-9a-f-]+$' COLLATE "C");
