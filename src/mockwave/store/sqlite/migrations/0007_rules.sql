-- The rules of a server and of a route, JSON text: a list of objects; empty where there are none. Pages hold a row's
-- columns in their order, so those of before are no longer read.

ALTER TABLE servers ADD COLUMN rules BLOB NOT NULL DEFAULT x'';

ALTER TABLE routes ADD COLUMN rules BLOB NOT NULL DEFAULT x'';
DELETE FROM route_pages;
