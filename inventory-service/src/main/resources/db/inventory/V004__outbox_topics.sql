-- The topic that this service sends to. A row for another topic, which may not exist, would stop the
-- connector, and all messages behind it.
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_is_one_of_ours CHECK (
    aggregatetype = 'order.replies') NOT VALID;
