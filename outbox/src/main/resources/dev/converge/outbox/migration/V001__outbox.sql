-- Tables of the outbox library. Run as the schema's owner; the service's own role needs INSERT and
-- SELECT on outbox, outbox_republication and inbox, INSERT, SELECT and UPDATE on dead_letter,
-- outbox_audited and inbox_position, EXECUTE on outbox_maintain and outbox_summarize.

-- One row per message to publish. INSERT only; read by Debezium from the write-ahead log.
CREATE TABLE outbox (
    id            uuid        NOT NULL,
    aggregatetype text        NOT NULL, -- the topic: Debezium's router sends a row there
    aggregateid   text        NOT NULL, -- the record key
    sequence      bigint      NOT NULL CHECK (sequence > 0), -- per aggregate, without a gap
    type          text        NOT NULL,
    payload       text        NOT NULL, -- text, not jsonb: published byte for byte
    correlationid uuid        NOT NULL,
    causationid   uuid,
    traceparent   text,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    specversion   text        NOT NULL DEFAULT '1.0' -- of CloudEvents; a header as it stands here
) PARTITION BY RANGE (created_at);

-- The audit reads rows by their time, each once. The rows lie in the order in which
-- they came, so a range of blocks says enough, and costs an insert next to nothing. A range counts only
-- once it is summarized: see outbox_summarize.
CREATE INDEX outbox_age ON outbox USING brin (created_at) WITH (pages_per_range = 32);

-- One row per row of the outbox that was found missing from its topic and published again, as a copy
-- with the same id. The key lets several auditors publish it once.
CREATE TABLE outbox_republication (
    message_id     uuid        NOT NULL,
    created_at     timestamptz NOT NULL, -- of the row that was missing
    republished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (message_id, created_at)
);

-- Up to where every row has been seen in its topic, or published again, and the topics as they were
-- then, by name: {"id", "partitions", "replicas", "offsets", "handled_to"}: "offsets" has of each partition
-- {"first", "end", "last_millis"}, where it begins and ends and the time of the last record that was read;
-- up to "handled_to" all groups that read the topic have handled its rows. One row.
CREATE TABLE outbox_audited (
    id           int         PRIMARY KEY CHECK (id = 1),
    audited_to   timestamptz NOT NULL,
    topics       jsonb       NOT NULL,
    compare_from timestamptz, -- records of rows since then are gone: these rows are compared again, and
                              -- it moves on with what is compared,
    compare_to   timestamptz, -- up to the last that had been written when that was seen
    CHECK ((compare_from IS NULL) = (compare_to IS NULL))
);

-- One row per message a consumer has handled. UUIDv7 begins with its time, so ranges of ids are
-- ranges of days, and the key needs no other column to be unique over all partitions.
CREATE TABLE inbox (
    message_id uuid NOT NULL,
    consumer   text NOT NULL,
    PRIMARY KEY (message_id, consumer)
) PARTITION BY RANGE (message_id);

-- Up to which record a consumer has handled each partition of a topic; written with its effects. The
-- offset is of the topic with that id: one that was deleted and made anew counts from 0 again.
CREATE TABLE inbox_position (
    consumer     text   NOT NULL,
    topic        text   NOT NULL,
    topic_id     text   NOT NULL,
    partition_id int    NOT NULL,
    next_offset  bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition_id)
) WITH (fillfactor = 50); -- room for updates in place

-- Catch what no day's partition takes: rows when the maintenance has not run, ids that are not v7.
CREATE TABLE outbox_default PARTITION OF outbox DEFAULT;
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;

CREATE TABLE dead_letter (
    id            uuid        PRIMARY KEY,
    consumer      text        NOT NULL,
    message_id    uuid        NOT NULL,
    topic         text        NOT NULL,
    partition_id  int         NOT NULL,
    record_offset bigint      NOT NULL,
    key           bytea,
    headers       text        NOT NULL,
    payload       bytea,
    reason        text        NOT NULL,
    parked_at     timestamptz NOT NULL DEFAULT now(),
    replayed_at   timestamptz,
    UNIQUE (message_id, consumer)
);

-- Written by the connector while the database is idle, so that its slot moves on.
CREATE TABLE debezium_heartbeat (
    id int         PRIMARY KEY CHECK (id = 1),
    at timestamptz NOT NULL
);

-- The smallest UUIDv7 of a moment (RFC 9562: 48 bits of milliseconds come first).
CREATE FUNCTION uuid_v7_floor(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Summarizes the ranges of blocks of the outbox that are full and new, the newest first and up to one that
-- is summarized. A range that is not is read by every query for a time, and autovacuum, left to do it,
-- comes once a minute and remembers 256. Gives way to a vacuum, which summarizes what was left out.
CREATE FUNCTION outbox_summarize() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '200ms' AS $$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT i.indexrelid::regclass AS name,
               pg_relation_size(i.indrelid) / current_setting('block_size')::int / 32 AS ranges
        FROM pg_inherits h
        JOIN pg_index i ON i.indrelid = h.inhrelid
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_am a ON a.oid = c.relam AND a.amname = 'brin'
        WHERE h.inhparent = 'outbox'::regclass
    LOOP
        FOR n IN REVERSE part.ranges - 1 .. greatest(0, part.ranges - 2000) LOOP
            EXIT WHEN brin_summarize_range(part.name, n * 32) = 0;
        END LOOP;
    END LOOP;
EXCEPTION
    WHEN lock_not_available THEN NULL;
END
$$;
REVOKE ALL ON FUNCTION outbox_summarize() FROM PUBLIC;

CREATE FUNCTION outbox_maintain(outbox_days int, inbox_days int) RETURNS void
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
    -- stays there: nothing is moved.
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
REVOKE ALL ON FUNCTION outbox_maintain(int, int) FROM PUBLIC;

SELECT outbox_maintain(7, 30);
