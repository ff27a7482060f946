-- +goose Up

-- Addresses to which merchants want events brought, and what is on its way to them.
CREATE TABLE webhook (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    why TEXT NOT NULL,
    secret BLOB NOT NULL,
    old_secret BLOB NOT NULL,
    old_until_us INTEGER NOT NULL,
    failing_since_us INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_of ON webhook (bucket, merchant, created_at_us, id);

CREATE TABLE webhook_count (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    endpoints INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_delivery (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    due_at_us INTEGER NOT NULL,
    claim TEXT NOT NULL,
    status INTEGER NOT NULL,
    failure TEXT NOT NULL,
    detail TEXT NOT NULL,
    tried_at_us INTEGER NOT NULL,
    done_at_us INTEGER NOT NULL,
    created_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_delivery_due ON webhook_delivery (state, endpoint, due_at_us, id);
CREATE INDEX webhook_delivery_done ON webhook_delivery (done_at_us);
CREATE INDEX webhook_delivery_of ON webhook_delivery (bucket, endpoint, created_at_us, id);
CREATE INDEX webhook_delivery_state ON webhook_delivery (bucket, endpoint, state, created_at_us, id);
CREATE INDEX webhook_delivery_kind ON webhook_delivery (bucket, endpoint, kind, created_at_us, id);

-- What waits to be told to one address about one subject, in order.
CREATE TABLE webhook_line (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    subject TEXT NOT NULL,
    queue TEXT NOT NULL,
    empty_at_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_line_empty ON webhook_line (empty_at_us);

-- How far each lane of the outbox was read.
CREATE TABLE webhook_cursor (
    bucket INTEGER NOT NULL CHECK (bucket BETWEEN 0 AND 63),
    id TEXT NOT NULL,
    lane INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (bucket, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_cursor_lane ON webhook_cursor (lane);
