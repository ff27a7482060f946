-- +goose Up

-- Speakers that say aloud what was paid by code.
CREATE TABLE speaker (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    store text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    lang text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    seen_at_us bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX speaker_time ON speaker (created_at_us, id);
CREATE INDEX speaker_state ON speaker (state, created_at_us, id);
CREATE INDEX speaker_of ON speaker (bucket, merchant, created_at_us, id);
CREATE INDEX speaker_state_of ON speaker (bucket, merchant, state, created_at_us, id);

CREATE TABLE speaker_count (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    speakers bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
