-- Commands that wait for the row of a SKU that a branch in doubt holds, and those of their orders behind
-- them. Inserted in the transaction that marks them as seen, deleted in the one that handles them.
CREATE TABLE deferred_command (
    position      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- in the order of their arrival
    message_id    uuid        NOT NULL UNIQUE,
    order_id      uuid        NOT NULL,
    type          text        NOT NULL,
    payload       text        NOT NULL,
    traceparent   text,
    skus          text[]      NOT NULL, -- all that the order waits for
    topic         text        NOT NULL, -- where the command was read
    partition_id  int         NOT NULL,
    record_offset bigint      NOT NULL,
    deferred_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX deferred_command_of_order ON deferred_command (order_id);

GRANT SELECT, INSERT, DELETE ON deferred_command TO inventory_service;
