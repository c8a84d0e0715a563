-- Branches of transactions by protocols other than the saga.
GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_branch TO payment_service;
GRANT SELECT, INSERT, DELETE ON transaction_precommit TO payment_service;
