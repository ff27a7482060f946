-- +goose Up

-- Rows that nothing needs any more are found by their age.
CREATE INDEX repeat_age ON repeat (at_us);
CREATE INDEX verification_code_age ON verification_code (expires_at_us);
CREATE INDEX passkey_ceremony_age ON passkey_ceremony (expires_at_us);
CREATE INDEX throttle_age ON throttle (last_at_us);
CREATE INDEX login_session_age ON login_session (expires_at_us);
CREATE INDEX terminal_activation_age ON terminal_activation (at_us);

-- Terminals of a store, for staff who name no merchant.
CREATE INDEX terminal_list_store ON terminal (store, created_at_us, id);

-- What is rare among the many of one merchant.
CREATE INDEX terminal_list_merchant_state ON terminal (bucket, merchant, state, created_at_us, id);
CREATE INDEX terminal_order_list_merchant_state ON terminal_order (bucket, merchant, state, created_at_us, id);
CREATE INDEX ticket_list_merchant_state ON ticket (bucket, merchant, state, created_at_us, id);
