-- +goose Up

-- Accounts of people.
CREATE TABLE account (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    realm text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    phone text COLLATE "C" NOT NULL,
    email text COLLATE "C" NOT NULL,
    lang text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    roles text COLLATE "C" NOT NULL,
    agent text COLLATE "C" NOT NULL,
    totp bytea NOT NULL,
    totp_next bytea NOT NULL,
    totp_step bigint NOT NULL,
    recovery text COLLATE "C" NOT NULL,
    passkeys bigint NOT NULL,
    epoch bigint NOT NULL,
    password_changed_at_us bigint NOT NULL,
    last_login_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Verification codes that were sent, hashed.
CREATE TABLE verification_code (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    purpose text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    salt bytea NOT NULL,
    hash bytea NOT NULL,
    tries bigint NOT NULL,
    expires_at_us bigint NOT NULL,
    used_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Passkeys of accounts.
CREATE TABLE passkey (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    credential text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    public_key bytea NOT NULL,
    aaguid bytea NOT NULL,
    transports text COLLATE "C" NOT NULL,
    sign_count bigint NOT NULL,
    synced bigint NOT NULL,
    backed_up bigint NOT NULL,
    created_at_us bigint NOT NULL,
    last_used_at_us bigint NOT NULL,
    removed_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Exchanges with passkeys that were begun.
CREATE TABLE passkey_ceremony (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    data bytea NOT NULL,
    expires_at_us bigint NOT NULL,
    used_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Counts of tries.
CREATE TABLE throttle (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    tries bigint NOT NULL,
    since_us bigint NOT NULL,
    last_at_us bigint NOT NULL,
    until_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Sessions, under the hash of their token.
CREATE TABLE login_session (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    stage text COLLATE "C" NOT NULL,
    epoch bigint NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    strong bigint NOT NULL,
    method text COLLATE "C" NOT NULL,
    fresh_at_us bigint NOT NULL,
    device text COLLATE "C" NOT NULL,
    ip text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    seen_at_us bigint NOT NULL,
    expires_at_us bigint NOT NULL,
    ended_at_us bigint NOT NULL,
    ended_by text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- The history of log-ins.
CREATE TABLE login_record (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    realm text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    result text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    ip text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- People of merchants.
CREATE TABLE member (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    roles text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    added_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- How many people a merchant has.
CREATE TABLE roster (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    owners bigint NOT NULL,
    members bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Invitations to work with a merchant.
CREATE TABLE invitation (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    roles text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    invited_by text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    expires_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- API keys of merchants, hashed.
CREATE TABLE api_key (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    mode text COLLATE "C" NOT NULL,
    hint text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    old_hash text COLLATE "C" NOT NULL,
    old_until_us bigint NOT NULL,
    scopes text COLLATE "C" NOT NULL,
    allowed text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    expires_at_us bigint NOT NULL,
    last_used_at_us bigint NOT NULL,
    last_ip text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    rotated_at_us bigint NOT NULL,
    revoked_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Changes that take two people.
CREATE TABLE proposal (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL,
    base text COLLATE "C" NOT NULL,
    reason text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    asked_by text COLLATE "C" NOT NULL,
    asked_name text COLLATE "C" NOT NULL,
    decided_by text COLLATE "C" NOT NULL,
    decider text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    expires_at_us bigint NOT NULL,
    decided_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX account_list ON account (realm, created_at_us, id);
CREATE INDEX account_state ON account (realm, state, created_at_us, id);
CREATE INDEX login_session_account ON login_session (account, created_at_us, id);
CREATE INDEX login_record_account ON login_record (account, at_us, id);
CREATE INDEX login_record_time ON login_record (at_us, id);
CREATE INDEX member_merchant ON member (bucket, merchant, state, created_at_us, id);
CREATE INDEX member_account ON member (account, state, created_at_us, id);
CREATE INDEX invitation_merchant ON invitation (bucket, merchant, created_at_us, id);
CREATE INDEX api_key_merchant ON api_key (bucket, merchant, created_at_us, id);
CREATE INDEX proposal_time ON proposal (created_at_us, id);
CREATE INDEX proposal_state ON proposal (state, created_at_us, id);
CREATE INDEX proposal_kind ON proposal (kind, created_at_us, id);
CREATE INDEX proposal_kind_state ON proposal (kind, state, created_at_us, id);
CREATE INDEX proposal_merchant ON proposal (merchant, created_at_us, id);
CREATE INDEX proposal_due ON proposal (state, expires_at_us);

-- Whose people may read a record, and the first word of what was done.
ALTER TABLE audit ADD COLUMN merchant text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN noun text COLLATE "C" NOT NULL DEFAULT '';
UPDATE audit SET noun = split_part(action, '.', 1);

CREATE INDEX audit_time ON audit (at_us, id);
CREATE INDEX audit_actor ON audit (actor, at_us, id);
CREATE INDEX audit_subject ON audit (subject, at_us, id);
CREATE INDEX audit_noun ON audit (noun, at_us, id);
CREATE INDEX audit_merchant ON audit (merchant, at_us, id, noun, action, actor, subject) WHERE merchant <> '';
CREATE INDEX audit_chain ON audit (lane, position);
