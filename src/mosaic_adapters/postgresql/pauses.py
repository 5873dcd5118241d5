"""Pauses in PostgreSQL."""

from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import PAUSES
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.ports import PauseRepository


class PostgresqlPauses(PauseRepository):
    """The `pauses` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, pause: Pause) -> Pause:
        """Keep a new pause under a new id."""
        self._in.own(pause.user_id)
        rows = self._in.changed(
            """INSERT INTO pauses (user_id, first_day, last_day, activity_id, reason)
               VALUES (%s, %s, %s, %s, %s) RETURNING id""",
            PAUSES.columns(pause)[1:],
        )
        return evolve(pause, id=rows[0][0])

    def get(self, user_id: int, pause_id: int) -> Pause | None:
        """Return the user's pause with the id."""
        return next(iter(self._some("id = %s", user_id, pause_id)), None)

    def of(self, user_id: int) -> Sequence[Pause]:
        """Return the user's pauses by their first day, then by id."""
        return self._some("true ORDER BY first_day, id", user_id)

    def update(self, pause: Pause) -> None:
        """Replace the pause."""
        self._in.own(pause.user_id)
        pause_id, user_id, *changed = PAUSES.columns(pause)
        self._in.change(
            """UPDATE pauses SET first_day = %s, last_day = %s, activity_id = %s, reason = %s
               WHERE user_id = %s AND id = %s""",
            (*changed, user_id, pause_id),
        )

    def move(self, activity_id: int, into: int) -> None:
        """Make the pauses of an activity those of another one."""
        self._in.change("UPDATE pauses SET activity_id = %s WHERE activity_id = %s", (into, activity_id))

    def delete(self, user_id: int, pause_id: int) -> None:
        """Delete the user's pause with the id."""
        self._in.own(user_id)
        self._in.change("DELETE FROM pauses WHERE user_id = %s AND id = %s", (user_id, pause_id))

    def _some(self, condition: str, user_id: int, *values: int) -> Sequence[Pause]:
        self._in.own(user_id)
        rows = self._in.rows(
            f"SELECT {PAUSES.names} FROM pauses WHERE user_id = %s AND {condition}",  # noqa: S608  # constants
            (user_id, *values),
        )
        return list(PAUSES.values(rows))
