"""Pauses in SQLite."""

import sqlite3
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.sqlite.archive_statements import PAUSES
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.ports import PauseRepository

_COLUMNS = "id, user_id, first_day, last_day, activity_id, reason"


class SqlitePauses(PauseRepository):
    """The `pauses` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, pause: Pause) -> Pause:
        """Keep a new pause under a new id."""
        cursor = self._execute(
            """INSERT INTO pauses (user_id, first_day, last_day, activity_id, reason)
               VALUES (?, ?, ?, ?, ?)""",
            PAUSES.columns(pause)[1:],
        )
        return evolve(pause, id=cursor.lastrowid or 0)

    def get(self, user_id: int, pause_id: int) -> Pause | None:
        """Return the user's pause with the id."""
        return next(iter(self._some("user_id = ? AND id = ?", user_id, pause_id)), None)

    def of(self, user_id: int) -> Sequence[Pause]:
        """Return the user's pauses by their first day, then by id."""
        return self._some("user_id = ? ORDER BY first_day, id", user_id)

    def update(self, pause: Pause) -> None:
        """Replace the pause."""
        pause_id, user_id, *changed = PAUSES.columns(pause)
        self._execute(
            """UPDATE pauses SET first_day = ?, last_day = ?, activity_id = ?, reason = ?
               WHERE user_id = ? AND id = ?""",
            (*changed, user_id, pause_id),
        )

    def move(self, activity_id: int, into: int) -> None:
        """Make the pauses of an activity those of another one."""
        self._execute("UPDATE pauses SET activity_id = ? WHERE activity_id = ?", (into, activity_id))

    def delete(self, user_id: int, pause_id: int) -> None:
        """Delete the user's pause with the id."""
        self._execute("DELETE FROM pauses WHERE user_id = ? AND id = ?", (user_id, pause_id))

    def _some(self, condition: str, *values: int) -> Sequence[Pause]:
        rows = self._execute(f"SELECT {_COLUMNS} FROM pauses WHERE {condition}", values).fetchall()  # noqa: S608  # constant texts
        return list(PAUSES.values(rows))
