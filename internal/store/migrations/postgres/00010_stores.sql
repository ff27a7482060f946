-- +goose Up

-- Where a store lies, how it is called, and whether it is open.
ALTER TABLE store ADD COLUMN area text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE store ADD COLUMN phone text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE store ADD COLUMN closed bigint NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN created_at_us bigint NOT NULL DEFAULT 0;
CREATE INDEX store_list ON store (created_at_us, id);
CREATE INDEX store_list_merchant ON store (bucket, merchant, created_at_us, id);
