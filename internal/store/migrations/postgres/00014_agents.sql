-- +goose Up

-- What agents have of a payment's fee, and who holds a merchant from when on.
ALTER TABLE payment ADD COLUMN split text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE fee_schedule ADD COLUMN holders text COLLATE "C" NOT NULL DEFAULT '';

-- Firms that bring merchants.
CREATE TABLE agent (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    credit_code text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    registration text COLLATE "C" NOT NULL,
    registered_until bigint NOT NULL,
    upper text COLLATE "C" NOT NULL,
    contact text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    sealed bytea NOT NULL,
    reason text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX agent_list ON agent (created_at_us, id);
CREATE INDEX agent_list_state ON agent (state, created_at_us, id);
CREATE INDEX agent_list_upper ON agent (upper, created_at_us, id);
CREATE INDEX agent_list_state_upper ON agent (state, upper, created_at_us, id);

-- What agents have of fees, from which business date on; sales read it.
CREATE TABLE agent_terms (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    upper text COLLATE "C" NOT NULL,
    versions text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Which agent a merchant passes to, from a business date on.
CREATE TABLE agent_move (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    from_date bigint NOT NULL,
    agent text COLLATE "C" NOT NULL,
    before text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    asked_by text COLLATE "C" NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    done bigint NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX agent_move_due ON agent_move (from_date, id) WHERE done = 0;
CREATE INDEX agent_move_to ON agent_move (agent, from_date) WHERE done = 0;

-- An agent's sums of one merchant and business date: what was collected (+), what was given back (-).
CREATE TABLE agent_day (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    payments bigint NOT NULL,
    amount_fen bigint NOT NULL,
    fee_fen bigint NOT NULL,
    share_fen bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX agent_day_id ON agent_day (id);
