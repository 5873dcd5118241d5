-- Two roles in Mosaic's database: mosaic_owner makes and upgrades the tables, mosaic serves and may change rows alone.
-- As a superuser, once, in the empty database: psql -v ON_ERROR_STOP=1 -f postgresql-roles.sql, then \password for both.
CREATE ROLE mosaic_owner LOGIN;
CREATE ROLE mosaic LOGIN;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO mosaic_owner;
GRANT USAGE ON SCHEMA public TO mosaic;
ALTER DEFAULT PRIVILEGES FOR ROLE mosaic_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO mosaic;
ALTER DEFAULT PRIVILEGES FOR ROLE mosaic_owner IN SCHEMA public
    GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO mosaic;
