-- What Kafka or the connector cannot take is refused here, whoever inserts it: one such row would stop
-- the connector, and all messages behind it. The same bounds as in OutboxMessage. Rows that are there
-- already stay as they are (NOT VALID); the audit does not publish them again.
--
-- A service also restricts aggregatetype to the topics that it sends to.
ALTER TABLE outbox
    ADD CONSTRAINT outbox_topic_is_a_name CHECK (
        aggregatetype ~ '^[a-zA-Z0-9._-]+$' COLLATE "C"
        AND length(aggregatetype) <= 249
        AND aggregatetype NOT IN ('.', '..')) NOT VALID,
    ADD CONSTRAINT outbox_key_is_bounded CHECK (octet_length(aggregateid) BETWEEN 1 AND 1000) NOT VALID,
    ADD CONSTRAINT outbox_type_is_a_name CHECK (
        type ~ '^[!-~]+$' COLLATE "C" AND length(type) <= 255) NOT VALID,
    ADD CONSTRAINT outbox_payload_is_bounded CHECK (octet_length(payload) <= 1000000) NOT VALID,
    -- ^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$, at a fifth of its cost.
    ADD CONSTRAINT outbox_traceparent_is_valid CHECK (
        traceparent LIKE '00-________________________________-________________-__'
        AND traceparent NOT LIKE '%-%-%-%-%'
        AND traceparent ~ '^[0-9a-f-]+$' COLLATE "C") NOT VALID,
    ADD CONSTRAINT outbox_specversion_is_known CHECK (specversion = '1.0') NOT VALID,
    -- Finite, and within the nanoseconds of a span.
    ADD CONSTRAINT outbox_created_at_is_bounded CHECK (
        created_at >= '2000-01-01 00:00+00' AND created_at < '2200-01-01 00:00+00') NOT VALID;

-- Those rows of which a copy would be refused, by the constraints above or by those of the service.
-- A copy has a time, a version and, where it must be, no trace of its own.
CREATE FUNCTION outbox_unpublishable(ids uuid[], first timestamptz, last timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    allowed text := (SELECT string_agg('(' || pg_get_expr(conbin, conrelid) || ')', ' AND ')
                     FROM pg_constraint
                     WHERE conrelid = 'outbox'::regclass AND contype = 'c');
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT id
         FROM (SELECT DISTINCT ON (row.id)
                      row.id, row.aggregatetype, row.aggregateid, row.sequence, row.type, row.payload,
                      row.correlationid, row.causationid, NULL::text AS traceparent,
                      now() AS created_at, ''1.0''::text AS specversion
               FROM outbox AS row
               WHERE row.created_at >= $1 AND row.created_at <= $2 AND row.id = ANY($3)
               ORDER BY row.id, row.created_at) AS copy
         WHERE NOT (%s)', allowed) USING first, last, ids;
END
$$;

-- All headers as they came, in their order: [["name", "<base64>"], ["name", null]]. The column headers
-- holds text, and of headers with the same name the last; rows from before have nothing else.
ALTER TABLE dead_letter ADD COLUMN record_headers text;
