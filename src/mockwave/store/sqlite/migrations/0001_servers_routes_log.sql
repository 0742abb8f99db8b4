-- The first form: servers, their routes and source texts, the log in chunks, and how far each ring is stored.
-- `key` columns number rows and are never used again (AUTOINCREMENT), so what is left of a deleted server's log can
-- be told from the log of any later one. Big values come last in a row: walking rows does not read them.

CREATE TABLE store_revision (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    revision INTEGER NOT NULL
);
INSERT INTO store_revision (row, revision) VALUES (1, 0);

CREATE TABLE servers (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    workspace_id TEXT NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT NOT NULL,
    specification_source TEXT NOT NULL,
    use_examples INTEGER NOT NULL,
    validate_requests INTEGER NOT NULL,
    dynamic INTEGER NOT NULL,
    seed INTEGER,
    log_requests INTEGER NOT NULL,
    capture_bodies INTEGER NOT NULL,
    cors INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    modified_us INTEGER NOT NULL,
    -- Kept by every write of routes, so that listing servers counts nothing.
    route_count INTEGER NOT NULL,
    -- Raised by writes of the server and of any of its routes.
    revision INTEGER NOT NULL
);
CREATE INDEX servers_by_workspace ON servers (workspace_id);
CREATE INDEX servers_by_revision ON servers (revision);

CREATE TABLE specifications (
    server_key INTEGER PRIMARY KEY REFERENCES servers (key) ON DELETE CASCADE,
    -- UTF-8, zlib.
    compressed_text BLOB NOT NULL
);

CREATE TABLE routes (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    server_key INTEGER NOT NULL REFERENCES servers (key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    generated INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    path_key TEXT NOT NULL,
    status_code INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    delay_ms INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    -- MessagePack: array of [name, value].
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    variants BLOB
);
-- One custom route a method and path, one generated one: the custom one shadows the generated one.
CREATE UNIQUE INDEX routes_by_path ON routes (server_key, generated, method, path_key);
CREATE INDEX routes_by_position ON routes (server_key, position);
CREATE INDEX routes_by_revision ON routes (server_key, revision);

-- What read_changes tells of rows that are no longer there; `route_id` is NULL where the server itself was deleted.
CREATE TABLE deletions (
    key INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL,
    mock_server_id TEXT NOT NULL,
    route_id TEXT
);
CREATE INDEX deletions_by_revision ON deletions (revision);
CREATE INDEX deletions_by_server ON deletions (mock_server_id);

CREATE TABLE log_heads (
    server_key INTEGER PRIMARY KEY REFERENCES servers (key) ON DELETE CASCADE,
    first_sequence INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL
);

-- No foreign key: the chunks of a deleted server are removed in batches, after it (dropped_logs).
CREATE TABLE log_chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server_key INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    entry_count INTEGER NOT NULL,
    oldest_us INTEGER NOT NULL,
    newest_us INTEGER NOT NULL,
    data BLOB NOT NULL
);
-- The times ride along, so that chunks outside the times asked for are passed over without reading their rows.
CREATE INDEX log_chunks_by_sequence ON log_chunks (server_key, first_sequence, newest_us, oldest_us);

CREATE TABLE dropped_logs (
    server_key INTEGER PRIMARY KEY
);

CREATE TABLE ring_positions (
    ring_id TEXT PRIMARY KEY,
    node TEXT NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
