-- +goose Up

-- Addresses to which merchants want events brought, and what is on its way to them.
CREATE TABLE webhook (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    url text COLLATE "C" NOT NULL,
    events text COLLATE "C" NOT NULL,
    note text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    why text COLLATE "C" NOT NULL,
    secret bytea NOT NULL,
    old_secret bytea NOT NULL,
    old_until_us bigint NOT NULL,
    failing_since_us bigint NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at_us bigint NOT NULL,
    updated_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX webhook_of ON webhook (bucket, merchant, created_at_us, id);

CREATE TABLE webhook_count (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    endpoints bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE TABLE webhook_delivery (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    event text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    tries bigint NOT NULL,
    due_at_us bigint NOT NULL,
    claim text COLLATE "C" NOT NULL,
    status bigint NOT NULL,
    failure text COLLATE "C" NOT NULL,
    detail text COLLATE "C" NOT NULL,
    tried_at_us bigint NOT NULL,
    done_at_us bigint NOT NULL,
    created_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, endpoint, due_at_us, id);
CREATE INDEX webhook_delivery_done ON webhook_delivery (done_at_us);
CREATE INDEX webhook_delivery_of ON webhook_delivery (bucket, endpoint, created_at_us, id);
CREATE INDEX webhook_delivery_state ON webhook_delivery (bucket, endpoint, state, created_at_us, id);
CREATE INDEX webhook_delivery_kind ON webhook_delivery (bucket, endpoint, kind, created_at_us, id);

-- What waits to be told to one address about one subject, in order.
CREATE TABLE webhook_line (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    queue text COLLATE "C" NOT NULL,
    empty_at_us bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX webhook_line_empty ON webhook_line (empty_at_us);

-- How far each lane of the outbox was read.
CREATE TABLE webhook_cursor (
    bucket smallint NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id text COLLATE "C" NOT NULL,
    lane bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX webhook_cursor_lane ON webhook_cursor (lane);
