-- Branches that have ended differently from their decision.
GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_divergence TO payment_service;
