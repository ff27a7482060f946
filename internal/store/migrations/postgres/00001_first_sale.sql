-- +goose Up

-- The business date that is open.
CREATE TABLE business_day (
    bucket        smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            text COLLATE "C" NOT NULL,
    business_date bigint NOT NULL,
    opened_at_us  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Who collects money.
CREATE TABLE merchant (
    bucket          smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              text COLLATE "C" NOT NULL,
    number          text COLLATE "C" NOT NULL,
    name            text COLLATE "C" NOT NULL,
    name_en         text COLLATE "C" NOT NULL,
    category        text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    single_max_fen  bigint NOT NULL,
    day_count_max   bigint NOT NULL,
    day_sum_max_fen bigint NOT NULL,
    created_at_us   bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Where a merchant sells.
CREATE TABLE store (
    bucket   smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    name     text COLLATE "C" NOT NULL,
    name_en  text COLLATE "C" NOT NULL,
    address  text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Price lists of merchants and rails.
CREATE TABLE fee_schedule (
    bucket  smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id      text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    rules   text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Whose cards begin with which digits.
CREATE TABLE card_bin (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    length         bigint NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    organization   text COLLATE "C" NOT NULL,
    issuer         text COLLATE "C" NOT NULL,
    issuer_name    text COLLATE "C" NOT NULL,
    issuer_name_en text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What is unique over all merchants: numbers and names that lead to an id.
CREATE TABLE directory (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id     text COLLATE "C" NOT NULL,
    kind   text COLLATE "C" NOT NULL,
    name   text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Blocks of numbers leased by nodes.
CREATE TABLE number_block (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id     text COLLATE "C" NOT NULL,
    next   bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Working keys and clearing date agreed with a rail.
CREATE TABLE rail_session (
    bucket        smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            text COLLATE "C" NOT NULL,
    pin_key       bytea NOT NULL,
    mac_key       bytea NOT NULL,
    version       bigint NOT NULL,
    clearing_date bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Card terminals, with their keys wrapped.
CREATE TABLE terminal (
    bucket          smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              text COLLATE "C" NOT NULL,
    merchant        text COLLATE "C" NOT NULL,
    store           text COLLATE "C" NOT NULL,
    number          text COLLATE "C" NOT NULL,
    profile         text COLLATE "C" NOT NULL,
    state           text COLLATE "C" NOT NULL,
    tmk             bytea NOT NULL,
    pik             bytea NOT NULL,
    mak             bytea NOT NULL,
    tdk             bytea NOT NULL,
    algorithm       text COLLATE "C" NOT NULL,
    key_version     bigint NOT NULL,
    signed_in       bigint NOT NULL,
    signed_in_at_us bigint NOT NULL,
    operator        text COLLATE "C" NOT NULL,
    batch_sequence  bigint NOT NULL,
    batch_number    bigint NOT NULL,
    created_at_us   bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What a terminal collects between two closes.
CREATE TABLE terminal_batch (
    bucket                       smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                           text COLLATE "C" NOT NULL,
    terminal                     text COLLATE "C" NOT NULL,
    merchant                     text COLLATE "C" NOT NULL,
    sequence                     bigint NOT NULL,
    number                       bigint NOT NULL,
    state                        text COLLATE "C" NOT NULL,
    opened_at_us                 bigint NOT NULL,
    closed_at_us                 bigint NOT NULL,
    closed_by                    text COLLATE "C" NOT NULL,
    business_date                bigint NOT NULL,
    debit_fen                    bigint NOT NULL,
    debit_count                  bigint NOT NULL,
    credit_fen                   bigint NOT NULL,
    credit_count                 bigint NOT NULL,
    foreign_debit_fen            bigint NOT NULL,
    foreign_debit_count          bigint NOT NULL,
    foreign_credit_fen           bigint NOT NULL,
    foreign_credit_count         bigint NOT NULL,
    claimed_debit_fen            bigint NOT NULL,
    claimed_debit_count          bigint NOT NULL,
    claimed_credit_fen           bigint NOT NULL,
    claimed_credit_count         bigint NOT NULL,
    claimed_foreign_debit_fen    bigint NOT NULL,
    claimed_foreign_debit_count  bigint NOT NULL,
    claimed_foreign_credit_fen   bigint NOT NULL,
    claimed_foreign_credit_count bigint NOT NULL,
    claimed                      bigint NOT NULL,
    balanced                     bigint NOT NULL,
    uploaded                     bigint NOT NULL,
    upload_done                  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- Requests of terminals that were seen.
CREATE TABLE exchange (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    terminal       text COLLATE "C" NOT NULL,
    batch_sequence bigint NOT NULL,
    trace          bigint NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    digest         bytea NOT NULL,
    operation      text COLLATE "C" NOT NULL,
    at_us          bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Uploaded lines that the books do not know.
CREATE TABLE suspense_line (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    merchant       text COLLATE "C" NOT NULL,
    terminal       text COLLATE "C" NOT NULL,
    batch_sequence bigint NOT NULL,
    trace          bigint NOT NULL,
    amount_fen     bigint NOT NULL,
    masked         text COLLATE "C" NOT NULL,
    finding        text COLLATE "C" NOT NULL,
    at_us          bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Use of limits by merchant and business date.
CREATE TABLE risk_counter (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    reserved_count bigint NOT NULL,
    reserved_fen   bigint NOT NULL,
    used_count     bigint NOT NULL,
    used_fen       bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- What a merchant collects.
CREATE TABLE payment (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    merchant       text COLLATE "C" NOT NULL,
    store          text COLLATE "C" NOT NULL,
    terminal       text COLLATE "C" NOT NULL,
    instrument     text COLLATE "C" NOT NULL,
    rail           text COLLATE "C" NOT NULL,
    state          text COLLATE "C" NOT NULL,
    currency       bigint NOT NULL,
    requested_fen  bigint NOT NULL,
    approved_fen   bigint NOT NULL,
    captured_fen   bigint NOT NULL,
    refunded_fen   bigint NOT NULL,
    refunding_fen  bigint NOT NULL,
    fee_rate_ppm   bigint NOT NULL,
    fee_floor_fen  bigint NOT NULL,
    fee_cap_fen    bigint NOT NULL,
    fee_keep       bigint NOT NULL,
    fee_fen        bigint NOT NULL,
    fee_back_fen   bigint NOT NULL,
    cost_rate_ppm  bigint NOT NULL,
    cost_floor_fen bigint NOT NULL,
    cost_cap_fen   bigint NOT NULL,
    cost_keep      bigint NOT NULL,
    cost_fen       bigint NOT NULL,
    cost_back_fen  bigint NOT NULL,
    entry_mode     text COLLATE "C" NOT NULL,
    card_masked    text COLLATE "C" NOT NULL,
    card_index     text COLLATE "C" NOT NULL,
    card_cipher    bytea NOT NULL,
    card_kind      text COLLATE "C" NOT NULL,
    organization   text COLLATE "C" NOT NULL,
    issuer         text COLLATE "C" NOT NULL,
    issuer_name    text COLLATE "C" NOT NULL,
    sale           text COLLATE "C" NOT NULL,
    open_act       text COLLATE "C" NOT NULL,
    business_date  bigint NOT NULL,
    clearing_date  bigint NOT NULL,
    due_at_us      bigint NOT NULL,
    created_at_us  bigint NOT NULL,
    updated_at_us  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- One act on a payment.
CREATE TABLE operation (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    payment        text COLLATE "C" NOT NULL,
    merchant       text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    state          text COLLATE "C" NOT NULL,
    amount_fen     bigint NOT NULL,
    currency       bigint NOT NULL,
    original       text COLLATE "C" NOT NULL,
    reversal       text COLLATE "C" NOT NULL,
    reason         text COLLATE "C" NOT NULL,
    terminal       text COLLATE "C" NOT NULL,
    batch_sequence bigint NOT NULL,
    batch_number   bigint NOT NULL,
    trace          bigint NOT NULL,
    cashier        text COLLATE "C" NOT NULL,
    rrn            text COLLATE "C" NOT NULL,
    auth_code      text COLLATE "C" NOT NULL,
    result         text COLLATE "C" NOT NULL,
    rail_code      text COLLATE "C" NOT NULL,
    chip_request   bytea NOT NULL,
    chip           bytea NOT NULL,
    counted        bigint NOT NULL,
    no_pin         bigint NOT NULL,
    business_date  bigint NOT NULL,
    clearing_date  bigint NOT NULL,
    entry          text COLLATE "C" NOT NULL,
    created_at_us  bigint NOT NULL,
    updated_at_us  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- One request to a rail, written before it is sent.
CREATE TABLE attempt (
    bucket         smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             text COLLATE "C" NOT NULL,
    operation      text COLLATE "C" NOT NULL,
    payment        text COLLATE "C" NOT NULL,
    rail           text COLLATE "C" NOT NULL,
    kind           text COLLATE "C" NOT NULL,
    state          text COLLATE "C" NOT NULL,
    stamp          text COLLATE "C" NOT NULL,
    number         bigint NOT NULL,
    tries          bigint NOT NULL,
    due_at_us      bigint NOT NULL,
    claim          bigint NOT NULL,
    rail_code      text COLLATE "C" NOT NULL,
    answered_at_us bigint NOT NULL,
    created_at_us  bigint NOT NULL,
    updated_at_us  bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- Receipts as they were shown.
CREATE TABLE receipt (
    bucket   smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    slip     text COLLATE "C" NOT NULL,
    prints   bigint NOT NULL,
    at_us    bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Running sums of an account in a bucket.
CREATE TABLE balance (
    bucket             smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                 text COLLATE "C" NOT NULL,
    debit_fen          bigint NOT NULL,
    credit_fen         bigint NOT NULL,
    pending_debit_fen  bigint NOT NULL,
    pending_credit_fen bigint NOT NULL,
    PRIMARY KEY (bucket, id)
) WITH (fillfactor = 70);

-- Journal entries, chained.
CREATE TABLE entry (
    bucket        smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            text COLLATE "C" NOT NULL,
    at_us         bigint NOT NULL,
    business_date bigint NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    payment       text COLLATE "C" NOT NULL,
    operation     text COLLATE "C" NOT NULL,
    mirrors       text COLLATE "C" NOT NULL,
    lane          bigint NOT NULL,
    position      bigint NOT NULL,
    hash          bytea NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The lines of journal entries: positive debits, negative credits.
CREATE TABLE posting (
    bucket     smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    entry      text COLLATE "C" NOT NULL,
    number     bigint NOT NULL,
    account    text COLLATE "C" NOT NULL,
    amount_fen bigint NOT NULL,
    currency   bigint NOT NULL,
    PRIMARY KEY (bucket, entry, number)
);

-- The trail, chained.
CREATE TABLE audit (
    bucket   smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       text COLLATE "C" NOT NULL,
    at_us    bigint NOT NULL,
    actor    text COLLATE "C" NOT NULL,
    action   text COLLATE "C" NOT NULL,
    subject  text COLLATE "C" NOT NULL,
    detail   text COLLATE "C" NOT NULL,
    lane     bigint NOT NULL,
    position bigint NOT NULL,
    hash     bytea NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The outbox, in the order of lane and position.
CREATE TABLE event (
    bucket   smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id       text COLLATE "C" NOT NULL,
    at_us    bigint NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    subject  text COLLATE "C" NOT NULL,
    body     text COLLATE "C" NOT NULL,
    lane     bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The daily root over the heads of all chains.
CREATE TABLE chain_root (
    bucket        smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            text COLLATE "C" NOT NULL,
    business_date bigint NOT NULL,
    at_us         bigint NOT NULL,
    lanes         bigint NOT NULL,
    hash          bytea NOT NULL,
    heads         text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Writing lanes, one row per incarnation.
CREATE TABLE lane (
    id            bigint NOT NULL,
    node          text COLLATE "C" NOT NULL,
    lane_index    bigint NOT NULL,
    started_at_us bigint NOT NULL,
    PRIMARY KEY (id)
);

-- One row per commit: its number settles a commit in doubt and carries the heads of the chains.
CREATE TABLE batch (
    lane           bigint NOT NULL,
    sequence       bigint NOT NULL,
    at_us          bigint NOT NULL,
    written        bigint NOT NULL,
    audit_position bigint NOT NULL,
    audit_head     bytea NOT NULL,
    entry_position bigint NOT NULL,
    entry_head     bytea NOT NULL,
    event_position bigint NOT NULL,
    PRIMARY KEY (lane, sequence)
);

CREATE INDEX attempt_due ON attempt (rail, due_at_us) WHERE due_at_us > 0;
CREATE INDEX operation_rrn ON operation (rrn, bucket);
CREATE INDEX terminal_batch_open ON terminal_batch (bucket, id) WHERE state = 'open';
CREATE INDEX event_chain ON event (lane, position);
