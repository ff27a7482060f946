-- +goose Up

-- What merchants are, and when something about them ends.
ALTER TABLE merchant ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN area TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN grade TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant ADD COLUMN license_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN identity_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN verify_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN due_on INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN reminded_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN approved_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE merchant ADD COLUMN updated_at_us INTEGER NOT NULL DEFAULT 0;

-- Applications of merchants. The content is sealed.
CREATE TABLE application (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    purpose TEXT NOT NULL,
    state TEXT NOT NULL,
    origin TEXT NOT NULL,
    agent TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    sections TEXT NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    content BLOB NOT NULL,
    base TEXT NOT NULL,
    grade TEXT NOT NULL,
    reasons TEXT NOT NULL,
    checks TEXT NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_until_us INTEGER NOT NULL,
    submitted_by TEXT NOT NULL,
    submitted_at_us INTEGER NOT NULL,
    decided_by TEXT NOT NULL,
    second_by TEXT NOT NULL,
    decided_at_us INTEGER NOT NULL,
    override TEXT NOT NULL,
    reason TEXT NOT NULL,
    entries INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Transitions of applications, numbered without a gap.
CREATE TABLE application_history (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    application TEXT NOT NULL,
    number INTEGER NOT NULL,
    verb TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Which application of a merchant is open.
CREATE TABLE application_open (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    application TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What is known of a merchant as of an application, sealed.
CREATE TABLE merchant_profile (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    version INTEGER NOT NULL,
    content BLOB NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Papers and pictures of applications.
CREATE TABLE document (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    application TEXT NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    digest TEXT NOT NULL,
    actor TEXT NOT NULL,
    removed INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The content of documents, sealed.
CREATE TABLE document_chunk (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    number INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Codes by which a telephone adds one document.
CREATE TABLE upload_ticket (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    application TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What was asked of those who know, and their answers.
CREATE TABLE bureau_check (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    application TEXT NOT NULL,
    merchant TEXT NOT NULL,
    kind TEXT NOT NULL,
    part TEXT NOT NULL,
    data_index TEXT NOT NULL,
    state TEXT NOT NULL,
    differs TEXT NOT NULL,
    reference TEXT NOT NULL,
    tries INTEGER NOT NULL,
    asked_at_us INTEGER NOT NULL,
    answered_at_us INTEGER NOT NULL,
    due_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- By what companies and people are known, as keyed hashes, and under which merchants.
CREATE TABLE subject (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    data_index TEXT NOT NULL,
    uses TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Who is not served, as keyed hashes.
CREATE TABLE block_entry (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    data_index TEXT NOT NULL,
    risk_type TEXT NOT NULL,
    source TEXT NOT NULL,
    reason TEXT NOT NULL,
    masked TEXT NOT NULL,
    until_us INTEGER NOT NULL,
    lifted INTEGER NOT NULL,
    actor TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Visits and calls.
CREATE TABLE merchant_visit (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    application TEXT NOT NULL,
    kind TEXT NOT NULL,
    result TEXT NOT NULL,
    note BLOB NOT NULL,
    documents TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Terms that were signed.
CREATE TABLE agreement (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    application TEXT NOT NULL,
    terms TEXT NOT NULL,
    digest TEXT NOT NULL,
    name BLOB NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    document TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

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
