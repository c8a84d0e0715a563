-- Functions with which a service repairs the slot of its outbox. Idempotent: run when the database is made,
-- and at each later start, so that an older database gets them too; as the superuser or as debezium, which
-- then needs CREATE on schema public. The session setting converge.service names the service.
--
-- They run with debezium's rights, know one slot only, and the service alone may call them. Rows that a new
-- slot does not read are published again by the service's audit.

-- Drops the slot where it has lost its log, and makes it where there is none.
CREATE OR REPLACE FUNCTION public.outbox_mend_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots
               WHERE slot_name = 'outbox' AND wal_status = 'lost' AND NOT active) THEN
        PERFORM pg_drop_replication_slot('outbox');
    END IF;
    IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'outbox') THEN
        PERFORM pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true);
    END IF;
END
$$;

-- Decodes what comes next in the slot, without moving it. Fails as its reader would: where a row is older
-- than the publication, or its log is gone. It must not catch that error: the slot would stay in use.
CREATE OR REPLACE FUNCTION public.outbox_test_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM count(*)
    FROM pg_logical_slot_peek_binary_changes(
        'outbox', NULL, 1000, 'proto_version', '1', 'publication_names', 'outbox');
END
$$;

-- Replaces the slot, also where a reader holds it. Does nothing, and returns false, where the slot has moved
-- on since, or is another one by now.
CREATE OR REPLACE FUNCTION public.outbox_replace_slot(confirmed pg_lsn) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    dropped boolean := false;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_replace_slot'));
    FOR attempt IN 1..20 LOOP
        IF NOT EXISTS (SELECT FROM pg_replication_slots
                       WHERE slot_name = 'outbox' AND confirmed_flush_lsn = confirmed) THEN
            RETURN false;
        END IF;
        PERFORM pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE slot_name = 'outbox' AND active_pid IS NOT NULL;
        BEGIN
            PERFORM pg_drop_replication_slot('outbox');
            dropped := true;
        EXCEPTION
            -- The reader has not ended yet, or is there again.
            WHEN object_in_use THEN PERFORM pg_sleep(0.1);
        END;
        EXIT WHEN dropped;
    END LOOP;
    -- The connector makes one as well, when it finds none.
    IF dropped AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'outbox') THEN
        PERFORM pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true);
    END IF;
    RETURN dropped;
END
$$;

-- What only the superuser can do.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RETURN;
    END IF;
    -- The publication's owner alone can repair it. One that the superuser has made by hand gets its owner back;
    -- one of all tables, or of a schema's, may belong to a superuser only.
    IF EXISTS (SELECT FROM pg_publication AS pub
               WHERE pubname = 'outbox' AND NOT puballtables
                 AND NOT EXISTS (SELECT FROM pg_publication_namespace WHERE pnpubid = pub.oid)) THEN
        EXECUTE format('ALTER PUBLICATION outbox OWNER TO %I', current_setting('converge.service') || '_owner');
    END IF;
    -- The connector receives logical messages whole: one of 250 MB ends its process.
    REVOKE EXECUTE ON FUNCTION pg_catalog.pg_logical_emit_message(boolean, text, text, boolean) FROM PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_catalog.pg_logical_emit_message(boolean, text, bytea, boolean) FROM PUBLIC;
END
$$;

DO $$
DECLARE
    service text := current_setting('converge.service') || '_service';
    name    text;
BEGIN
    FOREACH name IN ARRAY ARRAY['outbox_mend_slot()', 'outbox_test_slot()', 'outbox_replace_slot(pg_lsn)'] LOOP
        EXECUTE format('ALTER FUNCTION public.%s OWNER TO debezium', name);
        EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION public.%s TO %I', name, service);
    END LOOP;
END
$$;
