-- +goose Up

-- Accounts of people.
CREATE TABLE account (
    bucket                 INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id                     TEXT NOT NULL,
    realm                  TEXT NOT NULL,
    state                  TEXT NOT NULL,
    name                   TEXT NOT NULL,
    phone                  TEXT NOT NULL,
    email                  TEXT NOT NULL,
    lang                   TEXT NOT NULL,
    hash                   TEXT NOT NULL,
    roles                  TEXT NOT NULL,
    agent                  TEXT NOT NULL,
    totp                   BLOB NOT NULL,
    totp_next              BLOB NOT NULL,
    totp_step              INTEGER NOT NULL,
    recovery               TEXT NOT NULL,
    passkeys               INTEGER NOT NULL,
    epoch                  INTEGER NOT NULL,
    password_changed_at_us INTEGER NOT NULL,
    last_login_at_us       INTEGER NOT NULL,
    created_at_us          INTEGER NOT NULL,
    updated_at_us          INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Verification codes that were sent, hashed.
CREATE TABLE verification_code (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    target        TEXT NOT NULL,
    account       TEXT NOT NULL,
    salt          BLOB NOT NULL,
    hash          BLOB NOT NULL,
    tries         INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    used_at_us    INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Passkeys of accounts.
CREATE TABLE passkey (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    credential      TEXT NOT NULL,
    account         TEXT NOT NULL,
    name            TEXT NOT NULL,
    public_key      BLOB NOT NULL,
    aaguid          BLOB NOT NULL,
    transports      TEXT NOT NULL,
    sign_count      INTEGER NOT NULL,
    synced          INTEGER NOT NULL,
    backed_up       INTEGER NOT NULL,
    created_at_us   INTEGER NOT NULL,
    last_used_at_us INTEGER NOT NULL,
    removed_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Exchanges with passkeys that were begun.
CREATE TABLE passkey_ceremony (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    data          BLOB NOT NULL,
    expires_at_us INTEGER NOT NULL,
    used_at_us    INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Counts of tries.
CREATE TABLE throttle (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    since_us   INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    until_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Sessions, under the hash of their token.
CREATE TABLE login_session (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    account       TEXT NOT NULL,
    stage         TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    merchant      TEXT NOT NULL,
    strong        INTEGER NOT NULL,
    method        TEXT NOT NULL,
    fresh_at_us   INTEGER NOT NULL,
    device        TEXT NOT NULL,
    ip            TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    seen_at_us    INTEGER NOT NULL,
    expires_at_us INTEGER NOT NULL,
    ended_at_us   INTEGER NOT NULL,
    ended_by      TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- The history of log-ins.
CREATE TABLE login_record (
    bucket  INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id      TEXT NOT NULL,
    account TEXT NOT NULL,
    name    TEXT NOT NULL,
    realm   TEXT NOT NULL,
    method  TEXT NOT NULL,
    result  TEXT NOT NULL,
    device  TEXT NOT NULL,
    ip      TEXT NOT NULL,
    at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- People of merchants.
CREATE TABLE member (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    merchant      TEXT NOT NULL,
    account       TEXT NOT NULL,
    roles         TEXT NOT NULL,
    state         TEXT NOT NULL,
    added_by      TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- How many people a merchant has.
CREATE TABLE roster (
    bucket  INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id      TEXT NOT NULL,
    owners  INTEGER NOT NULL,
    members INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Invitations to work with a merchant.
CREATE TABLE invitation (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    merchant      TEXT NOT NULL,
    target        TEXT NOT NULL,
    roles         TEXT NOT NULL,
    state         TEXT NOT NULL,
    hash          BLOB NOT NULL,
    invited_by    TEXT NOT NULL,
    account       TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- API keys of merchants, hashed.
CREATE TABLE api_key (
    bucket          INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id              TEXT NOT NULL,
    merchant        TEXT NOT NULL,
    name            TEXT NOT NULL,
    mode            TEXT NOT NULL,
    hint            TEXT NOT NULL,
    hash            TEXT NOT NULL,
    old_hash        TEXT NOT NULL,
    old_until_us    INTEGER NOT NULL,
    scopes          TEXT NOT NULL,
    allowed         TEXT NOT NULL,
    state           TEXT NOT NULL,
    expires_at_us   INTEGER NOT NULL,
    last_used_at_us INTEGER NOT NULL,
    last_ip         TEXT NOT NULL,
    created_by      TEXT NOT NULL,
    created_at_us   INTEGER NOT NULL,
    rotated_at_us   INTEGER NOT NULL,
    revoked_at_us   INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Changes that take two people.
CREATE TABLE proposal (
    bucket        INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    subject       TEXT NOT NULL,
    merchant      TEXT NOT NULL,
    payload       TEXT NOT NULL,
    base          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    state         TEXT NOT NULL,
    asked_by      TEXT NOT NULL,
    asked_name    TEXT NOT NULL,
    decided_by    TEXT NOT NULL,
    decider       TEXT NOT NULL,
    note          TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    decided_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

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
ALTER TABLE audit ADD COLUMN merchant TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN noun TEXT NOT NULL DEFAULT '';
UPDATE audit SET noun = substr(action, 1, instr(action || '.', '.') - 1);

CREATE INDEX audit_time ON audit (at_us, id);
CREATE INDEX audit_actor ON audit (actor, at_us, id);
CREATE INDEX audit_subject ON audit (subject, at_us, id);
CREATE INDEX audit_noun ON audit (noun, at_us, id);
CREATE INDEX audit_merchant ON audit (merchant, at_us, id, noun, action, actor, subject) WHERE merchant <> '';
CREATE INDEX audit_chain ON audit (lane, position);
