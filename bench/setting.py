"""What the rows share: the filled floor store, the filled server, the reads, and how they are measured."""

import collections
import datetime as dt
import itertools
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import history
import load
import server
from floors import RawStore, took
from server import BenchError, Client, Server

LISTED = 100
EXPORTED = 500
# A Today sheet with another limit is another answer to the server, though all 50 rows are in each.
LIMITS = range(51, 501)


@dataclass(frozen=True)
class Read:
    """A kind of read: one path again and again, or (`walks`) with another date in each request."""

    work: str
    path: str
    walks: bool = False
    limits: range | None = None

    def script(self, days: list[str], first: int) -> str:
        """Return the load that begins with request number `first`."""
        return load.walk(self.path, days, first, self.limits) if self.walks else ""


# Without a date, Today is the person's today: the answer that every look at the sheet wants.
CACHED_TODAY = Read("GET /today cached", "/today")
# No answer of a walk may come from the cache. A Today is asked for with a date and limit that never came
# before. Agenda and statistics have dates alone: 701 that are asked for in a circle, far more than the cache
# keeps for one person, so that each has been dropped when it comes again. `see_misses` checks that.
TODAY = Read("GET /today not cached", "/today", walks=True, limits=LIMITS)
AGENDA = Read("GET /agenda not cached", "/agenda", walks=True)
PROGRESS = Read("GET /stats/progress not cached", "/stats/progress", walks=True)
ENTRIES = Read(f"GET /entries?limit={LISTED}", f"/entries?limit={LISTED}")
EXPORT = Read(f"GET /export/json {EXPORTED} rows", f"/export/json?limit={EXPORTED}")


Filled = tuple[Server, Client]
"""A server that has its histories, and its first person."""


class Bench:
    """The floor store and the server with the two years, both filled when first asked for."""

    def __init__(self, folder: Path, rounds: int, seconds: int, megabytes: int) -> None:
        self.folder = folder
        self.rounds = rounds
        self.seconds = seconds
        self.megabytes = megabytes
        self.bare_memory = 0.0
        self.peaks: list[float] = []
        self.last_day = dt.datetime.now(dt.UTC).date()
        # Every day of the two years that has a whole window of 30 days behind it.
        self.days = history.days(self.last_day, history.TWO_YEARS - 30)
        self.first_day = self.last_day - dt.timedelta(days=history.TWO_YEARS - 1)
        self.older = itertools.count()
        self.sent: collections.Counter[str] = collections.Counter()
        self._stack = ExitStack()
        self._raw: RawStore | None = None
        self._ours: Filled | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def raw(self) -> RawStore:
        """The floor's store."""
        if self._raw is None:
            self._raw = RawStore(self.folder)
            self._stack.callback(self._raw.close)
            self._raw.fill(history.rows(self.last_day, history.TWO_YEARS))
        return self._raw

    @property
    def ours(self) -> Filled:
        """The server and its person, the first account, which is an administrator."""
        if self._ours is None:
            self._ours = self.filled(self._stack, "ours")
        return self._ours

    def filled(
        self, stack: ExitStack, name: str, *, persons: int = 1, parts: int = 1, database_url: str = ""
    ) -> Filled:
        """Start a server that ends with the stack; give each person so many times two years.

        Return the first person.
        """
        running = stack.enter_context(server.mosaic(self.folder / name, database_url))
        stack.callback(lambda: self.peaks.append(running.peak_memory()))
        clients = [Client(running.port).account(f"person{number}") for number in range(persons)]
        for client in clients:
            for part in reversed(range(parts)):
                last = self.last_day - dt.timedelta(days=part * history.TWO_YEARS)
                client.fill(history.rows(last, history.TWO_YEARS))
        return running, clients[0]

    def medians(self, *works: Callable[[], float], rounds: int = 0) -> list[float]:
        """Do the works in turn, round after round; return the median of what each returned."""
        taken = [[work() for work in works] for _ in range(rounds or self.rounds)]
        return [statistics.median(figures) for figures in zip(*taken, strict=True)]

    def read(self, running: Server, person: Client, read: Read) -> float:
        """Load the server with the read for one round; a walk goes on where the last round left it."""
        key = f"{read.work} of {running.port}"
        script = read.script(self.days, self.sent[key])
        told = load.send(running.url + read.path, person.token, script, seconds=self.seconds)
        self.sent[key] += told.requests + load.SLACK
        return told.rate

    def see_misses(self, read: Read, person: Client) -> None:
        """Raise BenchError if a walk's second time round is answered from the person's cache."""
        paths = [f"{read.path}?date={day}" for day in self.days]
        first, second, again = (
            statistics.median([took(partial(person.get, path)) for path in asked])
            for asked in (paths, paths, paths[-1:] * 100)
        )
        if second < (first + again) / 2:
            raise BenchError(
                f"{read.work}: {second * 1e6:.0f} us the second time, cached {again * 1e6:.0f} us"
            )

    def day(self, number: int) -> str:
        """Return the day that request `number` of a walk asks for."""
        return self.days[number % len(self.days)]
