"""A clock that tests set, and values that tests vary."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from attrs import evolve
from hypothesis import HealthCheck, settings

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.settings import Settings
from mosaic_adapters.wiring import build
from mosaic_core.accounts.model import NewAccount, User
from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.model import Entry
from mosaic_core.store import Store, UnitOfWork

NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
TODAY = NOON.date()

PASSWORDS = Argon2Passwords(memory_kib=8, rounds=1)
"""Hashes as the real ones do, only cheaply."""

PASSWORD = "a good password"

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: how long an example takes on a busy machine says nothing about it."""


class FixedClock(Clock):
    """Stands still until it is set or advanced."""

    def __init__(self, instant: dt.datetime = NOON) -> None:
        self.instant = instant
        self.seconds = 0.0

    def now(self) -> dt.datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.advance(seconds=max(0.0, seconds))

    def advance(self, **parts: float) -> None:
        """Let so much time pass; `parts` are those of a timedelta."""
        passed = dt.timedelta(**parts)
        self.instant += passed
        self.seconds += passed.total_seconds()


class AbortError(Exception):
    """Undoes what a test wrote."""


def a_mosaic(clock: Clock | None = None) -> Mosaic:
    return build(Settings(database_url="memory:"), clock or FixedClock(), PASSWORDS)


def registered(mosaic: Mosaic, username: str) -> Caller:
    """Register a user and return them as a caller; the first one is an administrator."""
    mosaic.accounts.register(NewAccount(username=username, password=PASSWORD))
    return mosaic.sessions.caller(username)


@contextmanager
def rolled_back(store: Store) -> Iterator[UnitOfWork]:
    """Open a write that an exception undoes at its end."""
    with suppress(AbortError), store.write() as unit:
        yield unit
        raise AbortError


def days_ago(count: int) -> dt.date:
    return TODAY - dt.timedelta(days=count)


def a_caller(user_id: int = 1, *, is_admin: bool = False, timezone: str = "UTC") -> Caller:
    name = f"user{user_id}"
    return Caller(user_id, name, name, is_admin, timezone)


AUDITOR = a_caller(is_admin=True)
"""Somebody who may read the audit."""


def a_user(username: str = "someone", **given: Any) -> User:  # noqa: ANN401  # any field
    user = User(
        id=0,
        username=username,
        display_name=username,
        password_hash="hash",
        is_admin=False,
        timezone=None,
        token_generation=0,
        created_at=NOON,
    )
    return evolve(user, **given)


def an_activity(user_id: int | None, name: str = "Running", **given: Any) -> Activity:  # noqa: ANN401  # any field
    activity = Activity(
        id=0,
        user_id=user_id,
        name=name,
        category="Health",
        activity_type=POSITIVE,
        goal=1.0,
        description="",
        active=1,
        frequency_per_day=1,
        frequency_per_week=7,
        deactivated_at=None,
    )
    return evolve(activity, **given)


def an_entry(
    user_id: int | None,
    activity: str = "Running",
    day: dt.date = TODAY,
    **given: Any,  # noqa: ANN401  # any field
) -> Entry:
    entry = Entry(
        id=0,
        user_id=user_id,
        date=day,
        activity=activity,
        value=1.0,
        note="",
        description="",
        activity_category="Health",
        activity_goal=1.0,
        activity_type=POSITIVE,
    )
    return evolve(entry, **given)
