-- +goose Up

-- What agents have of a payment's fee, and who holds a merchant from when on.
ALTER TABLE payment ADD COLUMN split TEXT NOT NULL DEFAULT '';
ALTER TABLE fee_schedule ADD COLUMN holders TEXT NOT NULL DEFAULT '';

-- Firms that bring merchants.
CREATE TABLE agent (
    bucket           INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id               TEXT NOT NULL,
    state            TEXT NOT NULL,
    name             TEXT NOT NULL,
    credit_code      TEXT NOT NULL,
    area             TEXT NOT NULL,
    registration     TEXT NOT NULL,
    registered_until INTEGER NOT NULL,
    upper            TEXT NOT NULL,
    contact          TEXT NOT NULL,
    account          TEXT NOT NULL,
    sealed           BLOB NOT NULL,
    reason           TEXT NOT NULL,
    version          INTEGER NOT NULL,
    created_by       TEXT NOT NULL,
    created_at_us    INTEGER NOT NULL,
    updated_at_us    INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_list ON agent (created_at_us, id);
CREATE INDEX agent_list_state ON agent (state, created_at_us, id);
CREATE INDEX agent_list_upper ON agent (upper, created_at_us, id);
CREATE INDEX agent_list_state_upper ON agent (state, upper, created_at_us, id);

-- What agents have of fees, from which business date on; sales read it.
CREATE TABLE agent_terms (
    bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       TEXT NOT NULL,
    state    TEXT NOT NULL,
    upper    TEXT NOT NULL,
    versions TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Which agent a merchant passes to, from a business date on.
CREATE TABLE agent_move (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    merchant   TEXT NOT NULL,
    from_date  INTEGER NOT NULL,
    agent      TEXT NOT NULL,
    before     TEXT NOT NULL,
    reason     TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    done       INTEGER NOT NULL,
    at_us      INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_move_due ON agent_move (from_date, id) WHERE done = 0;
CREATE INDEX agent_move_to ON agent_move (agent, from_date) WHERE done = 0;

-- An agent's sums of one merchant and business date: what was collected (+), what was given back (-).
CREATE TABLE agent_day (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    payments   INTEGER NOT NULL,
    amount_fen INTEGER NOT NULL,
    fee_fen    INTEGER NOT NULL,
    share_fen  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agent_day_id ON agent_day (id);
