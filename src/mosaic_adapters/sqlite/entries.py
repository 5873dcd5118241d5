"""Entries in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from mosaic_adapters.sqlite.activities import COLUMNS, activity_of
from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_core.activities.model import Activity
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.model import (
    Entry,
    EntryFilter,
    ListedEntry,
    Met,
    Place,
    PositiveEntry,
    TodayRow,
)
from mosaic_core.entries.ports import EntryRepository
from mosaic_core.errors import Taken
from mosaic_core.paging import Page
from mosaic_core.texts import name_key

_ALL = EntryFilter()

_FEW = 64
"""Up to so many places are looked up one by one, more by reading the days between them."""

_COLUMNS = "id, user_id, day, activity, value, note, description, category, goal, activity_type, origin"

SHARED = 0
"""The owner of shared entries where entries are counted; no user has this id."""

_AT_ONCE = 500

_STORED = """
    SELECT e.id, e.user_id, e.day, e.activity, e.value, e.note, e.description, e.category, e.goal,
           e.activity_type, e.origin{order}
    FROM entries AS e
    WHERE e.user_id {owner} AND e.day BETWEEN :first AND :last{more}"""
_LISTED = """
    SELECT e.id, e.user_id, e.day, e.activity, e.value, e.note, e.description, e.category, e.goal,
           e.activity_type, coalesce(a.category, e.category), coalesce(a.goal, e.goal),
           coalesce(a.description, e.description), e.origin{order}
    FROM entries AS e LEFT JOIN activities AS a ON a.user_id IS e.user_id AND a.name_key = e.activity_key
    WHERE e.user_id {owner} AND e.day BETWEEN :first AND :last{more}"""
_ORDER = " ORDER BY e.day DESC, e.activity_key LIMIT :limit OFFSET :offset"
_MERGED_BY = ", e.activity_key AS key, {shared} AS is_shared"
_MERGED_ORDER = " ORDER BY 3 DESC, key, is_shared LIMIT :limit OFFSET :offset"
_ORDERING = 2
"""So many columns of merged rows are there for their order alone."""
_OF_ACTIVITY = " AND e.activity_key = :activity"
_FROM_PLACE = " AND (e.day < :last OR e.activity_key >= :from_key)"
_OF_CATEGORY = """
    AND CASE WHEN a.id IS NULL THEN name_key(e.category) = :category
             ELSE a.category IN (SELECT value FROM json_each(:spellings)) END"""
"""Names are compared in Python, which takes longer than all else, so only where an activity is gone."""

_COUNTED = """
    SELECT count(*) FROM entries AS e
    WHERE e.user_id {owner} AND e.day BETWEEN :first AND :last{more}"""
_COUNTED_JOINED = """
    SELECT count(*)
    FROM entries AS e LEFT JOIN activities AS a ON a.user_id IS e.user_id AND a.name_key = e.activity_key
    WHERE e.user_id {owner} AND e.day BETWEEN :first AND :last{more}"""

_PLACE_AT = """
    SELECT e.day, e.activity_key FROM entries AS e
    WHERE e.user_id = :user AND e.day BETWEEN :first AND :last{more}
    ORDER BY e.day DESC, e.activity_key LIMIT 1 OFFSET :offset"""
"""Goes through an index alone, a hundred times faster than through joined rows."""

_TODAY = """
    SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
           e.id, e.value, e.note, e.goal
    FROM activities AS a
    LEFT JOIN entries AS e ON e.user_id = a.user_id AND e.day = :day AND e.activity_key = a.name_key
    WHERE a.user_id = :user AND (a.active = 1 OR a.deactivated_at > :day)
    ORDER BY a.name_key LIMIT :limit OFFSET :offset"""

_MET = f"""
    SELECT (SELECT id FROM entries WHERE user_id IS ?1 AND day = ?2 AND activity_key = ?3),
           (SELECT id FROM entries WHERE user_id IS NULL AND day = ?2 AND activity_key = ?3),
           {COLUMNS}
    FROM activities
    WHERE id = ifnull((SELECT id FROM activities WHERE user_id IS ?1 AND name_key = ?3),
                      (SELECT id FROM activities WHERE user_id IS NULL AND name_key = ?3))"""  # noqa: S608

_ADD = """
    INSERT INTO entries (user_id, day, activity, activity_key, value, note, description, category, goal,
                         activity_type, origin)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class SqliteEntries(EntryRepository):
    """The `entries` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    def get(self, entry_id: int) -> Entry | None:
        """Return the entry with the id."""
        row = self._execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
        return _entries([row])[0] if row else None

    def ids(self, owner: int | None, places: Collection[Place]) -> Mapping[Place, int]:
        """Return the ids of the owner's entries at those of the places that are taken."""
        if len(places) > _FEW:
            return self._ids_between(owner, places)
        taken = {}
        for place in places:
            row = self._execute(
                "SELECT id FROM entries WHERE user_id IS ? AND day = ? AND activity_key = ?",
                (owner, place[0].isoformat(), place[1]),
            ).fetchone()
            if row:
                taken[place] = row[0]
        return taken

    def page(self, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool) -> Sequence[ListedEntry]:
        """Return the user's entries that fit the filter, newest day first."""
        blocks = self._listed(_LISTED, user_id, wanted, page, shared=shared)
        return _listed_entries(chain.from_iterable(blocks))

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[Entry]:
        """Yield the user's entries, newest day first."""
        for rows in self._listed(_STORED, user_id, _ALL, page, shared=shared):
            yield from _entries(rows)

    def count(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        """Return how many entries fit the filter; without one, from what is counted at each write."""
        if wanted != _ALL:
            return self._counted(user_id, wanted, shared=shared and self.anything_shared())
        count: int = self._execute(
            "SELECT ifnull(sum(total), 0) FROM entry_totals WHERE owner IN (?, ?)",
            (user_id, SHARED if shared else user_id),
        ).fetchone()[0]
        return count

    def on(self, owner: int | None, day: dt.date) -> Sequence[Entry]:
        """Return the owner's entries of the day by activity."""
        rows = self._execute(
            f"SELECT {_COLUMNS} FROM entries WHERE user_id IS ? AND day = ? ORDER BY activity_key",  # noqa: S608
            (owner, day.isoformat()),
        ).fetchall()
        return _entries(rows)

    def today(self, owner: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return the owner's activities active on the day with its entries."""
        rows = self._execute(_TODAY, {"user": owner, "day": day.isoformat(), **_bounds(page)}).fetchall()
        return [TodayRow(*row) if row[6] is None else _deactivated(row) for row in rows]

    def met(self, owner: int | None, name: str, day: dt.date) -> Met | None:
        """Return what an entry of the owner's meets on the day; None where there is no such activity."""
        row = self._execute(_MET, (owner, day.isoformat(), name_key(name))).fetchone()
        if row is None:
            return None
        own, shared = row[:2]
        activity = activity_of(row[2:])
        if own is not None:
            return Met(activity, own, is_shared=False)
        return Met(activity, shared, is_shared=shared is not None)

    def positive(self, owner: int, days: Sequence[dt.date]) -> Mapping[dt.date, Sequence[PositiveEntry]]:
        """Return the owner's positive entries of the days.

        Looked up day by day: to read many full days at once and part them takes half as long again.
        """
        return {
            day: self._execute(
                """SELECT category, activity, value, goal FROM entries
                   WHERE user_id = ? AND day = ? AND activity_type = 'positive'""",
                (owner, day.isoformat()),
            ).fetchall()
            for day in days
        }

    def named(
        self, owner: int | None, name: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Sequence[Entry]:
        """Return the owner's entries of the activity, oldest first."""
        rows = self._execute(
            f"""SELECT {_COLUMNS} FROM entries
                WHERE user_id IS ? AND activity_key = ? AND day BETWEEN ? AND ? ORDER BY day""",  # noqa: S608
            (owner, name_key(name), first.isoformat(), last.isoformat()),
        ).fetchall()
        return _entries(rows)

    def values(
        self, owner: int | None, name: str, first: dt.date, last: dt.date
    ) -> Sequence[tuple[dt.date, float]]:
        """Return the days and values of those entries in the range, oldest first."""
        rows = self._execute(
            """SELECT day, value FROM entries
               WHERE user_id IS ? AND activity_key = ? AND day BETWEEN ? AND ? ORDER BY day""",
            (owner, name_key(name), first.isoformat(), last.isoformat()),
        ).fetchall()
        day_of = dt.date.fromisoformat
        return [(day_of(day), value) for day, value in rows]

    def add(self, entry: Entry) -> Entry:
        """Keep a new entry under a new id."""
        try:
            cursor = self._execute(_ADD, _columns(entry))
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.ENTRY) from error
        return entry.under(cursor.lastrowid or 0)

    def add_many(self, entries: Sequence[Entry]) -> None:
        """Keep new entries under new ids."""
        self._write(_ADD, map(_columns, entries))

    def update_many(self, entries: Sequence[Entry]) -> None:
        """Replace the entries with those ids."""
        self._write(
            """UPDATE entries
               SET user_id = ?, day = ?, activity = ?, activity_key = ?, value = ?, note = ?, description = ?,
                   category = ?, goal = ?, activity_type = ?, origin = ?
               WHERE id = ?""",
            ((*_columns(entry), entry.id) for entry in entries),
        )

    def carry(self, owner: int | None, name: str, activity: Activity) -> Sequence[dt.date]:
        """Write the activity's name and snapshot into the owner's entries under `name`."""
        carried = (
            activity.name,
            name_key(activity.name),
            activity.category,
            activity.goal,
            activity.activity_type,
            activity.description,
        )
        try:
            rows = self._execute(
                """UPDATE entries
                   SET activity = ?, activity_key = ?, category = ?, goal = ?, activity_type = ?,
                       description = ?
                   WHERE user_id IS ? AND activity_key = ?
                     AND (activity, activity_key, category, goal, activity_type, description)
                         IS NOT (?, ?, ?, ?, ?, ?)
                   RETURNING day""",
                (*carried, owner, name_key(name), *carried),
            ).fetchall()
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.RENAMED_ENTRY) from error
        return [dt.date.fromisoformat(day) for (day,) in rows]

    def delete(self, *entry_ids: int) -> None:
        """Delete the entries."""
        self._execute_many("DELETE FROM entries WHERE id = ?", ((entry_id,) for entry_id in entry_ids))

    def _listed(
        self, select: str, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a page of what the statement selects, some hundred at a time."""
        more = _OF_ACTIVITY if wanted.activity is not None else ""
        values = _range(user_id, wanted) | _bounds(page)
        merged = shared and self.anything_shared()
        if wanted.category is not None:
            more += _OF_CATEGORY
            values |= self._of_category(user_id, wanted.category, shared=merged)
        elif page.offset and not merged:
            place = self._execute(_PLACE_AT.format(more=more), values).fetchone()
            if place is None:
                return
            more += _FROM_PLACE
            values |= {"last": place[0], "from_key": place[1], "offset": 0}
        cursor = self._execute(_merged(select, more) if merged else _own(select, more), values)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield [row[:-_ORDERING] for row in rows] if merged else rows

    def _counted(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        more = _OF_ACTIVITY if wanted.activity is not None else ""
        values = _range(user_id, wanted)
        if wanted.category is not None:
            more += _OF_CATEGORY
            values |= self._of_category(user_id, wanted.category, shared=shared)
        counted = _COUNTED if wanted.category is None else _COUNTED_JOINED
        owners = ("= :user", "IS NULL") if shared else ("= :user",)
        return sum(
            self._execute(counted.format(owner=owner, more=more), values).fetchone()[0] for owner in owners
        )

    def _of_category(self, user_id: int, category: str, *, shared: bool) -> dict[str, str]:
        """Return the category's key and, as JSON, all its spellings in activities."""
        key = name_key(category)
        spellings = [
            spelling
            for owner in ((user_id, None) if shared else (user_id,))
            for (spelling,) in self._execute(
                "SELECT DISTINCT category FROM activities WHERE user_id IS ?", (owner,)
            )
            if name_key(spelling) == key
        ]
        return {"category": key, "spellings": msgspec.json.encode(spellings).decode()}

    def anything_shared(self) -> bool:
        """Return whether there are shared rows; without them an administrator sees what any user would."""
        row = self._execute(
            """SELECT EXISTS (SELECT 1 FROM activities WHERE user_id IS NULL)
                   OR EXISTS (SELECT 1 FROM entries WHERE user_id IS NULL)"""
        ).fetchone()
        return bool(row[0])

    def _ids_between(self, owner: int | None, places: Collection[Place]) -> Mapping[Place, int]:
        first, last = min(places)[0], max(places)[0]
        rows = self._execute(
            "SELECT day, activity_key, id FROM entries WHERE user_id IS ? AND day BETWEEN ? AND ?",
            (owner, first.isoformat(), last.isoformat()),
        )
        known = {(day, key): entry_id for day, key, entry_id in rows}
        if not known:
            return {}
        found = ((place, known.get((place[0].isoformat(), place[1]))) for place in places)
        return {place: entry_id for place, entry_id in found if entry_id is not None}

    def _write(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        try:
            self._execute_many(sql, rows)
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.ENTRY) from error


def _range(user_id: int, wanted: EntryFilter) -> dict[str, Any]:
    return {
        "user": user_id,
        "first": (wanted.first or FIRST_DAY).isoformat(),
        "last": (wanted.last or LAST_DAY).isoformat(),
        "activity": wanted.activity and name_key(wanted.activity),
    }


@cache
def _own(select: str, more: str) -> str:
    return select.format(owner="= :user", more=more, order="") + _ORDER


@cache
def _merged(select: str, more: str) -> str:
    own = select.format(owner="= :user", more=more, order=_MERGED_BY.format(shared=0))
    common = select.format(owner="IS NULL", more=more, order=_MERGED_BY.format(shared=1))
    return f"{own} UNION ALL {common} {_MERGED_ORDER}"


def entries_among(
    execute: Callable[[str, Mapping[str, object]], sqlite3.Cursor], ids: str, values: Mapping[str, object]
) -> list[Entry]:
    """Return the entries whose ids the query `ids` tells."""
    rows = execute(f"SELECT {_COLUMNS} FROM entries WHERE id IN ({ids})", values)  # noqa: S608  # our own
    return _entries(rows)


# Rows are read by the hundred: naming the columns is faster than slices and stars.


def _entries(rows: Iterable[tuple[Any, ...]]) -> list[Entry]:
    day_of = dt.date.fromisoformat
    return [
        Entry(id_, owner, day_of(day), name, value, note, text, category, goal, kind, origin)
        for id_, owner, day, name, value, note, text, category, goal, kind, origin in rows
    ]


def _listed_entries(rows: Iterable[tuple[Any, ...]]) -> list[ListedEntry]:
    day_of = dt.date.fromisoformat
    return [
        ListedEntry(
            id_, owner, day_of(day), name, value, note, text, category, goal, kind, its_category, its_goal,
            its_text, origin,
        )
        for (
            id_, owner, day, name, value, note, text, category, goal, kind, its_category, its_goal, its_text,
            origin,
        ) in rows
    ]  # fmt: skip


def _deactivated(row: tuple[Any, ...]) -> TodayRow:
    return TodayRow(*(*row[:6], dt.date.fromisoformat(row[6]), *row[7:]))


def _bounds(page: Page) -> dict[str, int]:
    return {"limit": -1 if page.limit is None else page.limit, "offset": page.offset}


def _columns(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.user_id,
        entry.date.isoformat(),
        entry.activity,
        name_key(entry.activity),
        entry.value,
        entry.note,
        entry.description,
        entry.activity_category,
        entry.activity_goal,
        entry.activity_type,
        entry.origin,
    )
