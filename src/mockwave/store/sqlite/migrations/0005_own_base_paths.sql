-- The base paths of routes whose path item or operation has servers of its own, a JSON array; NULL where they are those
-- of the server. Pages hold a row's columns in their order, so those of before are no longer read.

ALTER TABLE routes ADD COLUMN base_paths TEXT;
DELETE FROM route_pages;

ALTER TABLE servers ADD COLUMN has_own_base_paths INTEGER NOT NULL DEFAULT 0;
