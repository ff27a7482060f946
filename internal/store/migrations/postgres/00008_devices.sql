-- +goose Up

-- Hardware behind a terminal, the version of its binding, and why it is suspended.
ALTER TABLE terminal ADD COLUMN unit text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN binding bigint NOT NULL DEFAULT 0;
ALTER TABLE terminal ADD COLUMN reason text COLLATE "C" NOT NULL DEFAULT '';

-- Models of terminals on offer.
CREATE TABLE terminal_model (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL,
    maker text COLLATE "C" NOT NULL,
    form text COLLATE "C" NOT NULL,
    system text COLLATE "C" NOT NULL,
    abilities text COLLATE "C" NOT NULL,
    networks text COLLATE "C" NOT NULL,
    certificate text COLLATE "C" NOT NULL,
    price_fen bigint NOT NULL,
    deposit_fen bigint NOT NULL,
    monthly_fen bigint NOT NULL,
    offered bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Hardware, by serial number.
CREATE TABLE terminal_unit (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    terminal text COLLATE "C" NOT NULL,
    terminal_order text COLLATE "C" NOT NULL,
    depot text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    changed_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Orders of terminals.
CREATE TABLE terminal_order (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    store text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    lines text COLLATE "C" NOT NULL,
    items text COLLATE "C" NOT NULL,
    once_fen bigint NOT NULL,
    monthly_fen bigint NOT NULL,
    agreed_by text COLLATE "C" NOT NULL,
    contact bytea NOT NULL,
    carrier text COLLATE "C" NOT NULL,
    tracking text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    course text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    changed_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The last activation code of each terminal; its digits are not stored.
CREATE TABLE terminal_activation (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    code_index text COLLATE "C" NOT NULL,
    wrong bigint NOT NULL,
    issued_by text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    used_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What a terminal is tied to: hardware, acquirer, merchant, registration, account, place.
CREATE TABLE terminal_binding (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    terminal text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    number text COLLATE "C" NOT NULL,
    serial text COLLATE "C" NOT NULL,
    acquirer text COLLATE "C" NOT NULL,
    merchant_number text COLLATE "C" NOT NULL,
    merchant_name text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    registration_index text COLLATE "C" NOT NULL,
    registration_masked text COLLATE "C" NOT NULL,
    account_index text COLLATE "C" NOT NULL,
    account_masked text COLLATE "C" NOT NULL,
    area text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    latitude bigint NOT NULL,
    longitude bigint NOT NULL,
    from_us bigint NOT NULL,
    until_us bigint NOT NULL,
    made_by text COLLATE "C" NOT NULL,
    report text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    report_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- When terminals were last heard and last sold.
CREATE TABLE terminal_presence (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    heard_at_us bigint NOT NULL,
    traded_at_us bigint NOT NULL,
    address text COLLATE "C" NOT NULL,
    software text COLLATE "C" NOT NULL,
    verified_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Checks of terminals at their place.
CREATE TABLE terminal_care (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    terminal text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    findings text COLLATE "C" NOT NULL,
    ok bigint NOT NULL,
    note text COLLATE "C" NOT NULL,
    due_at_us bigint NOT NULL,
    done_at_us bigint NOT NULL,
    done_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

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
