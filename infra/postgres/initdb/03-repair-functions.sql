-- Functions with which a service repairs the slot of its outbox. Idempotent: run when the database is created,
-- and at each later start, so that an older database gets them too; as the superuser or as debezium, which
-- then needs CREATE on schema public. The session setting converge.service names the service.
--
-- They run with debezium's rights and know one slot only; only the service may call them. The service's
-- reconciler publishes the rows again that a new slot does not read.

-- An earlier version's name of outbox_repair_slot. DROP IF EXISTS would print a notice.
DO $$
BEGIN
    IF to_regprocedure('public.outbox_mend_slot()') IS NOT NULL THEN
        DROP FUNCTION public.outbox_mend_slot();
    END IF;
END
$$;

-- Drops the slot if it has lost its log, and creates it if it does not exist.
CREATE OR REPLACE FUNCTION public.outbox_repair_slot() RETURNS void
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

-- Decodes the next changes of the slot, without advancing it. Fails as its reader would: if a row is older
-- than the publication, or its log is lost. It must not catch that error: the slot would stay in use.
CREATE OR REPLACE FUNCTION public.outbox_test_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM count(*)
    FROM pg_logical_slot_peek_binary_changes(
        'outbox', NULL, 1000, 'proto_version', '1', 'publication_names', 'outbox');
END
$$;

-- Replaces the slot, even while a reader holds it. Does nothing and returns false if the slot has advanced
-- since, or was replaced.
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
            -- The reader has not ended yet, or has reconnected.
            WHEN object_in_use THEN PERFORM pg_sleep(0.1);
        END;
        EXIT WHEN dropped;
    END LOOP;
    -- The connector also creates the slot if it is missing.
    IF dropped AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'outbox') THEN
        PERFORM pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true);
    END IF;
    RETURN dropped;
END
$$;

-- Only the superuser can do the following.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        RETURN;
    END IF;
    -- Only the publication's owner can repair it. One that the superuser created by hand gets its owner back;
    -- only a superuser may own one of all tables, or of a schema.
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
    FOREACH name IN ARRAY ARRAY['outbox_repair_slot()', 'outbox_test_slot()', 'outbox_replace_slot(pg_lsn)'] LOOP
        EXECUTE format('ALTER FUNCTION public.%s OWNER TO debezium', name);
        EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC', name);
        EXECUTE format('GRANT EXECUTE ON FUNCTION public.%s TO %I', name, service);
    END LOOP;
END
$$;
