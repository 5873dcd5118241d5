"""Activities in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import ACTIVITIES
from mosaic_adapters.postgresql.transaction import SHARED, Transaction
from mosaic_core.activities.model import Activity, CategoryGoal
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.texts import name_key

_COLUMNS = ACTIVITIES.names
_SEEN = "user_id IN (%(user)s, %(other)s) AND (active = 1 OR %(inactive)s)"


class PostgresqlActivities(ActivityRepository):
    """The `activities` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, activity: Activity) -> Activity:
        """Keep a new activity under a new id."""
        self._in.own(activity.user_id)
        columns = ACTIVITIES.written[1:]
        rows = self._in.changed(
            f"""INSERT INTO activities ({", ".join(columns)}) VALUES ({", ".join(["%s"] * len(columns))})
                ON CONFLICT (user_id, name_key) DO NOTHING RETURNING id""",  # noqa: S608  # constants
            ACTIVITIES.columns(activity)[1:],
        )
        if not rows:
            raise Conflict(Taken.ACTIVITY_NAME)
        return evolve(activity, id=rows[0][0])

    def get(self, activity_id: int) -> Activity | None:
        """Return the activity with the id."""
        found = self._one("id = %s", activity_id)
        if found is not None and self._in.see(found.user_id):
            found = self._one("id = %s", activity_id)
        return found

    def find(self, owner: int | None, name: str) -> Activity | None:
        """Return the owner's activity whose name has the same name key."""
        self._in.see(owner)
        return self._one("user_id = %s AND name_key = %s", owner or SHARED, name_key(name))

    def owned(self, owner: int | None) -> Sequence[Activity]:
        """Return all of the owner's activities by name."""
        self._in.see(owner)
        return self._some("user_id = %s ORDER BY name_key", owner or SHARED)

    def goals(self, owner: int | None, day: dt.date) -> Sequence[CategoryGoal]:
        """Return the categories and goals of those that aim at something on the day."""
        self._in.see(owner)
        return self._in.rows(
            """SELECT category, goal FROM activities
               WHERE user_id = %s AND activity_type = 'positive' AND (active = 1 OR deactivated_at > %s)""",
            (owner or SHARED, day),
        )

    def page(self, user_id: int, page: Page, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        """Return the user's activities, active first, then by category, then by name."""
        rows = self._in.rows(
            f"""SELECT {_COLUMNS} FROM activities WHERE {_SEEN}
                ORDER BY active DESC, category_key, category, name_key, user_id DESC
                LIMIT %(limit)s OFFSET %(offset)s""",  # noqa: S608  # constant columns
            {
                **self._seen(user_id, shared=shared, inactive=inactive),
                "limit": page.limit,
                "offset": page.offset,
            },
        )
        return list(ACTIVITIES.values(rows))

    def count(self, user_id: int, *, shared: bool, inactive: bool = True) -> int:
        """Return how many activities the user sees."""
        return self._in.number(
            f"SELECT count(*) FROM activities WHERE {_SEEN}",  # noqa: S608  # a constant condition
            self._seen(user_id, shared=shared, inactive=inactive),
        )

    def update(self, activity: Activity) -> None:
        """Replace the activity with that id."""
        self._in.own(activity.user_id)
        activity_id, user_id, *changed = ACTIVITIES.columns(activity)
        key = name_key(activity.name)
        taken = self._in.row(
            "SELECT id FROM activities WHERE user_id = %s AND name_key = %s AND id <> %s",
            (user_id, key, activity_id),
        )
        settings = ", ".join(f"{name} = %s" for name in ACTIVITIES.written[2:])
        replaced = f"UPDATE activities SET {settings} WHERE user_id = %s AND id = %s"  # noqa: S608  # constants
        if taken is None:
            self._in.change(replaced, (*changed, user_id, activity_id))
        elif self.get(activity_id) is not None:
            raise Conflict(Taken.ACTIVITY_NAME)

    def delete(self, activity_id: int) -> None:
        """Delete the activity, and whosever pauses of it there are."""
        found = self.get(activity_id)
        self._in.own(*([found.user_id] if found else []))
        self._in.change("DELETE FROM pauses WHERE activity_id = %s", (activity_id,))
        self._in.change("DELETE FROM activities WHERE id = %s", (activity_id,))

    def _seen(self, user_id: int, *, shared: bool, inactive: bool) -> dict[str, object]:
        other = SHARED if shared else user_id
        self._in.see(user_id, other)
        return {"user": user_id, "other": other, "inactive": inactive}

    def _one(self, condition: str, *values: object) -> Activity | None:
        return next(iter(self._some(condition, *values)), None)

    def _some(self, condition: str, *values: object) -> Sequence[Activity]:
        rows = self._in.rows(f"SELECT {_COLUMNS} FROM activities WHERE {condition}", values)  # noqa: S608
        return list(ACTIVITIES.values(rows))
