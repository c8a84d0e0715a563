-- The primary's clock, written twenty times a second while there are replicas. On a replica the row
-- is as old as all others: its age is the replica's staleness. One row.
CREATE TABLE read_heartbeat (
    only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    beat_at  timestamptz NOT NULL,
    system   bigint      NOT NULL, -- identifies the database, as its log does
    timeline bigint      NOT NULL
) WITH (fillfactor = 10);
INSERT INTO read_heartbeat (beat_at, system, timeline) VALUES ('1970-01-01Z', 0, 0);
GRANT SELECT, UPDATE ON read_heartbeat TO order_service;

-- A strong read commits here, so that a standby confirms that the primary is still one. A row of each
-- instance of the service.
CREATE TABLE read_barrier (
    instance  text        PRIMARY KEY,
    passed_at timestamptz NOT NULL
) WITH (fillfactor = 10);
GRANT SELECT, INSERT, UPDATE ON read_barrier TO order_service;
