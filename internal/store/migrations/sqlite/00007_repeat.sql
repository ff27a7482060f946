-- +goose Up

-- Requests of programs under their idempotency keys.
CREATE TABLE repeat (
    bucket     INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id         TEXT NOT NULL,
    digest     BLOB NOT NULL,
    state      TEXT NOT NULL,
    status     INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    answer     BLOB NOT NULL,
    kept       INTEGER NOT NULL,
    at_us      INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
