-- +goose Up

-- For whom an order on a page in the wallet's own browser was made.
ALTER TABLE payment_code ADD COLUMN visitor TEXT NOT NULL DEFAULT '';
