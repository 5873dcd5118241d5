"""What the wearable repositories in SQLite have in common."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

_AT_ONCE = 100
"""So many rows of one statement take two thirds of the time that they take one by one."""

Row = tuple[Any, ...]

stored_day = lru_cache(4096)(dt.date.isoformat)
"""Returns a day as it is stored; many records share one."""


class Tables:
    """Runs statements on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def _insert(self, into: str, rows: Sequence[Row], unless: str = "") -> int:
        """Insert rows, many with each statement; return how many were added.

        `into` names the table and its columns, `unless` says which rows are left out.
        """
        whole = len(rows) - len(rows) % _AT_ONCE
        added = 0
        if whole:
            parts = ([*chain.from_iterable(rows[at : at + _AT_ONCE])] for at in range(0, whole, _AT_ONCE))
            added += self._execute_many(_statement(into, len(rows[0]), _AT_ONCE, unless), parts).rowcount
        if whole < len(rows):
            added += self._execute_many(_statement(into, len(rows[0]), 1, unless), rows[whole:]).rowcount
        return added


@lru_cache(maxsize=32)
def _statement(into: str, columns: int, rows: int, unless: str) -> str:
    marks = f"({', '.join('?' * columns)})"
    return f"{into} VALUES {', '.join([marks] * rows)} {unless}"
