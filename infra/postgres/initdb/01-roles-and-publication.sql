-- Run once by the superuser in a service's new database, before the service's migrations.
--
-- Session settings name the service and hold the passwords: converge.service, and
-- converge.{owner,service,debezium}_password.
-- Roles belong to the server: where the making of the database was cut short they are there already.
DO $$
DECLARE
    service  text := current_setting('converge.service');
    database text := current_database();
    role     text;
BEGIN
    FOREACH role IN ARRAY ARRAY[service || '_owner', service || '_service', 'debezium'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I', role);
        END IF;
    END LOOP;
    -- Owns the schema and runs the migrations; the service itself never does.
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', service || '_owner', current_setting('converge.owner_password'));
    -- What the service runs as: it may do what the migrations grant, and nothing else.
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', service || '_service', current_setting('converge.service_password'));
    -- Reads the write-ahead log and the outbox.
    EXECUTE format('ALTER ROLE debezium LOGIN REPLICATION PASSWORD %L', current_setting('converge.debezium_password'));

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', database);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I, debezium', database, service || '_owner', service || '_service');
    EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', database, service || '_owner');
    EXECUTE format('ALTER SCHEMA public OWNER TO %I', service || '_owner');
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, debezium', service || '_service');
END
$$;

-- The publication comes before the slot: decoding fails on a log that is older than its publication.
-- It is empty here and the owner adds the tables once they exist.
CREATE PUBLICATION outbox WITH (publish = 'insert, update', publish_via_partition_root = true);
DO $$
BEGIN
    EXECUTE format('ALTER PUBLICATION outbox OWNER TO %I', current_setting('converge.service') || '_owner');
END
$$;

-- Lets the service's audit mend the slot that its outbox is read from. A slot that has lost its log
-- can never be read again; one that is gone was dropped by hand, or by a server's move. What was
-- committed meanwhile the audit publishes again. Nothing else can be done with it, so it runs with
-- the rights of who reads the log.
CREATE FUNCTION outbox_mend_slot() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_replication_slots
               WHERE slot_name = 'outbox' AND wal_status = 'lost' AND NOT active) THEN
        PERFORM pg_drop_replication_slot('outbox');
    END IF;
    IF NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'outbox') THEN
        PERFORM pg_create_logical_replication_slot('outbox', 'pgoutput');
    END IF;
END
$$;
ALTER FUNCTION outbox_mend_slot() OWNER TO debezium;
REVOKE ALL ON FUNCTION outbox_mend_slot() FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('GRANT EXECUTE ON FUNCTION outbox_mend_slot() TO %I', current_setting('converge.service') || '_service');
END
$$;
