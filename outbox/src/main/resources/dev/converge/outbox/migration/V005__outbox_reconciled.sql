-- The reconciler's state gets the reconciler's name. The service's role needs SELECT, INSERT and UPDATE on
-- outbox_reconciled; a role that has them keeps them.
ALTER TABLE outbox_audited RENAME TO outbox_reconciled;
ALTER TABLE outbox_reconciled RENAME COLUMN audited_to TO reconciled_to;
ALTER INDEX outbox_audited_pkey RENAME TO outbox_reconciled_pkey;
ALTER TABLE outbox_reconciled RENAME CONSTRAINT outbox_audited_id_check TO outbox_reconciled_id_check;
ALTER TABLE outbox_reconciled RENAME CONSTRAINT outbox_audited_check TO outbox_reconciled_check;

-- The earlier name, so that instances of the version before keep running until they are replaced. A later
-- migration drops it.
CREATE VIEW outbox_audited AS
SELECT id, reconciled_to AS audited_to, topics, compare_from, compare_to FROM outbox_reconciled;

DO $$
DECLARE
    role name;
BEGIN
    FOR role IN
        SELECT DISTINCT grantee::regrole
        FROM pg_class, aclexplode(relacl)
        WHERE pg_class.oid = 'outbox_reconciled'::regclass AND privilege_type = 'UPDATE' AND grantee <> relowner
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON outbox_audited TO %I', role);
    END LOOP;
END
$$;
