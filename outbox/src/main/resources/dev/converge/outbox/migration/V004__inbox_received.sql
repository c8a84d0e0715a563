-- The default partition of the inbox takes ids that have no time in them (any UUID that is not v7) or a time
-- far away (2100, 1970), and all ids of a day whose partition such an id kept from being made. These rows
-- are deleted by the time at which they were received. Rows of the other partitions leave it null, which
-- takes no room.
ALTER TABLE inbox ADD COLUMN received_at timestamptz DEFAULT now(); -- of the rows that are there: from now on
ALTER TABLE inbox ALTER COLUMN received_at DROP DEFAULT;
CREATE INDEX inbox_default_received ON inbox_default (received_at);

CREATE FUNCTION inbox_default_received() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.received_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER received BEFORE INSERT ON inbox_default
    FOR EACH ROW EXECUTE FUNCTION inbox_default_received();

-- As before, and deletes from the inbox's default partition what was received longer ago than inbox_days.
CREATE OR REPLACE FUNCTION outbox_maintain(outbox_days int, inbox_days int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    today date := (now() AT TIME ZONE 'UTC')::date;
    day   date;
    lower timestamptz;
    upper timestamptz;
    old   record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_maintain'));
    -- First all of the inbox, then the outbox: in the order in which a consumer's transaction locks
    -- them, or the two could wait for each other. A day that already has rows in the default partition
    -- stays there: nothing is moved. Hence what is past its retention is deleted before, in portions: one
    -- that took too long would undo the rest, too.
    DELETE FROM inbox_default WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM inbox_default WHERE received_at < now() - make_interval(days => inbox_days)
        LIMIT 50000));
    FOR ahead IN -1..7 LOOP
        day   := today + ahead;
        lower := day::timestamp AT TIME ZONE 'UTC';
        upper := (day + 1)::timestamp AT TIME ZONE 'UTC';
        IF to_regclass('inbox_' || to_char(day, 'YYYYMMDD')) IS NULL
           AND NOT EXISTS (SELECT FROM inbox_default
                           WHERE message_id >= uuid_v7_floor(lower) AND message_id < uuid_v7_floor(upper)) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF inbox FOR VALUES FROM (%L) TO (%L)',
                           'inbox_' || to_char(day, 'YYYYMMDD'), uuid_v7_floor(lower), uuid_v7_floor(upper));
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'inbox'::regclass AND c.relname ~ '^inbox_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - inbox_days
    LOOP
        EXECUTE format('DROP TABLE %I', old.relname);
    END LOOP;
    FOR ahead IN -1..7 LOOP
        day   := today + ahead;
        lower := day::timestamp AT TIME ZONE 'UTC';
        upper := (day + 1)::timestamp AT TIME ZONE 'UTC';
        IF to_regclass('outbox_' || to_char(day, 'YYYYMMDD')) IS NULL
           AND NOT EXISTS (SELECT FROM outbox_default
                           WHERE created_at >= lower AND created_at < upper) THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF outbox FOR VALUES FROM (%L) TO (%L)',
                           'outbox_' || to_char(day, 'YYYYMMDD'), lower, upper);
        END IF;
    END LOOP;
    FOR old IN
        SELECT c.relname
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'outbox'::regclass AND c.relname ~ '^outbox_\d{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < today - outbox_days
    LOOP
        EXECUTE format('DROP TABLE %I', old.relname);
    END LOOP;
    DELETE FROM outbox_republication WHERE republished_at < now() - make_interval(days => outbox_days);
END
$$;
