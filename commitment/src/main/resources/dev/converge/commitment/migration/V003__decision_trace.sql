-- The trace that proposed a commit, so that a later announcement of the commit continues it.
ALTER TABLE transaction_decision
    ADD COLUMN traceparent text CHECK (octet_length(traceparent) = 55);
