-- +goose Up

-- Payments by code: what they have beside their amounts, the numbers that callers gave their requests, and the accounts with
-- wallets.
ALTER TABLE payment ADD COLUMN coupon_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN coupon_back_fen INTEGER NOT NULL DEFAULT 0;

CREATE TABLE payment_code (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    account TEXT NOT NULL,
    presented TEXT NOT NULL,
    source TEXT NOT NULL,
    link TEXT NOT NULL,
    reference TEXT NOT NULL,
    note TEXT NOT NULL,
    device TEXT NOT NULL,
    ip TEXT NOT NULL,
    content TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    number TEXT NOT NULL,
    paid_fen INTEGER NOT NULL,
    payer TEXT NOT NULL,
    bank TEXT NOT NULL,
    paid_at_us INTEGER NOT NULL,
    late INTEGER NOT NULL,
    mismatch_fen INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE payment_reference (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    operation TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE wallet_account (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    wallet TEXT NOT NULL,
    mode TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    open_values TEXT NOT NULL,
    secrets BLOB NOT NULL,
    version INTEGER NOT NULL,
    tested_at_us INTEGER NOT NULL,
    tested_by TEXT NOT NULL,
    findings TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Codes of our own that lead payers to the page on which to pay. The printed ones are listed, the newest first.
CREATE TABLE payment_link (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    name TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    note TEXT NOT NULL,
    reference TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    latest TEXT NOT NULL,
    paid_by TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_link_printed ON payment_link (created_at_us, id) WHERE amount_fen = 0;
CREATE INDEX payment_link_printed_of ON payment_link (bucket, merchant, created_at_us, id) WHERE amount_fen = 0;
