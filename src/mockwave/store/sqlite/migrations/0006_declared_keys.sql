-- The names of the API keys that a document declares, in headers and in queries, JSON arrays: their values are kept out of
-- the log. Servers made before have none until their document is sent again.
ALTER TABLE servers ADD COLUMN header_keys TEXT NOT NULL DEFAULT '[]';
ALTER TABLE servers ADD COLUMN query_keys TEXT NOT NULL DEFAULT '[]';
