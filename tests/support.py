"""What the tests of the core share: the factories that Mosaic ships, and a Mosaic in memory."""

from typing import Any

from mosaic_adapters.settings import Settings
from mosaic_adapters.wiring import build
from mosaic_core.accounts.model import NewAccount
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.testing import (
    NOON,
    PASSWORD,
    TODAY,
    AbortError,
    CheapPasswords,
    FixedClock,
    a_caller,
    a_user,
    an_activity,
    an_entry,
    days_ago,
    rolled_back,
)

__all__ = [
    "AUDITOR",
    "NOON",
    "PASSWORD",
    "PASSWORDS",
    "TODAY",
    "AbortError",
    "FixedClock",
    "a_caller",
    "a_mosaic",
    "a_user",
    "an_activity",
    "an_entry",
    "days_ago",
    "registered",
    "rolled_back",
]

PASSWORDS = CheapPasswords()

AUDITOR = a_caller(is_admin=True)
"""Somebody who may read the audit."""


def a_mosaic(clock: Clock | None = None, **given: Any) -> Mosaic:  # noqa: ANN401  # any setting
    return build(Settings(database_url="memory:", **given), clock or FixedClock(), PASSWORDS)


def registered(mosaic: Mosaic, username: str) -> Caller:
    """Register a user and return them as a caller; the first one is an administrator."""
    mosaic.accounts.register(NewAccount(username=username, password=PASSWORD))
    return mosaic.sessions.caller(username)
