-- +goose Up

-- Hardware behind a terminal, the version of its binding, and why it is suspended.
ALTER TABLE terminal ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN binding INTEGER NOT NULL DEFAULT 0;
ALTER TABLE terminal ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- Models of terminals on offer.
CREATE TABLE terminal_model (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    name          TEXT NOT NULL,
    name_en       TEXT NOT NULL,
    maker         TEXT NOT NULL,
    form          TEXT NOT NULL,
    system        TEXT NOT NULL,
    abilities     TEXT NOT NULL,
    networks      TEXT NOT NULL,
    certificate   TEXT NOT NULL,
    price_fen     INTEGER NOT NULL,
    deposit_fen   INTEGER NOT NULL,
    monthly_fen   INTEGER NOT NULL,
    offered       INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Hardware, by serial number.
CREATE TABLE terminal_unit (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    serial         TEXT NOT NULL,
    model          TEXT NOT NULL,
    state          TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    terminal       TEXT NOT NULL,
    terminal_order TEXT NOT NULL,
    depot          TEXT NOT NULL,
    note           TEXT NOT NULL,
    created_at_us  INTEGER NOT NULL,
    changed_at_us  INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Orders of terminals.
CREATE TABLE terminal_order (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    merchant      TEXT NOT NULL,
    store         TEXT NOT NULL,
    state         TEXT NOT NULL,
    lines         TEXT NOT NULL,
    items         TEXT NOT NULL,
    once_fen      INTEGER NOT NULL,
    monthly_fen   INTEGER NOT NULL,
    agreed_by     TEXT NOT NULL,
    contact       BLOB NOT NULL,
    carrier       TEXT NOT NULL,
    tracking      TEXT NOT NULL,
    note          TEXT NOT NULL,
    course        TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    changed_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The last activation code of each terminal; its digits are not stored.
CREATE TABLE terminal_activation (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    code_index TEXT NOT NULL,
    wrong      INTEGER NOT NULL,
    issued_by  TEXT NOT NULL,
    at_us      INTEGER NOT NULL,
    used_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What a terminal is tied to: hardware, acquirer, merchant, registration, account, place.
CREATE TABLE terminal_binding (
    bucket              INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                  TEXT NOT NULL,
    terminal            TEXT NOT NULL,
    version             INTEGER NOT NULL,
    merchant            TEXT NOT NULL,
    number              TEXT NOT NULL,
    serial              TEXT NOT NULL,
    acquirer            TEXT NOT NULL,
    merchant_number     TEXT NOT NULL,
    merchant_name       TEXT NOT NULL,
    category            TEXT NOT NULL,
    registration_index  TEXT NOT NULL,
    registration_masked TEXT NOT NULL,
    account_index       TEXT NOT NULL,
    account_masked      TEXT NOT NULL,
    area                TEXT NOT NULL,
    address             TEXT NOT NULL,
    latitude            INTEGER NOT NULL,
    longitude           INTEGER NOT NULL,
    from_us             INTEGER NOT NULL,
    until_us            INTEGER NOT NULL,
    made_by             TEXT NOT NULL,
    report              TEXT NOT NULL,
    reference           TEXT NOT NULL,
    note                TEXT NOT NULL,
    report_at_us        INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- When terminals were last heard and last sold.
CREATE TABLE terminal_presence (
    bucket         INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id             TEXT NOT NULL,
    merchant       TEXT NOT NULL,
    heard_at_us    INTEGER NOT NULL,
    traded_at_us   INTEGER NOT NULL,
    address        TEXT NOT NULL,
    software       TEXT NOT NULL,
    verified_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Checks of terminals at their place.
CREATE TABLE terminal_care (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    merchant      TEXT NOT NULL,
    terminal      TEXT NOT NULL,
    kind          TEXT NOT NULL,
    state         TEXT NOT NULL,
    findings      TEXT NOT NULL,
    ok            INTEGER NOT NULL,
    note          TEXT NOT NULL,
    due_at_us     INTEGER NOT NULL,
    done_at_us    INTEGER NOT NULL,
    done_by       TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX terminal_list ON terminal (created_at_us, id);
CREATE INDEX terminal_list_state ON terminal (state, created_at_us, id);
CREATE INDEX terminal_list_group ON terminal (terminal_group, created_at_us, id, state);
CREATE INDEX terminal_list_merchant ON terminal (bucket, merchant, created_at_us, id);
CREATE INDEX terminal_unit_serial ON terminal_unit (serial);
CREATE INDEX terminal_unit_list ON terminal_unit (created_at_us, id);
CREATE INDEX terminal_unit_list_state ON terminal_unit (state, created_at_us, id);
CREATE INDEX terminal_unit_list_model ON terminal_unit (model, created_at_us, id);
CREATE INDEX terminal_unit_list_both ON terminal_unit (state, model, created_at_us, id);
CREATE INDEX terminal_order_list ON terminal_order (created_at_us, id);
CREATE INDEX terminal_order_list_state ON terminal_order (state, created_at_us, id);
CREATE INDEX terminal_order_list_merchant ON terminal_order (bucket, merchant, created_at_us, id);
CREATE INDEX terminal_binding_due ON terminal_binding (report_at_us) WHERE report = 'due';
CREATE INDEX terminal_presence_heard ON terminal_presence (heard_at_us);
CREATE INDEX terminal_presence_traded ON terminal_presence (traded_at_us, id);
CREATE INDEX terminal_care_list ON terminal_care (created_at_us, id);
CREATE INDEX terminal_care_list_state ON terminal_care (state, created_at_us, id);
CREATE INDEX terminal_care_list_merchant ON terminal_care (bucket, merchant, created_at_us, id);
