-- +goose Up

-- Acts that were left to a person: few at any time, and listed with their payments. The index holds nothing of the others.
CREATE INDEX operation_manual ON operation (bucket, payment) WHERE state = 'manual';
