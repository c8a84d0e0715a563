-- Run by the owner after the migrations; idempotent. Opens the outbox to Debezium.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication_tables WHERE pubname = 'outbox') THEN
        ALTER PUBLICATION outbox ADD TABLE outbox, debezium_heartbeat;
    END IF;
END
$$;
GRANT SELECT ON outbox TO debezium;
GRANT SELECT, INSERT, UPDATE ON debezium_heartbeat TO debezium;
