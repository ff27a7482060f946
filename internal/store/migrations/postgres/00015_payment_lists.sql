-- +goose Up

-- Lists of payments, the newest first: ids rise with time. What is neither under way nor captured is rare, and found by its
-- state.
CREATE INDEX payment_merchant ON payment (bucket, merchant, id);
-- How often a terminal read which way is counted along its index.
CREATE INDEX payment_terminal ON payment (bucket, terminal, id, entry_mode);
CREATE INDEX payment_unusual ON payment (bucket, state, id) WHERE state NOT IN ('pending', 'captured');
CREATE INDEX payment_unusual_of ON payment (bucket, merchant, state, id) WHERE state NOT IN ('pending', 'captured');

-- What was done to a payment after its first operation.
CREATE INDEX operation_further ON operation (bucket, payment, id) WHERE kind NOT IN ('sale', 'preauth', 'offline_sale', 'inquiry');
