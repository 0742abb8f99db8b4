-- The paths that a document's servers prepend, a JSON array. Servers made before have none until their document is sent again.
ALTER TABLE servers ADD COLUMN base_paths TEXT NOT NULL DEFAULT '[]';
