-- Apart from the file before: a slot cannot be made in a transaction that has written.
--
-- Made here and not by the connector: no message can be written before there is a slot that holds it.
-- A standby that takes over has the slot too, where one is set up to synchronize slots.
SELECT pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true);
