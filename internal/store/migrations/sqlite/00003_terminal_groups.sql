-- +goose Up

-- Groups, hardware and downloads of terminals.
ALTER TABLE terminal ADD COLUMN terminal_group TEXT NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN serial TEXT NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN holds TEXT NOT NULL DEFAULT '';

-- Terminals that are configured alike.
CREATE TABLE terminal_group (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    assigned TEXT NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Versions of the parameters that terminals download.
CREATE TABLE terminal_parameters (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    content BLOB NOT NULL,
    author TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- What each terminal last said of itself.
CREATE TABLE terminal_condition (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    findings TEXT NOT NULL,
    worst TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

-- Signatures that were given on a screen, sealed.
CREATE TABLE signature (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    image BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
