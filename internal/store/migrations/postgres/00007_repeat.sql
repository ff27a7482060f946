-- +goose Up

-- Requests of programs under their idempotency keys.
CREATE TABLE repeat (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    state text COLLATE "C" NOT NULL,
    status bigint NOT NULL,
    media_type text COLLATE "C" NOT NULL,
    answer bytea NOT NULL,
    kept bigint NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
