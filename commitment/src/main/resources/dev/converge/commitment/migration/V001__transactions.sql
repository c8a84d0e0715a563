-- The tables of the library commitment. The service's role needs, in a participant's database:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_branch TO ...;
--   GRANT SELECT, INSERT, DELETE ON transaction_precommit TO ...;
-- and in the coordinator's, if decisions are registered there:
--   GRANT SELECT, INSERT, UPDATE, DELETE ON transaction_decision TO ...;

-- A branch that was tried or has ended. The row of a commit is inserted by the prepared transaction
-- itself and becomes visible with its work. The row of an abort is the tombstone that refuses late
-- work. TRIED is a branch of try, confirm, cancel that waits for its decision.
CREATE TABLE transaction_branch (
    gid      text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    state    text        NOT NULL CHECK (state IN ('TRIED', 'COMMITTED', 'ABORTED')),
    request  json        CHECK ((request IS NOT NULL) = (state = 'TRIED')),
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transaction_branch_tried ON transaction_branch (at) WHERE state = 'TRIED';
CREATE INDEX transaction_branch_at ON transaction_branch (at);

-- Three-phase commit: the participant knows that all voted yes. A table of its own, because the
-- uncommitted row of transaction_branch keeps its key locked.
CREATE TABLE transaction_precommit (
    gid      text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transaction_precommit_at ON transaction_precommit (at);

-- The register of decisions, in the database of the coordinator. The first row of a key stands.
CREATE TABLE transaction_decision (
    gid        text        PRIMARY KEY CHECK (octet_length(gid) < 200),
    decision   text        NOT NULL CHECK (decision IN ('COMMIT', 'ABORT')),
    decided_at timestamptz NOT NULL DEFAULT now(),
    done_at    timestamptz
);
CREATE INDEX transaction_decision_open ON transaction_decision (decided_at)
    WHERE decision = 'COMMIT' AND done_at IS NULL;
CREATE INDEX transaction_decision_at ON transaction_decision (decided_at);
