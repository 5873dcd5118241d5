"""Eight people who use the server as it is meant to be used, and the owner, who logs in."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from siege import payloads, wire
from siege.people import PASSWORD, People, Person
from siege.wire import Answer, Line

PATIENCE = 60.0
KEPT_OPEN = 2.0
"""Shorter than the time after which the server closes an idle connection."""


class Took(NamedTuple):
    """How long a request took, in seconds, and its status; or in words why there was none."""

    seconds: float
    outcome: int | str


@dataclass
class Kind:
    """A kind of request: how it is judged, and how it went each time."""

    name: str
    judged_as: str
    took: list[Took] = field(default_factory=list)

    @property
    def failures(self) -> list[int | str]:
        """How requests ended that did not succeed."""
        return [one.outcome for one in self.took if one.outcome not in {200, 201}]


class Habit(NamedTuple):
    """What somebody does again and again, every so many seconds."""

    kind: str
    judged_as: str
    every: float
    request: Callable[[Person, int], bytes]


def _entry(person: Person, number: int) -> bytes:
    said = {"date": f"2024-02-{1 + number % 28:02}", "activity": f"Habit {number % 15}", "value": number}
    return wire.post("/add_entry", json.dumps(said).encode(), person.token)


def _batch(person: Person, number: int) -> bytes:
    records = [payloads.steps(f"new{number}", 100_000 + 20 * number + minute) for minute in range(20)]
    return wire.post("/ingest/wearable/batch", payloads.batch("phone", records), person.token)


def _import(person: Person, number: int) -> bytes:
    return wire.upload(payloads.rows(3, 10, f"File {number}"), person.token)


def _login(person: Person, _: int) -> bytes:
    return wire.login(person.name, PASSWORD)


def _get(path: str) -> Callable[[Person, int], bytes]:
    return lambda person, number: wire.get(path.format(day=1 + number % 28), person.token)


HABITS = (
    Habit("GET /today", "read", 1.0, _get("/today")),
    Habit("GET /stats/progress", "read", 2.0, _get("/stats/progress?date=2023-12-{day:02}")),
    Habit("GET /entries", "read", 2.0, _get("/entries?limit=100")),
    Habit("GET /activities", "read", 4.0, _get("/activities")),
    Habit("GET /wearable/day", "read", 4.0, _get("/wearable/day?date=2024-01-{day:02}")),
    Habit("GET /healthz", "read", 4.0, _get("/healthz")),
    Habit("GET /export/json, 500 rows", "read", 5.0, _get("/export/json?limit=500")),
    Habit("POST /add_entry", "write", 1.5, _entry),
    Habit("POST /ingest/wearable/batch", "write", 5.0, _batch),
    Habit("POST /import_csv, 30 rows", "long", 65.0, _import),
    Habit("GET /export/csv, everything", "long", 20.0, _get("/export/csv?limit=all")),
    Habit("POST /login, users", "login", 20.0, _login),
)
"""All stay below the rate limits. What is long only has to be answered."""

OWNERS_HABIT = Habit("POST /login, owner", "login", 6.5, _login)


async def use(port: int, people: People, seconds: float, *, is_short: bool) -> list[Kind]:
    """Let everybody do what they do for so many seconds; return how it went, once the last are answered."""
    kinds = {one.kind: Kind(one.kind, one.judged_as) for one in (*HABITS, OWNERS_HABIT)}
    end = time.monotonic() + seconds
    doing = [(person, habit) for person in people.users for habit in HABITS]
    async with asyncio.TaskGroup() as group:
        for number, (person, habit) in enumerate([*doing, (people.owner, OWNERS_HABIT)]):
            every = habit.every / 4 if is_short and habit.every <= 5 else min(habit.every, seconds / 2)
            beats = _beats(random.Random(number), every, end)
            group.create_task(_keep(_Customer(port, person), habit, beats, kinds[habit.kind]))
    return list(kinds.values())


def _beats(chance: random.Random, every: float, end: float) -> Iterator[float]:
    """Yield the times of requests: regular ones, but not everybody's at once."""
    begin = time.monotonic() + chance.uniform(0, every)
    for number in count():
        beat = begin + every * (number + chance.uniform(0, 0.3))
        if beat > end:
            return
        yield beat


async def _keep(customer: "_Customer", habit: Habit, beats: Iterator[float], kind: Kind) -> None:
    for number, beat in enumerate(beats):
        await asyncio.sleep(max(0.0, beat - time.monotonic()))
        kind.took.append(await customer.ask(habit.request(customer.person, number)))
    customer.leave()


class _Customer:
    """Somebody with a connection, which is opened anew when it was idle for long or has failed."""

    def __init__(self, port: int, person: Person) -> None:
        self.person = person
        self._port = port
        self._line: Line | None = None
        self._idle_since = 0.0

    async def ask(self, request: bytes) -> Took:
        """Send a request; return how that went."""
        started = time.monotonic()
        if started - self._idle_since > KEPT_OPEN:
            self.leave()
        try:
            async with asyncio.timeout(PATIENCE):
                outcome: int | str = (await self._opened_and_asked(request)).status
        except (OSError, EOFError) as error:  # a timeout is an OSError
            outcome = type(error).__name__
            self.leave()
        self._idle_since = time.monotonic()
        return Took(self._idle_since - started, outcome)

    def leave(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _opened_and_asked(self, request: bytes) -> Answer:
        if self._line is None:
            self._line = await wire.connect(self._port, self.person.address)
        return await self._line.ask(request)
