-- +goose Up

-- Speakers that say aloud what was paid by code.
CREATE TABLE speaker (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    store TEXT NOT NULL,
    name TEXT NOT NULL,
    lang TEXT NOT NULL,
    state TEXT NOT NULL,
    hash TEXT NOT NULL,
    seen_at_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX speaker_time ON speaker (created_at_us, id);
CREATE INDEX speaker_state ON speaker (state, created_at_us, id);
CREATE INDEX speaker_of ON speaker (bucket, merchant, created_at_us, id);
CREATE INDEX speaker_state_of ON speaker (bucket, merchant, state, created_at_us, id);

CREATE TABLE speaker_count (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    speakers INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
