-- +goose Up

-- Master keys that people put together from components, which lie sealed until the last is there.
CREATE TABLE key_ceremony (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    parts bigint NOT NULL,
    state text COLLATE "C" NOT NULL,
    entries text COLLATE "C" NOT NULL,
    check_value text COLLATE "C" NOT NULL,
    opened_by text COLLATE "C" NOT NULL,
    at_us bigint NOT NULL,
    until_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE INDEX key_ceremony_open ON key_ceremony (until_us) WHERE state = 'open';

-- Which terminals of a group hold what.
CREATE INDEX terminal_census ON terminal (terminal_group, state, holds);

-- The default group has a name in every row, so that a list finds its terminals.
UPDATE terminal SET terminal_group = 'default' WHERE terminal_group = '';
