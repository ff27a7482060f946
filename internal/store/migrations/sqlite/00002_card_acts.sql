-- +goose Up

-- Pre-authorizations, tips, phones.
ALTER TABLE payment ADD COLUMN authorized_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN tip_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN lapses_at_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN form TEXT NOT NULL DEFAULT '';

-- What was approved of what was asked for, and what is told rather than asked.
ALTER TABLE operation ADD COLUMN approved_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN previous_fen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN advice INTEGER NOT NULL DEFAULT 0;
UPDATE operation SET approved_fen = amount_fen WHERE entry <> '' AND kind <> 'reversal';
UPDATE operation SET advice = 1 WHERE kind = 'refund';

ALTER TABLE card_bin ADD COLUMN token INTEGER NOT NULL DEFAULT 0;

-- Authorizations by voice, and the sale that each paid for.
CREATE TABLE voice_authorization (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    card_index TEXT NOT NULL,
    auth_code TEXT NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX operation_authorization ON operation (bucket, merchant, auth_code) WHERE kind = 'preauth';
CREATE INDEX payment_lapsing ON payment (lapses_at_us) WHERE state = 'authorized';
