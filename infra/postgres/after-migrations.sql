-- Run by the owner after the migrations, at each start; idempotent. Opens the outbox to Debezium.
DO $$
BEGIN
    PERFORM outbox_repair_publication('outbox');
EXCEPTION
    -- Another role owns it; the service reports what the publication lacks, and the start continues.
    WHEN insufficient_privilege THEN RAISE WARNING 'publication outbox: %', SQLERRM;
END
$$;
DO $$
BEGIN
    -- The service repairs the publication as well, while it runs. Its role is named like the owner's.
    EXECUTE format('GRANT EXECUTE ON FUNCTION outbox_repair_publication(name) TO %I',
                   regexp_replace(current_user, '_owner$', '_service'));
END
$$;
GRANT SELECT ON outbox TO debezium;
GRANT SELECT, INSERT, UPDATE ON debezium_heartbeat TO debezium;
