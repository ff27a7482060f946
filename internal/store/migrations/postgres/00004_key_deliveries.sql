-- +goose Up

-- Master keys that were made for terminals and wait for their confirmation, wrapped.
CREATE TABLE key_delivery (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    wrapped bytea NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    check_value text COLLATE "C" NOT NULL,
    challenge bytea NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
