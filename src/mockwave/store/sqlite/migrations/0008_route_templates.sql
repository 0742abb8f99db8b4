-- The dialect of the templates that body and headers of a route are; empty where they are none. Pages hold a row's
-- columns in their order, so those of before are no longer read.

ALTER TABLE routes ADD COLUMN template TEXT NOT NULL DEFAULT '';
DELETE FROM route_pages;
