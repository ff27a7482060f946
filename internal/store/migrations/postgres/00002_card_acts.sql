-- +goose Up

-- Pre-authorizations, tips, phones.
ALTER TABLE payment ADD COLUMN authorized_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN tip_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN lapses_at_us bigint NOT NULL DEFAULT 0;
ALTER TABLE payment ADD COLUMN form text COLLATE "C" NOT NULL DEFAULT '';

-- What was approved of what was asked for, and what is told rather than asked.
ALTER TABLE operation ADD COLUMN approved_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN previous_fen bigint NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN partial bigint NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN advice bigint NOT NULL DEFAULT 0;
UPDATE operation SET approved_fen = amount_fen WHERE entry <> '' AND kind <> 'reversal';
UPDATE operation SET advice = 1 WHERE kind = 'refund';

ALTER TABLE card_bin ADD COLUMN token bigint NOT NULL DEFAULT 0;

-- Authorizations by voice, and the sale that each paid for.
CREATE TABLE voice_authorization (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    card_index text COLLATE "C" NOT NULL,
    auth_code text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX operation_authorization ON operation (bucket, merchant, auth_code) WHERE kind = 'preauth';
CREATE INDEX payment_lapsing ON payment (lapses_at_us) WHERE state = 'authorized';
