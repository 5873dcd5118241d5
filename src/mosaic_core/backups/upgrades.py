"""How rows of older backups become rows of today.

A schema is which tables there are and what their rows are like. Whoever changes that adds an upgrade, which
goes from one schema to the next: for each table that changed, a function from a row's JSON object to that of
the next schema. A table that an older backup does not have is empty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mosaic_core.calendar import MIDNIGHT
from mosaic_core.entries.model import PERSON

Json = dict[str, Any]
Upgrade = Mapping[str, Callable[[Json], Json]]


def _without_habit(activity: Json) -> Json:
    return {**activity, "schedule": None, "target": None, "unit": ""}


def _with_midnight(user: Json) -> Json:
    return {**user, "day_start": MIDNIGHT}


def _of_person(entry: Json) -> Json:
    return {**entry, "origin": PERSON}


UPGRADES: Sequence[Upgrade] = (
    {},  # wearable_errors is new
    {},  # tokens and webhooks are new
    {"activities": _without_habit, "users": _with_midnight},
    {},  # pauses are new
    {"entries": _of_person},  # rules are new
)
"""The upgrade at place n goes from schema n + 1 to schema n + 2."""

SCHEMA = len(UPGRADES) + 1
"""The schema of today."""


def upgraded(table: str, row: Json, upgrades: Sequence[Upgrade]) -> Json:
    """Return the row after all the upgrades."""
    for upgrade in upgrades:
        if table in upgrade:
            row = upgrade[table](row)
    return row
