"""How rows of older backups become rows of today.

An upgrade goes from one schema to the next: for each table that changed, a function from a row's JSON object
to the next schema's. Tables that were missing are empty.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
Upgrade = Mapping[str, Callable[[Json], Json]]

UPGRADES: Sequence[Upgrade] = ()
"""The upgrade at place n goes from schema n + 1 to schema n + 2."""


def upgraded(table: str, row: Json, upgrades: Sequence[Upgrade]) -> Json:
    """Return the row after all the upgrades."""
    for upgrade in upgrades:
        if table in upgrade:
            row = upgrade[table](row)
    return row
