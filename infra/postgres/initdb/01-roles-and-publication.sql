-- Run once by the superuser in a service's new database, before the service's migrations.
--
-- Session settings name the service and hold the passwords: converge.service, and
-- converge.{owner,service,debezium}_password.
-- Roles belong to the server: if the creation of the database was interrupted, they exist already.
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
    -- Owns the schema and runs the migrations; the service itself does neither.
    EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', service || '_owner', current_setting('converge.owner_password'));
    -- The service's role: it has the rights that the migrations grant, and no others.
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
-- It is empty here; the owner adds the tables when they exist.
CREATE PUBLICATION outbox WITH (publish = 'insert, update', publish_via_partition_root = true);
DO $$
BEGIN
    EXECUTE format('ALTER PUBLICATION outbox OWNER TO %I', current_setting('converge.service') || '_owner');
END
$$;
