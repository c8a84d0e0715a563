-- The last reports of the audit. One instance of a service runs its checks; every instance shows the reports.
-- An instance of the version before does not read or write this table: it runs its checks itself.
CREATE TABLE audit_report (
    reporter    text        PRIMARY KEY CHECK (length(reporter) <= 200), -- 'jobs', or one instance's consumer
    report      json        NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT now()
);

-- The owner of orders is order_owner, its service order_service.
DO $$
DECLARE
    service text := regexp_replace(current_user, '_owner$', '_service');
BEGIN
    IF service <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON audit_report TO %I', service);
    END IF;
END
$$;
