-- +goose Up

-- A day's counters of all merchants: an id is a merchant's, 32 characters, a slash and the day.
CREATE INDEX risk_counter_day ON risk_counter (substr(id, 34));

-- Which terminals of a merchant were heard.
CREATE INDEX terminal_presence_merchant ON terminal_presence (bucket, merchant, heard_at_us);
