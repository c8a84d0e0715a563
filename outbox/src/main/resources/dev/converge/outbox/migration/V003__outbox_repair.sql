-- Makes the publication that Debezium reads the outbox through, and repairs one that lacks something: a
-- table, all of a table's rows and columns, inserts, or the partitioned table's own name. Leaves other
-- tables in it alone. Runs with the rights of the schema's owner, who must own the publication.
-- Returns whether anything was changed.
CREATE FUNCTION outbox_repair_publication(publication name) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    present pg_publication;
    part    regclass;
    member  pg_publication_rel;
    changed boolean := false;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('outbox_repair_publication'));
    SELECT * INTO present FROM pg_publication WHERE pubname = publication;
    IF present.oid IS NULL THEN
        EXECUTE format('CREATE PUBLICATION %I FOR TABLE outbox, debezium_heartbeat'
                       ' WITH (publish = ''insert, update'', publish_via_partition_root = true)', publication);
        RETURN true;
    END IF;
    IF NOT (present.pubinsert AND present.pubupdate AND present.pubviaroot) THEN
        EXECUTE format('ALTER PUBLICATION %I SET (publish = ''insert, update'', publish_via_partition_root = true)',
                       publication);
        changed := true;
    END IF;
    IF present.puballtables THEN
        RETURN changed;
    END IF;
    FOREACH part IN ARRAY ARRAY['outbox'::regclass, 'debezium_heartbeat'::regclass] LOOP
        SELECT * INTO member FROM pg_publication_rel WHERE prpubid = present.oid AND prrelid = part;
        CONTINUE WHEN member.oid IS NOT NULL AND member.prqual IS NULL AND member.prattrs IS NULL;
        IF member.oid IS NOT NULL THEN
            EXECUTE format('ALTER PUBLICATION %I DROP TABLE %s', publication, part);
        END IF;
        EXECUTE format('ALTER PUBLICATION %I ADD TABLE %s', publication, part);
        changed := true;
    END LOOP;
    RETURN changed;
END
$$;
REVOKE ALL ON FUNCTION outbox_repair_publication(name) FROM PUBLIC;

-- Whether what is published again arrives is seen from what was published again of late.
CREATE INDEX outbox_republication_of_late ON outbox_republication (republished_at);
