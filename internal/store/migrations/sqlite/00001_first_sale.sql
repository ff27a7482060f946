-- +goose Up

-- The business date that is open.
CREATE TABLE business_day (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    business_date INTEGER NOT NULL,
    opened_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Who collects money.
CREATE TABLE merchant (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    number          TEXT NOT NULL,
    name            TEXT NOT NULL,
    name_en         TEXT NOT NULL,
    category        TEXT NOT NULL,
    state           TEXT NOT NULL,
    single_max_fen  INTEGER NOT NULL,
    day_count_max   INTEGER NOT NULL,
    day_sum_max_fen INTEGER NOT NULL,
    created_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Where a merchant sells.
CREATE TABLE store (
    bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       TEXT NOT NULL,
    merchant TEXT NOT NULL,
    name     TEXT NOT NULL,
    name_en  TEXT NOT NULL,
    address  TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Price lists of merchants and rails.
CREATE TABLE fee_schedule (
    bucket  INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id      TEXT NOT NULL,
    version INTEGER NOT NULL,
    rules   TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Whose cards begin with which digits.
CREATE TABLE card_bin (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    length         INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    organization   TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    issuer_name    TEXT NOT NULL,
    issuer_name_en TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What is unique over all merchants: numbers and names that lead to an id.
CREATE TABLE directory (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id     TEXT NOT NULL,
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Blocks of numbers leased by nodes.
CREATE TABLE number_block (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id     TEXT NOT NULL,
    next   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Working keys and clearing date agreed with a rail.
CREATE TABLE rail_session (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    pin_key       BLOB NOT NULL,
    mac_key       BLOB NOT NULL,
    version       INTEGER NOT NULL,
    clearing_date INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Card terminals, with their keys wrapped.
CREATE TABLE terminal (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    merchant        TEXT NOT NULL,
    store           TEXT NOT NULL,
    number          TEXT NOT NULL,
    profile         TEXT NOT NULL,
    state           TEXT NOT NULL,
    tmk             BLOB NOT NULL,
    pik             BLOB NOT NULL,
    mak             BLOB NOT NULL,
    tdk             BLOB NOT NULL,
    algorithm       TEXT NOT NULL,
    key_version     INTEGER NOT NULL,
    signed_in       INTEGER NOT NULL,
    signed_in_at_us INTEGER NOT NULL,
    operator        TEXT NOT NULL,
    batch_sequence  INTEGER NOT NULL,
    batch_number    INTEGER NOT NULL,
    created_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What a terminal collects between two closes.
CREATE TABLE terminal_batch (
    bucket                       INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                           TEXT NOT NULL,
    terminal                     TEXT NOT NULL,
    merchant                     TEXT NOT NULL,
    sequence                     INTEGER NOT NULL,
    number                       INTEGER NOT NULL,
    state                        TEXT NOT NULL,
    opened_at_us                 INTEGER NOT NULL,
    closed_at_us                 INTEGER NOT NULL,
    closed_by                    TEXT NOT NULL,
    business_date                INTEGER NOT NULL,
    debit_fen                    INTEGER NOT NULL,
    debit_count                  INTEGER NOT NULL,
    credit_fen                   INTEGER NOT NULL,
    credit_count                 INTEGER NOT NULL,
    foreign_debit_fen            INTEGER NOT NULL,
    foreign_debit_count          INTEGER NOT NULL,
    foreign_credit_fen           INTEGER NOT NULL,
    foreign_credit_count         INTEGER NOT NULL,
    claimed_debit_fen            INTEGER NOT NULL,
    claimed_debit_count          INTEGER NOT NULL,
    claimed_credit_fen           INTEGER NOT NULL,
    claimed_credit_count         INTEGER NOT NULL,
    claimed_foreign_debit_fen    INTEGER NOT NULL,
    claimed_foreign_debit_count  INTEGER NOT NULL,
    claimed_foreign_credit_fen   INTEGER NOT NULL,
    claimed_foreign_credit_count INTEGER NOT NULL,
    claimed                      INTEGER NOT NULL,
    balanced                     INTEGER NOT NULL,
    uploaded                     INTEGER NOT NULL,
    upload_done                  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Requests of terminals that were seen.
CREATE TABLE exchange (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    terminal       TEXT NOT NULL,
    batch_sequence INTEGER NOT NULL,
    trace          INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    digest         BLOB NOT NULL,
    operation      TEXT NOT NULL,
    at_us          INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Uploaded lines that the books do not know.
CREATE TABLE suspense_line (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    terminal       TEXT NOT NULL,
    batch_sequence INTEGER NOT NULL,
    trace          INTEGER NOT NULL,
    amount_fen     INTEGER NOT NULL,
    masked         TEXT NOT NULL,
    finding        TEXT NOT NULL,
    at_us          INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Use of limits by merchant and business date.
CREATE TABLE risk_counter (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    reserved_count INTEGER NOT NULL,
    reserved_fen   INTEGER NOT NULL,
    used_count     INTEGER NOT NULL,
    used_fen       INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What a merchant collects.
CREATE TABLE payment (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    store          TEXT NOT NULL,
    terminal       TEXT NOT NULL,
    instrument     TEXT NOT NULL,
    rail           TEXT NOT NULL,
    state          TEXT NOT NULL,
    currency       INTEGER NOT NULL,
    requested_fen  INTEGER NOT NULL,
    approved_fen   INTEGER NOT NULL,
    captured_fen   INTEGER NOT NULL,
    refunded_fen   INTEGER NOT NULL,
    refunding_fen  INTEGER NOT NULL,
    fee_rate_ppm   INTEGER NOT NULL,
    fee_floor_fen  INTEGER NOT NULL,
    fee_cap_fen    INTEGER NOT NULL,
    fee_keep       INTEGER NOT NULL,
    fee_fen        INTEGER NOT NULL,
    fee_back_fen   INTEGER NOT NULL,
    cost_rate_ppm  INTEGER NOT NULL,
    cost_floor_fen INTEGER NOT NULL,
    cost_cap_fen   INTEGER NOT NULL,
    cost_keep      INTEGER NOT NULL,
    cost_fen       INTEGER NOT NULL,
    cost_back_fen  INTEGER NOT NULL,
    entry_mode     TEXT NOT NULL,
    card_masked    TEXT NOT NULL,
    card_index     TEXT NOT NULL,
    card_cipher    BLOB NOT NULL,
    card_kind      TEXT NOT NULL,
    organization   TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    issuer_name    TEXT NOT NULL,
    sale           TEXT NOT NULL,
    open_act       TEXT NOT NULL,
    business_date  INTEGER NOT NULL,
    clearing_date  INTEGER NOT NULL,
    due_at_us      INTEGER NOT NULL,
    created_at_us  INTEGER NOT NULL,
    updated_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- One act on a payment.
CREATE TABLE operation (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    payment        TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,
    amount_fen     INTEGER NOT NULL,
    currency       INTEGER NOT NULL,
    original       TEXT NOT NULL,
    reversal       TEXT NOT NULL,
    reason         TEXT NOT NULL,
    terminal       TEXT NOT NULL,
    batch_sequence INTEGER NOT NULL,
    batch_number   INTEGER NOT NULL,
    trace          INTEGER NOT NULL,
    cashier        TEXT NOT NULL,
    rrn            TEXT NOT NULL,
    auth_code      TEXT NOT NULL,
    result         TEXT NOT NULL,
    rail_code      TEXT NOT NULL,
    chip_request   BLOB NOT NULL,
    chip           BLOB NOT NULL,
    counted        INTEGER NOT NULL,
    no_pin         INTEGER NOT NULL,
    business_date  INTEGER NOT NULL,
    clearing_date  INTEGER NOT NULL,
    entry          TEXT NOT NULL,
    created_at_us  INTEGER NOT NULL,
    updated_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- One request to a rail, written before it is sent.
CREATE TABLE attempt (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    operation      TEXT NOT NULL,
    payment        TEXT NOT NULL,
    rail           TEXT NOT NULL,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,
    stamp          TEXT NOT NULL,
    number         INTEGER NOT NULL,
    tries          INTEGER NOT NULL,
    due_at_us      INTEGER NOT NULL,
    claim          INTEGER NOT NULL,
    rail_code      TEXT NOT NULL,
    answered_at_us INTEGER NOT NULL,
    created_at_us  INTEGER NOT NULL,
    updated_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Receipts as they were shown.
CREATE TABLE receipt (
    bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       TEXT NOT NULL,
    merchant TEXT NOT NULL,
    slip     TEXT NOT NULL,
    prints   INTEGER NOT NULL,
    at_us    INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Running sums of an account in a bucket.
CREATE TABLE balance (
    bucket             INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                 TEXT NOT NULL,
    debit_fen          INTEGER NOT NULL,
    credit_fen         INTEGER NOT NULL,
    pending_debit_fen  INTEGER NOT NULL,
    pending_credit_fen INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Journal entries, chained.
CREATE TABLE entry (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    at_us         INTEGER NOT NULL,
    business_date INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    payment       TEXT NOT NULL,
    operation     TEXT NOT NULL,
    mirrors       TEXT NOT NULL,
    lane          INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The lines of journal entries: positive debits, negative credits.
CREATE TABLE posting (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    entry      TEXT NOT NULL,
    number     INTEGER NOT NULL,
    account    TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    currency   INTEGER NOT NULL,
    PRIMARY KEY (bucket, entry, number)
) STRICT, WITHOUT ROWID;

-- The trail, chained.
CREATE TABLE audit (
    bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The outbox, in the order of lane and position.
CREATE TABLE event (
    bucket   INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       TEXT NOT NULL,
    at_us    INTEGER NOT NULL,
    merchant TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    body     TEXT NOT NULL,
    lane     INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The daily root over the heads of all chains.
CREATE TABLE chain_root (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    business_date INTEGER NOT NULL,
    at_us         INTEGER NOT NULL,
    lanes         INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    heads         TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Writing lanes, one row per incarnation.
CREATE TABLE lane (
    id            INTEGER NOT NULL,
    node          TEXT NOT NULL,
    lane_index    INTEGER NOT NULL,
    started_at_us INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- One row per commit: its number settles a commit in doubt and carries the heads of the chains.
CREATE TABLE batch (
    lane           INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,
    at_us          INTEGER NOT NULL,
    written        INTEGER NOT NULL,
    audit_position INTEGER NOT NULL,
    audit_head     BLOB NOT NULL,
    entry_position INTEGER NOT NULL,
    entry_head     BLOB NOT NULL,
    event_position INTEGER NOT NULL,
    PRIMARY KEY (lane, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_due ON attempt (rail, due_at_us) WHERE due_at_us > 0;
CREATE INDEX operation_rrn ON operation (rrn, bucket);
CREATE INDEX terminal_batch_open ON terminal_batch (bucket, id) WHERE state = 'open';
CREATE INDEX event_chain ON event (lane, position);
