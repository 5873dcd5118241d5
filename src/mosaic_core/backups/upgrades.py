"""How rows of older backups become rows of today.

A schema is which tables there are and what their rows are like. Whoever changes that adds an upgrade, which
goes from one schema to the next: for each table that changed, a function from a row's JSON object to that of
the next schema. A table that an older backup does not have is empty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
Upgrade = Mapping[str, Callable[[Json], Json]]

UPGRADES: Sequence[Upgrade] = (
    {},  # wearable_errors is new
    {},  # tokens and webhooks are new
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
