-- Generated routes of a server once more, packed together: what a worker reads them from when it loads the server. A
-- page holds all rows of its positions. Servers made before have none until their next specification, and are read row
-- by row.

CREATE TABLE route_pages (
    key INTEGER PRIMARY KEY,
    server_key INTEGER NOT NULL REFERENCES servers (key) ON DELETE CASCADE,
    first_position INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    -- MessagePack: array of rows, each an array of columns in the order of mockwave.store.routes.
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX route_pages_by_position ON route_pages (server_key, last_position);

-- A page never outlives a change of one of its rows, whoever makes it. None can come in between: a new route's position
-- is behind all others, and a route keeps its own.

CREATE TRIGGER route_pages_without_changed AFTER UPDATE ON routes BEGIN
    DELETE FROM route_pages WHERE first_position <= OLD.position AND key = (
        SELECT key FROM route_pages WHERE server_key = OLD.server_key AND last_position >= OLD.position
        ORDER BY last_position LIMIT 1
    );
END;

CREATE TRIGGER route_pages_without_deleted AFTER DELETE ON routes BEGIN
    DELETE FROM route_pages WHERE first_position <= OLD.position AND key = (
        SELECT key FROM route_pages WHERE server_key = OLD.server_key AND last_position >= OLD.position
        ORDER BY last_position LIMIT 1
    );
END;
