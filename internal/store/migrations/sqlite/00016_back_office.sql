-- +goose Up

-- Master keys that people put together from components, which lie sealed until the last is there.
CREATE TABLE key_ceremony (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    parts INTEGER NOT NULL,
    state TEXT NOT NULL,
    entries TEXT NOT NULL,
    check_value TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX key_ceremony_open ON key_ceremony (until_us) WHERE state = 'open';

-- Which terminals of a group hold what.
CREATE INDEX terminal_census ON terminal (terminal_group, state, holds);

-- The default group has a name in every row, so that a list finds its terminals.
UPDATE terminal SET terminal_group = 'default' WHERE terminal_group = '';
