-- A branch that has ended. The row of a commit is inserted by the prepared transaction itself and
-- becomes visible with its work. The row of an abort is the tombstone that refuses late work.
CREATE TABLE transaction_branch (
    gid      text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    state    text        NOT NULL CHECK (state IN ('COMMITTED', 'ABORTED')),
    at       timestamptz NOT NULL DEFAULT now()
);

-- Three-phase commit: the participant knows that all voted yes. A table of its own, because the
-- uncommitted row of transaction_branch keeps its key locked.
CREATE TABLE transaction_precommit (
    gid      text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    at       timestamptz NOT NULL DEFAULT now()
);

-- The register of decisions, in the database of the coordinator. The first row of a key stands.
CREATE TABLE transaction_decision (
    gid        text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    decision   text        NOT NULL CHECK (decision IN ('COMMIT', 'ABORT')),
    decided_at timestamptz NOT NULL DEFAULT now(),
    done_at    timestamptz
);
CREATE INDEX transaction_decision_open ON transaction_decision (decided_at)
    WHERE decision = 'COMMIT' AND done_at IS NULL;
