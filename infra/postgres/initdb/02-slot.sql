-- A file of its own: a slot cannot be created in a transaction that has written.
--
-- Created here and not by the connector: the slot must exist before the first message is written.
-- A standby that is configured to synchronize slots has the slot when it takes over.
SELECT pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true);
