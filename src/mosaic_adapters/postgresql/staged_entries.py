"""Staged rows become entries, by a few statements that PostgreSQL runs from end to end."""

import datetime as dt
from collections.abc import Mapping, Sequence

from mosaic_adapters.postgresql.entries import COUNT, GIVEN, entries_among
from mosaic_adapters.postgresql.staging import PostgresqlStaging
from mosaic_adapters.postgresql.transaction import SHARED, Transaction, columns_of
from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry, Place
from mosaic_core.entries.ports import StagedChange, StagedEntryRepository, Staging
from mosaic_core.texts import name_key

_TO_BE_GIVEN = """
    SELECT e.id, e.day, e.activity_key FROM staged_rows AS s JOIN entries AS e
        ON e.user_id = 0 AND e.day = s.day AND e.activity_key = s.activity_key
    WHERE s.staging = %(staging)s
      AND NOT EXISTS (SELECT 1 FROM entries AS own
                      WHERE own.user_id = %(owner)s AND own.day = s.day
                        AND own.activity_key = s.activity_key)"""

_ACTIVITIES = """
    WITH a (key, name, description, category, category_key, goal, activity_type) AS (
        SELECT * FROM unnest(%(key)s::text[], %(name)s::text[], %(description)s::text[], %(category)s::text[],
                             %(category_key)s::text[], %(goal)s::float8[], %(activity_type)s::text[]))"""
_NAMES = ("key", "name", "description", "category", "category_key", "goal", "activity_type")

# What a file says of a rule's entry is said: the rule has it no longer, though it stays as it is.
_OTHERWISE = """((e.value, e.note) IS DISTINCT FROM (coalesce(s.value, e.value), coalesce(s.note, e.note))
           OR (e.origin = 'rule' AND s.value IS NOT NULL))"""

_CHANGE = f"""
    UPDATE entries AS e
    SET activity = a.name, value = coalesce(s.value, e.value), note = coalesce(s.note, e.note),
        description = a.description, category = a.category, category_key = a.category_key, goal = a.goal,
        activity_type = a.activity_type,
        origin = CASE WHEN {_OTHERWISE} THEN 'import' ELSE e.origin END
    FROM staged_rows AS s JOIN a ON a.key = s.activity_key
    WHERE s.staging = %(staging)s AND e.user_id = %(owner)s AND e.day = s.day
      AND e.activity_key = s.activity_key
      AND ({_OTHERWISE}
           OR (e.activity, e.description, e.category, e.goal, e.activity_type)
              IS DISTINCT FROM (a.name, a.description, a.category, a.goal, a.activity_type))"""  # noqa: S608  # ours
_DIFFERING = f"""
    SELECT e.id FROM staged_rows AS s JOIN entries AS e
        ON e.user_id = %(owner)s AND e.day = s.day AND e.activity_key = s.activity_key
    WHERE s.staging = %(staging)s
      AND {_OTHERWISE}"""  # noqa: S608  # ours
_ADD = """
    INSERT INTO entries (user_id, day, activity, activity_key, value, note, description, category,
                         category_key, goal, activity_type, origin)
    SELECT %(owner)s, s.day, a.name, s.activity_key, coalesce(s.value, 0.0), coalesce(s.note, ''),
           a.description, a.category, a.category_key, a.goal, a.activity_type, 'import'
    FROM staged_rows AS s JOIN a ON a.key = s.activity_key
    WHERE s.staging = %(staging)s
    ORDER BY s.day DESC, s.activity_key
    ON CONFLICT (user_id, day, activity_key) DO NOTHING"""


class PostgresqlStagedEntries(StagedEntryRepository):
    """Takes the rows of stagings over into the `entries` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def give_shared(self, staging: Staging, owner: int) -> Sequence[Place]:
        """Give the shared entries at staged places to the owner where the owner has none."""
        values = {"staging": self._number(staging), "owner": owner}
        self._in.see(owner, SHARED)
        with self._in.unhurried():
            if not self._in.row(f"{_TO_BE_GIVEN} LIMIT 1", values):
                return []
            self._in.own(SHARED)
            found = self._in.rows(_TO_BE_GIVEN, values)
            self._in.changed(GIVEN, {"owner": owner, "ids": [entry_id for entry_id, _, _ in found]})
        return [(day, key) for _, day, key in found]

    def differing(self, staging: Staging, owner: int | None) -> Sequence[Entry]:
        """Return the owner's entries at staged places that say otherwise than the rows."""
        values = {"staging": self._number(staging), "owner": owner or SHARED}
        self._in.own(owner)
        with self._in.unhurried():
            return entries_among(self._in, _DIFFERING, values)

    def write(self, staging: Staging, owner: int | None, activities: Mapping[str, Activity]) -> StagedChange:
        """Change the owner's entries at the staged places and add those that are missing."""
        values = {"staging": self._number(staging), "owner": owner or SHARED, **_arrays(activities)}
        self._in.own(owner)
        with self._in.unhurried():
            changed = self._in.change(_ACTIVITIES + _CHANGE, values)
            added = self._in.change(_ACTIVITIES + _ADD, values)
            if added:
                self._in.change(COUNT, (owner or SHARED, added))
            days = self._days(values["staging"]) if added or changed else []
        return StagedChange(added, changed, days)

    def _number(self, staging: Staging) -> int:
        """Return the number of the staging. Raises ServiceUnavailable if what was staged is lost."""
        if not isinstance(staging, PostgresqlStaging):
            raise TypeError("This staging is another store's")
        staging.require(self._in)
        return staging.number

    def _days(self, number: object) -> Sequence[dt.date]:
        rows = self._in.rows("SELECT DISTINCT day FROM staged_rows WHERE staging = %s", (number,))
        return [day for (day,) in rows]


def _arrays(activities: Mapping[str, Activity]) -> dict[str, object]:
    """Return the snapshots of the activities as arrays, by name."""
    rows = [
        (key, one.name, one.description, one.category, name_key(one.category), one.goal, one.activity_type)
        for key, one in activities.items()
    ]
    return dict(zip(_NAMES, columns_of(rows, len(_NAMES)), strict=True))
