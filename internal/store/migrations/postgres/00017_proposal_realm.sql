-- +goose Up

-- Whose people asked: those of other realms do not see it. Staff asked for all that there is so far.
ALTER TABLE proposal ADD COLUMN realm text COLLATE "C" NOT NULL DEFAULT 'platform';
