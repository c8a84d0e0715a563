-- Decisions on, and branches of transactions by protocols other than the saga.
GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_branch TO order_service;
GRANT SELECT, INSERT, DELETE ON transaction_precommit TO order_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_decision TO order_service;
