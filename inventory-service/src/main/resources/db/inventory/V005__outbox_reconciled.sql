-- Granted to inventory_service before under the table's earlier name.
GRANT SELECT, INSERT, UPDATE ON outbox_reconciled TO inventory_service;
