"""What others feel while a large CSV file is imported."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import history
import server
from floors import took
from server import BenchError, Client

SIZES = {36_550: (50, 731), 1_000_000: (100, 10_000)}
"""Activities and days of the files, by their rows."""


class Felt(NamedTuple):
    """The seconds that others waited at most, the memory above idle in MiB, and the rows a second."""

    adding: float
    today: float
    stall: float
    memory: float
    rate: float


class _Probe:
    """Asks again and again, and remembers the longest that it took, in seconds."""

    def __init__(self, ask: Callable[[], object], every: float) -> None:
        self.longest = 0.0
        self._ask = ask
        self._every = every

    def run(self, ended: threading.Event) -> None:
        """Ask until the end is told."""
        while not ended.wait(self._every):
            self.longest = max(self.longest, took(self._ask))


def measure(folder: Path, rows: int, last_day: dt.date) -> Felt:
    """Import so many rows into a server of its own; tell what another person and the server felt."""
    activities, days = SIZES[rows]
    file = history.csv_file(history.many_rows(last_day, activities, days))
    with server.mosaic(folder / f"imports{rows}") as running:
        importer, other = (Client(running.port).account(name) for name in ("importer", "other"))
        other.fill(history.rows(last_day, 30))
        probes = [
            _Probe(_adding(Client(running.port, other.token)), 0.05),
            _Probe(lambda: other.get("/today"), 0.05),
            _Probe(_asking(Client(running.port)), 0.01),
        ]
        idle = running.memory()
        with _at_work(probes):
            seconds = took(lambda: _created(importer.upload(file), rows))
        adding, today, stall = (probe.longest for probe in probes)
        return Felt(adding, today, stall, running.peak_memory() - idle, rows / seconds)


@contextmanager
def _at_work(probes: list[_Probe]) -> Iterator[None]:
    """Run the probes, each in a thread, as long as the block."""
    ended = threading.Event()
    threads = [threading.Thread(target=probe.run, args=(ended,)) for probe in probes]
    for thread in threads:
        thread.start()
    time.sleep(0.5)  # they are at it when the block begins
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _adding(person: Client) -> Callable[[], object]:
    """Return what writes an entry, the same one with another value each time."""
    values = iter(range(10**9))

    def add() -> object:
        said = {"date": "2020-01-01", "activity": "Health 00", "value": next(values)}
        return person.post("/add_entry", json.dumps(said).encode())

    return add


def _asking(anyone: Client) -> Callable[[], object]:
    """Return what asks for an answer that wants nothing but a turn of the event loop."""
    return lambda: anyone.get("/")


def _created(answer: bytes, rows: int) -> None:
    created = json.loads(answer)["summary"]["created"]
    if created != rows:
        raise BenchError(f"of {rows} rows {created} were imported")
