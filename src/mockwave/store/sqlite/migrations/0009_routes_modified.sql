-- When a route of the server was last written, in microseconds since the epoch; 0: not since there is this column.
ALTER TABLE servers ADD COLUMN routes_modified_us INTEGER NOT NULL DEFAULT 0;
