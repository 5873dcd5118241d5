"""What schedules need from a store."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from mosaic_core.schedules.model import HabitDay, Past
from mosaic_core.schedules.pauses import Pause


class PauseRepository(Protocol):
    """Keeps pauses. With an activity that is deleted, its pauses are."""

    def add(self, pause: Pause) -> Pause:
        """Keep a new pause and return it with its new id."""
        ...

    def get(self, user_id: int, pause_id: int) -> Pause | None:
        """Return the user's pause with the id."""
        ...

    def of(self, user_id: int) -> Sequence[Pause]:
        """Return the user's pauses by their first day, then by id."""
        ...

    def update(self, pause: Pause) -> None:
        """Replace the pause of its user with that id."""
        ...

    def move(self, activity_id: int, into: int) -> None:
        """Make the pauses of an activity, whosever they are, those of another one."""
        ...

    def delete(self, user_id: int, pause_id: int) -> None:
        """Delete the user's pause with the id."""
        ...


class PastRepository(Protocol):
    """Keeps what the habits of users amounted to at the end of days, by activity name key and month.

    It is all computed from entries, activities and pauses, and can be computed again: the core decides what
    is kept, and forgets what a change makes wrong. Nothing is kept of a user who is gone.
    """

    def at(self, user_id: int, day: dt.date) -> Mapping[str, Past]:
        """Return the newest past that is not after the day, by the name key of each activity of the user."""
        ...

    def day(self, user_id: int, day: dt.date) -> Sequence[HabitDay]:
        """Return the user's own activities that are active on the day, by name regardless of case.

        Each with its entry of the day, and the newest past that is before it.
        """
        ...

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:
        """Keep the pasts, of one or more consecutive days of one month, in place of all of that month."""
        ...

    def forget(self, user_id: int, keys: Collection[str] | None, day: dt.date) -> None:
        """Forget, of these activities or of all, every month that has something of the day or after it."""
        ...
