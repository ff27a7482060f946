-- +goose Up

-- Master keys that were made for terminals and wait for their confirmation, wrapped.
CREATE TABLE key_delivery (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    check_value TEXT NOT NULL,
    challenge BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
