-- What the generated routes of a server share is stored once: parts, numbered from 0 in the order of their chunks.
-- Routes made before have their bodies in their rows. Their variants are of a form that is no longer read; they get new
-- ones with the next specification, and answer with their own response until then.

CREATE TABLE shared_parts (
    server_key INTEGER NOT NULL REFERENCES servers (key) ON DELETE CASCADE,
    chunk INTEGER NOT NULL,
    -- MessagePack: array of parts.
    data BLOB NOT NULL
);
CREATE UNIQUE INDEX shared_parts_by_chunk ON shared_parts (server_key, chunk);

-- The revision of the write that last changed the server's parts.
ALTER TABLE servers ADD COLUMN parts_revision INTEGER NOT NULL DEFAULT 0;

-- The number of the part that is the body; NULL where `body` itself is.
ALTER TABLE routes ADD COLUMN body_part INTEGER;

UPDATE routes SET variants = NULL;
