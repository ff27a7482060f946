-- +goose Up

-- Groups, hardware and downloads of terminals.
ALTER TABLE terminal ADD COLUMN terminal_group text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN serial text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE terminal ADD COLUMN holds text COLLATE "C" NOT NULL DEFAULT '';

-- Terminals that are configured alike.
CREATE TABLE terminal_group (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    profile text COLLATE "C" NOT NULL,
    assigned text COLLATE "C" NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Versions of the parameters that terminals download.
CREATE TABLE terminal_parameters (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    content bytea NOT NULL,
    author text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- What each terminal last said of itself.
CREATE TABLE terminal_condition (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    findings text COLLATE "C" NOT NULL,
    worst text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- Signatures that were given on a screen, sealed.
CREATE TABLE signature (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    image bytea NOT NULL,
    at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
