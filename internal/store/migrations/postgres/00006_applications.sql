-- +goose Up

-- What merchants are, and when something about them ends.
ALTER TABLE merchant ADD COLUMN kind text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN agent text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN owner text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN area text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN grade text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN origin text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN profile text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN license_until bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN identity_until bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN verify_by bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN due_on bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN reminded_for bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN approved_at_us bigint NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN updated_at_us bigint NOT NULL DEFAULT 0;

-- Applications of merchants. The content is sealed.
CREATE TABLE application (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    agent text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    sections text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    step text COLLATE "C" NOT NULL,
    content bytea NOT NULL,
    base text COLLATE "C" NOT NULL,
    grade text COLLATE "C" NOT NULL,
    reasons text COLLATE "C" NOT NULL,
    checks text COLLATE "C" NOT NULL,
    claimed_by text COLLATE "C" NOT NULL,
    claimed_until_us bigint NOT NULL,
    submitted_by text COLLATE "C" NOT NULL,
    submitted_at_us bigint NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    second_by text COLLATE "C" NOT NULL,
    decided_at_us bigint NOT NULL,
    override text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    entries bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Transitions of applications, numbered without a gap.
CREATE TABLE application_history (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    verb text COLLATE "C" NOT NULL,
    from_state text COLLATE "C" NOT NULL,
    to_state text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Which application of a merchant is open.
CREATE TABLE application_open (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What is known of a merchant as of an application, sealed.
CREATE TABLE merchant_profile (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    content bytea NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Papers and pictures of applications.
CREATE TABLE document (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    chunks bigint NOT NULL,
    digest text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    removed bigint NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The content of documents, sealed.
CREATE TABLE document_chunk (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Codes by which a telephone adds one document.
CREATE TABLE upload_ticket (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    until_us bigint NOT NULL,
    document text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What was asked of those who know, and their answers.
CREATE TABLE bureau_check (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    part text COLLATE "C" NOT NULL,
    data_index text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    differs text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    tries bigint NOT NULL,
    asked_at_us bigint NOT NULL,
    answered_at_us bigint NOT NULL,
    due_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- By what companies and people are known, as keyed hashes, and under which merchants.
CREATE TABLE subject (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    data_index text COLLATE "C" NOT NULL,
    uses text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Who is not served, as keyed hashes.
CREATE TABLE block_entry (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    data_index text COLLATE "C" NOT NULL,
    risk_type text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    masked text COLLATE "C" NOT NULL,
    until_us bigint NOT NULL,
    lifted bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Visits and calls.
CREATE TABLE merchant_visit (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    result text COLLATE "C" NOT NULL,
    note bytea NOT NULL,
    documents text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Terms that were signed.
CREATE TABLE agreement (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    terms text COLLATE "C" NOT NULL,
    digest text COLLATE "C" NOT NULL,
    name bytea NOT NULL,
    actor text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The lists, newest first, of everybody, of an agent and of one merchant; what is due; what begins with a name.
CREATE INDEX application_newest ON application (created_at_us, id);
CREATE INDEX application_state ON application (state, created_at_us, id);
CREATE INDEX application_purpose ON application (purpose, created_at_us, id);
CREATE INDEX application_state_purpose ON application (state, purpose, created_at_us, id);
CREATE INDEX application_claimed ON application (claimed_by, created_at_us, id) WHERE claimed_by <> '';
CREATE INDEX application_merchant ON application (bucket, merchant, created_at_us, id);
CREATE INDEX application_agent ON application (agent, created_at_us, id, purpose, name, claimed_by) WHERE agent <> '';
CREATE INDEX application_agent_state ON application (agent, state, created_at_us, id, purpose, name, claimed_by) WHERE agent <> '';
CREATE INDEX document_application ON document (bucket, application, id);
CREATE INDEX bureau_check_due ON bureau_check (due_at_us) WHERE due_at_us > 0;
CREATE INDEX block_entry_newest ON block_entry (at_us, id);
CREATE INDEX merchant_visit_application ON merchant_visit (bucket, application, at_us, id);
CREATE INDEX agreement_merchant ON agreement (bucket, merchant, at_us, id);
CREATE INDEX merchant_newest ON merchant (created_at_us, id);
CREATE INDEX merchant_state ON merchant (state, created_at_us, id);
CREATE INDEX merchant_category ON merchant (category, created_at_us, id);
CREATE INDEX merchant_category_state ON merchant (category, state, created_at_us, id);
CREATE INDEX merchant_agent ON merchant (agent, created_at_us, id, category, number, name) WHERE agent <> '';
CREATE INDEX merchant_agent_state ON merchant (agent, state, created_at_us, id, category, number, name) WHERE agent <> '';
CREATE INDEX merchant_number ON merchant (number, created_at_us, id);
CREATE INDEX merchant_name ON merchant (name, id);
CREATE INDEX merchant_state_name ON merchant (state, name, id);
CREATE INDEX merchant_due ON merchant (due_on, id) WHERE due_on > 0;
