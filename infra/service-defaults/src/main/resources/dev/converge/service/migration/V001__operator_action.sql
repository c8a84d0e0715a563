-- What operators did, tried and were refused. A service's own role needs INSERT and SELECT, and gets
-- no more: what is written here stays.
CREATE TABLE operator_action (
    id       uuid        PRIMARY KEY, -- UUIDv7: the newest has the greatest
    operator text        NOT NULL CHECK (length(operator) BETWEEN 1 AND 100),
    action   text        NOT NULL,
    target   text        NOT NULL, -- the order of a saga, or the dead letter
    reason   text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 256),
    outcome  text        NOT NULL CHECK (outcome IN ('DONE', 'REFUSED', 'FAILED')),
    detail   text, -- why it was refused or failed
    at       timestamptz NOT NULL DEFAULT now(),
    CHECK ((outcome = 'DONE') = (detail IS NULL))
);
