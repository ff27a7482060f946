-- +goose Up

-- Payments by code: what they have beside their amounts, the numbers that callers gave their requests, and the accounts with
-- wallets.
ALTER TABLE payment ADD COLUMN coupon_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN coupon_back_fen bigint NOT NULL DEFAULT 0;

CREATE TABLE payment_code (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    presented text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    link text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    device text COLLATE "C" NOT NULL,
    ip text COLLATE "C" NOT NULL,
    content text COLLATE "C" NOT NULL,
    expires_at_us bigint NOT NULL,
    number text COLLATE "C" NOT NULL,
    paid_fen bigint NOT NULL,
    payer text COLLATE "C" NOT NULL,
    bank text COLLATE "C" NOT NULL,
    paid_at_us bigint NOT NULL,
    late bigint NOT NULL,
    mismatch_fen bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE TABLE payment_reference (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    operation text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE TABLE wallet_account (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    wallet text COLLATE "C" NOT NULL,
    mode text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    open_values text COLLATE "C" NOT NULL,
    secrets bytea NOT NULL,
    version bigint NOT NULL,
    tested_at_us bigint NOT NULL,
    tested_by text COLLATE "C" NOT NULL,
    findings text COLLATE "C" NOT NULL,
    changed_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Codes of our own that lead payers to the page on which to pay. The printed ones are listed, the newest first.
CREATE TABLE payment_link (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    store text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    amount_fen bigint NOT NULL,
    note text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    latest text COLLATE "C" NOT NULL,
    paid_by text COLLATE "C" NOT NULL,
    expires_at_us bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX payment_link_printed ON payment_link (created_at_us, id) WHERE amount_fen = 0;
CREATE INDEX payment_link_printed_of ON payment_link (bucket, merchant, created_at_us, id) WHERE amount_fen = 0;
