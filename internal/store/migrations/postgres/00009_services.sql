-- +goose Up

-- Payment services on offer, with fees and limits.
CREATE TABLE service_plan (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    name_en text COLLATE "C" NOT NULL,
    merchants text COLLATE "C" NOT NULL,
    rules text COLLATE "C" NOT NULL,
    single_max_fen bigint NOT NULL,
    day_count_max bigint NOT NULL,
    day_sum_max_fen bigint NOT NULL,
    terms text COLLATE "C" NOT NULL,
    offered bigint NOT NULL,
    version bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Payment services of merchants, as agreed.
CREATE TABLE merchant_service (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    plan text COLLATE "C" NOT NULL,
    plan_version bigint NOT NULL,
    rules text COLLATE "C" NOT NULL,
    single_max_fen bigint NOT NULL,
    day_count_max bigint NOT NULL,
    day_sum_max_fen bigint NOT NULL,
    terms text COLLATE "C" NOT NULL,
    agreed_by text COLLATE "C" NOT NULL,
    agreed_at_us bigint NOT NULL,
    sub_merchant text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    changed_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What merchants ask.
CREATE TABLE ticket (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    assignee text COLLATE "C" NOT NULL,
    messages bigint NOT NULL,
    due_at_us bigint NOT NULL,
    late bigint NOT NULL,
    answered_at_us bigint NOT NULL,
    opened_by text COLLATE "C" NOT NULL,
    rating bigint NOT NULL,
    created_at_us bigint NOT NULL,
    changed_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The texts of tickets.
CREATE TABLE ticket_message (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    ticket text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    written_by text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    staff bigint NOT NULL,
    body text COLLATE "C" NOT NULL,
    pictures text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

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
