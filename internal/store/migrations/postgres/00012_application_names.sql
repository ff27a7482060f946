-- +goose Up

-- Applications by the beginning of a name.
CREATE INDEX application_name ON application (name, id);
CREATE INDEX application_state_name ON application (state, name, id);
