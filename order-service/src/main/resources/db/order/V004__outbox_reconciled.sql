-- Granted to order_service before under the table's earlier name.
GRANT SELECT, INSERT, UPDATE ON outbox_reconciled TO order_service;
