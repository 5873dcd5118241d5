"""What the activities need from a store."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mosaic_core.activities.model import Activity, CategoryGoal
from mosaic_core.paging import Page


class ActivityRepository(Protocol):
    """Keeps activities. `owner` is a user's id, or None for shared activities."""

    def add(self, activity: Activity) -> Activity:
        """Keep a new activity and return it with its new id.

        Raises Conflict if the owner has one with the same name key (`texts.name_key`).
        """
        ...

    def get(self, activity_id: int) -> Activity | None:
        """Return the activity with the id, whoever owns it."""
        ...

    def find(self, owner: int | None, name: str) -> Activity | None:
        """Return the owner's activity whose name has the same name key, or None."""
        ...

    def owned(self, owner: int | None) -> Sequence[Activity]:
        """Return all of the owner's activities by name regardless of case."""
        ...

    def goals(self, owner: int | None, day: dt.date) -> Sequence[CategoryGoal]:
        """Return the categories and goals of those that aim at something on the day, in any order.

        That is what statistics need of them (see `Activity.aims_on`); to read all of each takes much longer.
        """
        return [(one.category, one.goal) for one in self.owned(owner) if one.aims_on(day)]

    def page(self, user_id: int, page: Page, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        """Return the user's activities, with `shared` the shared ones too, with `inactive` those too.

        Active first, then by category, then by name, both regardless of case (categories that differ in case
        alone are ordered by their plain text); then the user's own before the shared.
        """
        ...

    def count(self, user_id: int, *, shared: bool, inactive: bool = True) -> int:
        """Return how many `page` would list without a limit."""
        ...

    def update(self, activity: Activity) -> None:
        """Replace the activity with that id. Raises Conflict if its owner has another of that name."""
        ...

    def delete(self, activity_id: int) -> None:
        """Delete the activity; its entries stay."""
        ...
