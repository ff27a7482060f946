-- +goose Up

-- Payment services on offer, with fees and limits.
CREATE TABLE service_plan (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    kind            TEXT NOT NULL,
    name            TEXT NOT NULL,
    name_en         TEXT NOT NULL,
    merchants       TEXT NOT NULL,
    rules           TEXT NOT NULL,
    single_max_fen  INTEGER NOT NULL,
    day_count_max   INTEGER NOT NULL,
    day_sum_max_fen INTEGER NOT NULL,
    terms           TEXT NOT NULL,
    offered         INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    updated_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Payment services of merchants, as agreed.
CREATE TABLE merchant_service (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    merchant        TEXT NOT NULL,
    kind            TEXT NOT NULL,
    state           TEXT NOT NULL,
    plan            TEXT NOT NULL,
    plan_version    INTEGER NOT NULL,
    rules           TEXT NOT NULL,
    single_max_fen  INTEGER NOT NULL,
    day_count_max   INTEGER NOT NULL,
    day_sum_max_fen INTEGER NOT NULL,
    terms           TEXT NOT NULL,
    agreed_by       TEXT NOT NULL,
    agreed_at_us    INTEGER NOT NULL,
    sub_merchant    TEXT NOT NULL,
    reason          TEXT NOT NULL,
    decided_by      TEXT NOT NULL,
    created_at_us   INTEGER NOT NULL,
    changed_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What merchants ask.
CREATE TABLE ticket (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    category       TEXT NOT NULL,
    subject        TEXT NOT NULL,
    title          TEXT NOT NULL,
    state          TEXT NOT NULL,
    assignee       TEXT NOT NULL,
    messages       INTEGER NOT NULL,
    due_at_us      INTEGER NOT NULL,
    late           INTEGER NOT NULL,
    answered_at_us INTEGER NOT NULL,
    opened_by      TEXT NOT NULL,
    rating         INTEGER NOT NULL,
    created_at_us  INTEGER NOT NULL,
    changed_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The texts of tickets.
CREATE TABLE ticket_message (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    ticket     TEXT NOT NULL,
    number     INTEGER NOT NULL,
    written_by TEXT NOT NULL,
    name       TEXT NOT NULL,
    staff      INTEGER NOT NULL,
    body       TEXT NOT NULL,
    pictures   TEXT NOT NULL,
    at_us      INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX merchant_service_list ON merchant_service (created_at_us, id);
CREATE INDEX merchant_service_list_state ON merchant_service (state, created_at_us, id);
CREATE INDEX merchant_service_list_kind ON merchant_service (kind, created_at_us, id);
CREATE INDEX merchant_service_list_both ON merchant_service (state, kind, created_at_us, id);
CREATE INDEX merchant_service_list_merchant ON merchant_service (bucket, merchant, created_at_us, id, state, kind);
CREATE INDEX ticket_list ON ticket (created_at_us, id);
CREATE INDEX ticket_list_state ON ticket (state, created_at_us, id);
CREATE INDEX ticket_list_category ON ticket (category, created_at_us, id);
CREATE INDEX ticket_list_both ON ticket (state, category, created_at_us, id);
CREATE INDEX ticket_list_merchant ON ticket (bucket, merchant, created_at_us, id);
CREATE INDEX ticket_due ON ticket (state, late, due_at_us);
CREATE INDEX ticket_resolved ON ticket (state, changed_at_us);
