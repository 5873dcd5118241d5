"""A server needs no more of PostgreSQL than to change rows, and takes its URL at its word about TLS."""

import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from attrs import frozen

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.postgresql import migrations
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_core.app import Mosaic
from mosaic_core.errors import ServiceUnavailable
from support_backups import fill, packed_store, restored
from support_http import World, settings_for
from support_postgresql import admin, drop, new_database, server
from support_tls import PEM, Tunnel

pytestmark = pytest.mark.postgresql

DEPLOY = Path(__file__).parents[2] / "deploy"


@frozen
class Roles:
    """An empty database with the roles of `deploy/postgresql-roles.sql`."""

    owner: str
    mosaic: str


@pytest.fixture
def roles() -> Iterator[Roles]:
    suffix = secrets.token_hex(8)
    names = {name: f"{name}_{suffix}" for name in ("mosaic_owner", "mosaic")}
    with admin() as link:
        link.execute(f"CREATE DATABASE empty_{suffix}")
    url = server().get_uri(f"empty_{suffix}")
    script = (DEPLOY / "postgresql-roles.sql").read_text("utf-8")
    for old, new in names.items():
        script = re.sub(rf"\b{old}\b", new, script)
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("\n".join(line for line in script.splitlines() if not line.startswith("--")).encode())
    yield Roles(*(url.replace("postgres:@", f"{name}:@") for name in names.values()))
    drop(url)
    with admin() as link:
        for name in names.values():
            link.execute(f"DROP ROLE {name}".encode())


def refused_without_owner(url: str) -> None:
    with pytest.raises(ServiceUnavailable, match="by the role that owns them; this one may not do so"):
        PostgresqlStore(url)


def test_a_role_that_may_change_rows_alone_serves_everything(roles: Roles, tmp_path: Path) -> None:
    refused_without_owner(roles.mosaic)
    PostgresqlStore(roles.owner).close()
    with Mosaic.over(MemoryStore()) as source, closing(PostgresqlStore(roles.mosaic)) as store:
        fill(source)
        restored(packed_store(source.store), store)
        with store.read() as unit:
            assert [one.username for one in unit.users.every()] == ["Ada", "Bén"]
    with closing(World(settings_for("postgresql", tmp_path, database_url=roles.mosaic))) as world:
        ben = world.person("ben")
        ben.add_entry().went(201)
        ben.add_entry().went(200)
        ben.upload("date,activity,value\n2024-06-02,Running,1\n").went(200)
        ben.post("/finalize_day", {}).went(200)
        for path in ("/today", "/agenda", "/stats/progress", "/entries", "/export/json", "/healthz"):
            ben.get(path).went(200)
        world.mosaic.tidy()
        ben.delete("/user").went(200)


def test_a_role_that_may_change_rows_alone_can_do_nothing_else(roles: Roles) -> None:
    PostgresqlStore(roles.owner).close()
    with psycopg.connect(roles.mosaic, autocommit=True) as link:
        for statement in (
            "CREATE TABLE more (id bigint)",
            "CREATE SCHEMA more",
            "CREATE FUNCTION more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            "ALTER TABLE entries ADD COLUMN more text",
            "ALTER TABLE entries DISABLE TRIGGER ALL",
            "DROP INDEX entries_of_user",
            "DROP TABLE entries",
            "TRUNCATE entries",
            "COPY entries TO '/tmp/entries'",
            "COPY entries TO PROGRAM 'cat'",
            "SELECT pg_read_file('postgresql.conf')",
            "SELECT rolpassword FROM pg_authid",
            "SET ROLE postgres",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                link.execute(statement.encode())


def test_an_upgrade_is_the_owners_and_the_server_may_use_what_it_made(
    roles: Roles, monkeypatch: pytest.MonkeyPatch
) -> None:
    PostgresqlStore(roles.owner).close()
    more = ("CREATE SEQUENCE more_id", "CREATE TABLE more (id bigint PRIMARY KEY DEFAULT nextval('more_id'))")
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, more))
    refused_without_owner(roles.mosaic)
    PostgresqlStore(roles.owner).close()
    with closing(PostgresqlStore(roles.mosaic)) as store, store.write() as unit:
        unit.users._in.change("INSERT INTO more DEFAULT VALUES")  # noqa: SLF001  # no repository has the table


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    with closing(Tunnel(at_socket(), asks=True)) as made:
        yield made


def at_socket() -> str:
    """Return the socket at which the server of the tests is."""
    (folder,) = parse_qs(urlsplit(server().get_uri("postgres")).query)["host"]
    (found,) = Path(folder).glob(".s.PGSQL.*[0-9]")
    return str(found)


def test_tls_is_spoken_where_it_is_asked_for_and_the_certificate_must_be_the_hosts(tunnel: Tunnel) -> None:
    url = new_database()
    name = url.split("?", maxsplit=1)[0].rpartition("/")[2]
    there = f"localhost:{tunnel.port}/{name}?sslmode"
    with closing(
        PostgresqlStore(f"postgresql://postgres:hush@{there}=verify-full&sslrootcert={PEM}")
    ) as store:
        store.check()
    plain = Tunnel(at_socket(), pem=None, asks=True)
    for refused in (
        f"127.0.0.1:{tunnel.port}/{name}?sslmode=verify-full&sslrootcert={PEM}",
        f"{there}=verify-full&sslrootcert=/nowhere.pem",
        f"localhost:{plain.port}/{name}?sslmode=require",
    ):
        with pytest.raises(ServiceUnavailable, match=f"database {name} at .* cannot be used: ") as caught:
            PostgresqlStore(f"postgresql://postgres:hush@{refused}")
        assert "hush" not in caught.value.message
    plain.close()
    drop(url)
