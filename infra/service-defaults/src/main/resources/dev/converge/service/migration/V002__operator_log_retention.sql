-- Bounds what operators leave behind. A service's own role still deletes nothing by itself: it calls
-- this, which keeps a month at least. What was done is kept for so many days. Of what was refused or
-- failed, which costs who asks nothing, only the newest are kept: it cannot push out what was done.
CREATE INDEX operator_action_not_done ON operator_action (id) WHERE outcome <> 'DONE';

CREATE FUNCTION operator_log_prune(keep_days int, keep_not_done int, batch int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    kept_from timestamptz := now() - make_interval(days => keep_days);
    pruned    int := 0;
    deleted   int;
BEGIN
    IF keep_days < 30 OR keep_not_done < 1000 THEN
        RAISE EXCEPTION 'keep 30 days and 1000 lines at least, not % and %', keep_days, keep_not_done;
    END IF;

    DELETE FROM operator_action WHERE id IN (
        SELECT id FROM operator_action WHERE id < uuid_v7_floor(kept_from) ORDER BY id LIMIT batch);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    pruned := pruned + deleted;

    DELETE FROM operator_action WHERE id IN (
        SELECT id FROM operator_action
        WHERE outcome <> 'DONE' AND id <= (
            SELECT id FROM operator_action WHERE outcome <> 'DONE'
            ORDER BY id DESC OFFSET keep_not_done LIMIT 1)
        ORDER BY id LIMIT batch);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    pruned := pruned + deleted;

    -- A dead letter goes with the line of its replay; one that is parked stays until it is replayed.
    DELETE FROM dead_letter WHERE id IN (
        SELECT id FROM dead_letter
        WHERE id < uuid_v7_floor(kept_from) AND replayed_at < kept_from
        ORDER BY id LIMIT batch);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN pruned + deleted;
END
$$;
REVOKE ALL ON FUNCTION operator_log_prune(int, int, int) FROM PUBLIC;

-- The owner of orders is order_owner, its service order_service.
DO $$
DECLARE
    service text := regexp_replace(current_user, '_owner$', '_service');
BEGIN
    IF service <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
        EXECUTE format('GRANT EXECUTE ON FUNCTION operator_log_prune(int, int, int) TO %I', service);
    END IF;
END
$$;
