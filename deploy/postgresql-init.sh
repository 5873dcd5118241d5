#!/bin/sh
# Run once by the image of PostgreSQL in Mosaic's empty database: the roles of postgresql-roles.sql, and their passwords.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
	-f "${MOSAIC_ROLES:-/etc/mosaic/postgresql-roles.sql}"
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv mosaic_password MOSAIC_PASSWORD
\getenv owner_password MOSAIC_OWNER_PASSWORD
ALTER ROLE mosaic PASSWORD :'mosaic_password';
ALTER ROLE mosaic_owner PASSWORD :'owner_password';
SQL
