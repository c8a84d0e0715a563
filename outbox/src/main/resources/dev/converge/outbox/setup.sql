-- Opens an outbox to its service and to Debezium: privileges, publication, replication slot, and the
-- functions with which the service repairs the slot.
--
-- Run it once as a superuser, in the service's database, after the migrations and before the first
-- message. It is idempotent. It needs wal_level = logical, and the roles must exist.
--
-- Parameters, as session settings:
--   outbox.name        required, such as shop: publication and slot are <name>_outbox. A slot's name
--                      is unique on its server.
--   outbox.owner       the role that owns the tables; <name>_owner by default
--   outbox.service     the role that the service connects as; <name>_service by default
--   outbox.debezium    the role that the connector connects as, with REPLICATION; <name>_debezium by
--                      default
--
-- With psql:  PGOPTIONS='-c outbox.name=shop' psql -v ON_ERROR_STOP=1 -d shop -f setup.sql
-- With JDBC:  jdbc:postgresql://localhost/shop?options=-c%20outbox.name=shop, the script as one
--             statement, with autocommit.

BEGIN;

DO $$
DECLARE
    name        text := current_setting('outbox.name');
    owner       text := coalesce(nullif(current_setting('outbox.owner', true), ''), name || '_owner');
    service     text := coalesce(nullif(current_setting('outbox.service', true), ''), name || '_service');
    debezium    text := coalesce(nullif(current_setting('outbox.debezium', true), ''), name || '_debezium');
    publication text := name || '_outbox';
    slot        text := name || '_outbox';
    repair      text;
BEGIN
    -- The publication comes before the slot: decoding fails on log that is older than its publication.
    PERFORM public.outbox_repair_publication(publication);
    EXECUTE format('ALTER PUBLICATION %I OWNER TO %I', publication, owner);

    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), service, debezium);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', service, debezium);
    EXECUTE format('GRANT SELECT ON public.outbox TO %I', debezium);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.debezium_heartbeat TO %I', debezium);
    EXECUTE format('GRANT SELECT, INSERT ON public.outbox, public.outbox_republication, public.inbox TO %I', service);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON public.dead_letter, public.outbox_reconciled, public.inbox_position TO %I',
                   service);
    EXECUTE format('GRANT EXECUTE ON FUNCTION public.outbox_maintain(int, int), public.outbox_summarize(),'
                   ' public.outbox_repair_publication(name) TO %I', service);

    -- The connector receives a logical message whole: one of 250 MB ends its process.
    REVOKE EXECUTE ON FUNCTION pg_catalog.pg_logical_emit_message(boolean, text, text, boolean) FROM PUBLIC;
    REVOKE EXECUTE ON FUNCTION pg_catalog.pg_logical_emit_message(boolean, text, bytea, boolean) FROM PUBLIC;

    -- An earlier version's name of outbox_repair_slot. DROP IF EXISTS would print a notice.
    IF to_regprocedure('public.outbox_mend_slot()') IS NOT NULL THEN
        DROP FUNCTION public.outbox_mend_slot();
    END IF;

    -- Drops the slot if its log is lost, and creates it if it does not exist.
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION public.outbox_repair_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots
               WHERE slot_name = %1$L AND wal_status = 'lost' AND NOT active) THEN
        PERFORM pg_drop_replication_slot(%1$L);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %1$L) THEN
        PERFORM pg_create_logical_replication_slot(%1$L, 'pgoutput', failover => true);
    END IF;
END
$body$
$function$, slot);

    -- Decodes the next changes of the slot without moving it, and fails as its reader would. It must
    -- not catch that error: the slot would stay in use.
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION public.outbox_test_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
    PERFORM count(*)
    FROM pg_logical_slot_peek_binary_changes(
        %1$L, NULL, 1000, 'proto_version', '1', 'publication_names', %2$L);
END
$body$
$function$, slot, publication);

    -- Replaces the slot, even if a reader holds it. Does nothing, and returns false, if the slot has
    -- moved since, or was replaced already.
    EXECUTE format($function$
CREATE OR REPLACE FUNCTION public.outbox_replace_slot(confirmed pg_lsn) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
    dropped boolean := false;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_replace_slot'));
    FOR attempt IN 1..20 LOOP
        IF NOT EXISTS (SELECT FROM pg_replication_slots
                       WHERE slot_name = %1$L AND confirmed_flush_lsn = confirmed) THEN
            RETURN false;
        END IF;
        PERFORM pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE slot_name = %1$L AND active_pid IS NOT NULL;
        BEGIN
            PERFORM pg_drop_replication_slot(%1$L);
            dropped := true;
        EXCEPTION
            -- The reader has not ended yet, or has reconnected.
            WHEN object_in_use THEN PERFORM pg_sleep(0.1);
        END;
        EXIT WHEN dropped;
    END LOOP;
    -- The connector creates one as well if it finds none.
    IF dropped AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %1$L) THEN
        PERFORM pg_create_logical_replication_slot(%1$L, 'pgoutput', failover => true);
    END IF;
    RETURN dropped;
END
$body$
$function$, slot);

    FOREACH repair IN ARRAY ARRAY['outbox_repair_slot()', 'outbox_test_slot()', 'outbox_replace_slot(pg_lsn)'] LOOP
        EXECUTE format('ALTER FUNCTION public.%s OWNER TO %I', repair, debezium);
        EXECUTE format('REVOKE ALL ON FUNCTION public.%s FROM PUBLIC', repair);
        EXECUTE format('GRANT EXECUTE ON FUNCTION public.%s TO %I', repair, service);
    END LOOP;
END
$$;

COMMIT;

-- A slot cannot be created in a transaction that has written.
SELECT pg_create_logical_replication_slot(current_setting('outbox.name') || '_outbox', 'pgoutput', failover => true)
WHERE NOT EXISTS (SELECT FROM pg_replication_slots
                  WHERE slot_name = current_setting('outbox.name') || '_outbox');
