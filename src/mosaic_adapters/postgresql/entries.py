"""Entries in PostgreSQL."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import ENTRIES
from mosaic_adapters.postgresql.errors import broken_rule
from mosaic_adapters.postgresql.places import Counting
from mosaic_adapters.postgresql.transaction import SHARED, Transaction, columns_of
from mosaic_adapters.postgresql.trips import Row
from mosaic_core.activities.model import Activity
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.model import Entry, EntryFilter, ListedEntry, Place, PositiveEntry, TodayRow
from mosaic_core.entries.ports import EntryRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.texts import name_key

_COLUMNS = ENTRIES.names
_WRITTEN = ", ".join(ENTRIES.written[1:])

_LISTED = """
    SELECT e.id, nullif(e.user_id, 0), e.day, e.activity, e.value, e.note, e.description, e.category, e.goal,
           e.activity_type, coalesce(a.category, e.category), coalesce(a.goal, e.goal),
           coalesce(a.description, e.description), e.origin, e.activity_key
    FROM {entries} AS e LEFT JOIN activities AS a ON a.user_id = e.user_id AND a.name_key = e.activity_key"""
_ORDER = " ORDER BY e.day DESC, e.activity_key LIMIT %(limit)s OFFSET %(offset)s"
_FITTING = "e.user_id = {owner} AND e.day BETWEEN %(first)s AND %(last)s{more}"
_OF_ACTIVITY = " AND e.activity_key = %(activity)s"
_OF_CATEGORY = " AND coalesce(a.category_key, e.category_key) = %(category)s"
_MERGED_ORDER = " ORDER BY 3 DESC, activity_key, 2 NULLS LAST LIMIT %(limit)s OFFSET %(offset)s"
_HEAD = " ORDER BY e.day DESC, e.activity_key LIMIT %(reach)s"

TODAY = """
    SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
           e.id, e.value, e.note, e.goal
    FROM (SELECT * FROM activities
          WHERE user_id = %(user)s AND (active = 1 OR deactivated_at > %(day)s)
          ORDER BY name_key LIMIT %(limit)s OFFSET %(offset)s) AS a
    FULL JOIN (SELECT * FROM entries WHERE user_id = %(user)s AND day = %(day)s) AS e
        ON e.activity_key = a.name_key
    WHERE coalesce(a.id, 0) > 0{more} ORDER BY a.name_key"""
"""Reads all entries of the day, which lie together. In place of a left join the planner may look for the
entry of each activity by itself, all over an index that grows with the years; a full join has no such plan.
The condition is no plain `a.id > 0`, which would make a left join of it."""

_TODAY = TODAY.format(more="")

_ADDED = f"""
    WITH added AS (
        INSERT INTO entries ({_WRITTEN}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (user_id, day, activity_key) DO NOTHING RETURNING user_id, id),
    counted AS (
        INSERT INTO entry_totals AS t (user_id, total) SELECT user_id, 1 FROM added
        ON CONFLICT (user_id) DO UPDATE SET total = t.total + 1)
    SELECT id FROM added"""  # noqa: S608  # constant columns
_ADD_AT_FREE_PLACES = f"""
    WITH added AS (INSERT INTO entries ({", ".join(ENTRIES.written)}) VALUES {{rows}} RETURNING user_id)
    INSERT INTO entry_totals AS t (user_id, total) SELECT user_id, count(*) FROM added GROUP BY user_id
    ON CONFLICT (user_id) DO UPDATE SET total = t.total + excluded.total"""  # noqa: S608  # constant columns
_ADD_MANY = f"""
    INSERT INTO entries ({_WRITTEN})
    SELECT {_WRITTEN} FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::float8[], %s::text[], %s::text[],
                                  %s::text[], %s::float8[], %s::text[], %s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS new ({_WRITTEN}, number)
    ORDER BY number"""  # noqa: S608  # constant columns
_IDS = """
    SELECT found.day, found.activity_key, found.id
    FROM unnest(%s::date[], %s::text[]) AS place (day, key), LATERAL (
        SELECT day, activity_key, id FROM entries
        WHERE user_id = %s AND day = place.day AND activity_key = place.key OFFSET 0) AS found"""
"""Looks up place by place; without the offset the planner may read all of the owner's entries instead."""

POSITIVE = """
    SELECT day, activity_key, category, activity, value, goal FROM entries
    WHERE user_id = %s AND day = ANY(%s) AND activity_type = 'positive'"""
COUNT = """
    INSERT INTO entry_totals AS t (user_id, total) VALUES (%s, %s)
    ON CONFLICT (user_id) DO UPDATE SET total = t.total + excluded.total"""
_UPDATE = f"""
    UPDATE entries SET {", ".join(f"{name} = %s" for name in ENTRIES.written[2:])}
    WHERE user_id = %s AND id = %s"""  # noqa: S608  # constant columns
GIVEN = f"""
    WITH gone AS (DELETE FROM entries WHERE user_id = 0 AND id = ANY(%(ids)s) RETURNING *),
    added AS (
        INSERT INTO entries (id, {_WRITTEN})
        SELECT id, {_WRITTEN.replace("user_id", "%(owner)s::bigint", 1)} FROM gone RETURNING day),
    counted AS (
        INSERT INTO entry_totals AS t (user_id, total)
        SELECT owner, change FROM (SELECT count(*) AS number FROM gone) AS g,
               LATERAL (VALUES (0, -g.number), (%(owner)s, g.number)) AS changes (owner, change)
        WHERE g.number > 0
        ON CONFLICT (user_id) DO UPDATE SET total = t.total + excluded.total)
    SELECT day FROM added"""  # noqa: S608  # constant columns
"""Rows are moved, not updated: where tables are distributed, no row changes its owner."""

_DELETE = """
    WITH gone AS (DELETE FROM entries WHERE id = ANY(%s) RETURNING user_id),
    counted AS (SELECT user_id, count(*) AS number FROM gone GROUP BY user_id)
    UPDATE entry_totals AS t SET total = t.total - counted.number FROM counted
    WHERE t.user_id = counted.user_id"""

_Branch = Callable[[str, EntryFilter, str], str]
"""Makes the query of one owner's entries that fit, in an order."""


class PostgresqlEntries(EntryRepository):
    """The `entries` table, and `entry_totals`, which counts the entries of each owner."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, entry_id: int) -> Entry | None:
        """Return the entry with the id."""
        found = self._some("id = %s", entry_id)
        if found and self._in.see(found[0].user_id):
            found = self._some("id = %s", entry_id)
        return found[0] if found else None

    def ids(self, owner: int | None, places: Collection[Place]) -> Mapping[Place, int]:
        """Return the ids of the owner's entries at those of the places that are taken."""
        self._in.see(owner)
        rows = self._in.rows(
            _IDS,
            (*columns_of(places, 2), owner or SHARED),
        )
        return {(day, key): entry_id for day, key, entry_id in rows}

    def page(self, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool) -> Sequence[ListedEntry]:
        """Return the user's entries that fit the filter, newest day first."""
        sql, values = self._listed(_joined, user_id, wanted, page, shared=shared)
        return [ListedEntry(*row[:14]) for row in self._in.rows(sql, values)]

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[Entry]:
        """Yield the user's entries, newest day first."""
        sql, values = self._listed(_stored, user_id, EntryFilter(), page, shared=shared)
        for rows in self._in.blocks(sql, values):
            yield from [Entry(*row[:11]) for row in rows]

    def count(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        """Return how many entries fit the filter; without one, from what is counted at each write."""
        owners = [user_id, SHARED] if shared else [user_id]
        self._in.see(*owners)
        if wanted == EntryFilter():
            return self._in.number(
                "SELECT coalesce(sum(total), 0) FROM entry_totals WHERE user_id = ANY(%s)", (owners,)
            )
        fitting = _FITTING.format(owner="ANY(%(owners)s)", more=_more(wanted))
        joined = "" if wanted.category is None else _join()
        return self._in.number(
            f"SELECT count(*) FROM entries AS e{joined} WHERE {fitting}",  # noqa: S608  # constants
            {**_range(wanted), "owners": owners},
        )

    def on(self, owner: int | None, day: dt.date) -> Sequence[Entry]:
        """Return the owner's entries of the day by activity."""
        self._in.see(owner)
        return self._some("user_id = %s AND day = %s ORDER BY activity_key", owner or SHARED, day)

    def today(self, owner: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return the owner's activities active on the day with its entries."""
        self._in.see(owner)
        values = {"user": owner, "day": day, "limit": page.limit, "offset": page.offset}
        return [TodayRow(*row) for row in self._in.rows(_TODAY, values)]

    def positive(self, owner: int, days: Sequence[dt.date]) -> Mapping[dt.date, Sequence[PositiveEntry]]:
        """Return the owner's positive entries of the days."""
        self._in.see(owner)
        known = self._in.places.counting(owner, days)
        if known is None:
            known = counting(self._in.rows(POSITIVE, (owner, list(days))))
        return {day: [*entries.values()] for day, entries in known.items()}

    def named(
        self, owner: int | None, name: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Sequence[Entry]:
        """Return the owner's entries of the activity, oldest first."""
        self._in.see(owner)
        return self._some(
            "user_id = %s AND activity_key = %s AND day BETWEEN %s AND %s ORDER BY day",
            owner or SHARED,
            name_key(name),
            first,
            last,
        )

    def values(
        self, owner: int | None, name: str, first: dt.date, last: dt.date
    ) -> Sequence[tuple[dt.date, float]]:
        """Return the days and values of those entries in the range, oldest first."""
        self._in.see(owner)
        rows = self._in.rows(
            """SELECT day, value FROM entries
               WHERE user_id = %s AND activity_key = %s AND day BETWEEN %s AND %s ORDER BY day""",
            (owner or SHARED, name_key(name), first, last),
        )
        return [(day, value) for day, value in rows]

    def add(self, entry: Entry) -> Entry:
        """Keep a new entry under a new id."""
        self._in.own(entry.user_id)
        added = self._in.places.added(entry)
        if added is not None:
            self._in.say_row(_ADD_AT_FREE_PLACES, ENTRIES.columns(added))
            return added
        rows = self._in.changed(_ADDED, ENTRIES.columns(entry)[1:])
        if not rows:
            raise Conflict(Taken.ENTRY)
        return evolve(entry, id=rows[0][0])

    def add_many(self, entries: Sequence[Entry]) -> None:
        """Keep new entries under new ids."""
        rows = [ENTRIES.columns(entry)[1:] for entry in entries]
        counts: defaultdict[int, int] = defaultdict(int)
        for row in rows:
            counts[row[0]] += 1
        self._in.own(*counts)
        with _conflicts(Taken.ENTRY):
            self._in.change(_ADD_MANY, columns_of(rows, len(ENTRIES.written) - 1))
        self._in.change_many(COUNT, counts.items())

    def update_many(self, entries: Sequence[Entry]) -> None:
        """Replace the entries with those ids."""
        self._in.own(*{entry.user_id for entry in entries})
        rest = [entry for entry in entries if not self._replaced_in_place(entry)]
        if not rest:
            return
        self._give([entry for entry in rest if entry.user_id is not None])
        with _conflicts(Taken.ENTRY):
            self._in.change_many(_UPDATE, [_update_values(entry) for entry in rest])

    def carry(self, owner: int | None, name: str, activity: Activity) -> Sequence[dt.date]:
        """Write the activity's name and snapshot into the owner's entries under `name`."""
        self._in.own(owner)
        carried = (
            activity.name,
            name_key(activity.name),
            activity.category,
            name_key(activity.category),
            activity.goal,
            activity.activity_type,
            activity.description,
        )
        with _conflicts(Taken.RENAMED_ENTRY), self._in.unhurried():
            rows = self._in.changed(
                """UPDATE entries
                   SET activity = %s, activity_key = %s, category = %s, category_key = %s, goal = %s,
                       activity_type = %s, description = %s
                   WHERE user_id = %s AND activity_key = %s
                     AND (activity, activity_key, category, category_key, goal, activity_type, description)
                         IS DISTINCT FROM (%s, %s, %s, %s, %s, %s, %s)
                   RETURNING day""",
                (*carried, owner or SHARED, name_key(name), *carried),
            )
        return [day for (day,) in rows]

    def delete(self, *entry_ids: int) -> None:
        """Delete the entries."""
        ids = list(entry_ids)
        while self._in.own(*self._owners(ids)):
            pass
        self._in.change(_DELETE, (ids,))

    def _listed(
        self, branch: _Branch, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool
    ) -> tuple[str, dict[str, Any]]:
        """Return the query of a page of what the branches for its owners tell, and its values."""
        self._in.see(*([user_id, SHARED] if shared else [user_id]))
        reach = None if page.limit is None else page.offset + page.limit
        values = _range(wanted) | {
            "user": user_id,
            "reach": reach,
            "limit": page.limit,
            "offset": page.offset,
        }
        if shared and self._anything_shared():
            own, common = (branch(owner, wanted, _HEAD) for owner in ("%(user)s", "0"))
            return f"SELECT * FROM (({own}) UNION ALL ({common})) AS listed{_MERGED_ORDER}", values  # noqa: S608
        return branch("%(user)s", wanted, _ORDER), values

    def _anything_shared(self) -> bool:
        """Return whether there are shared rows; without them an administrator sees what any user would."""
        row = self._in.row(
            """SELECT EXISTS (SELECT 1 FROM activities WHERE user_id = 0)
                   OR EXISTS (SELECT 1 FROM entries WHERE user_id = 0)"""
        )
        return row == (True,)

    def _replaced_in_place(self, entry: Entry) -> bool:
        """Replace the entry of that id if it is known to be at the same place, where nothing can go wrong."""
        if not self._in.places.replaced(entry):
            return False
        self._in.say(_UPDATE, _update_values(entry))
        return True

    def _give(self, entries: Sequence[Entry]) -> None:
        """Give the shared ones of the entries to the owners that they are to have."""
        if not entries or not self._anything_shared():
            return
        by_owner: defaultdict[int | None, list[int]] = defaultdict(list)
        for entry in entries:
            by_owner[entry.user_id].append(entry.id)
        self._in.own(SHARED)
        for owner, ids in by_owner.items():
            with _conflicts(Taken.ENTRY):
                self._in.changed(GIVEN, {"owner": owner, "ids": ids})

    def _owners(self, ids: Sequence[int]) -> Sequence[int]:
        rows = self._in.rows("SELECT DISTINCT user_id FROM entries WHERE id = ANY(%s)", (ids,))
        return [owner for (owner,) in rows]

    def _some(self, condition: str, *values: object) -> Sequence[Entry]:
        rows = self._in.rows(f"SELECT {_COLUMNS} FROM entries WHERE {condition}", values)  # noqa: S608
        return [Entry(*row) for row in rows]


def entries_among(transaction: Transaction, ids: str, values: Mapping[str, object]) -> list[Entry]:
    """Return the entries whose ids the query `ids` tells."""
    rows = transaction.rows(f"SELECT {_COLUMNS} FROM entries WHERE id IN ({ids})", values)  # noqa: S608
    return [Entry(*row) for row in rows]


def counting(rows: Iterable[Row]) -> Counting:
    """Return positive entries by day and name key."""
    found: defaultdict[dt.date, dict[str, PositiveEntry]] = defaultdict(dict)
    for day, key, category, activity, value, goal in rows:
        found[day][key] = category, activity, value, goal
    return found


class _conflicts:  # noqa: N801  # reads like a function
    """Raise Mosaic's error where the block breaks a constraint."""

    def __init__(self, taken: Taken) -> None:
        self._taken = taken

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, psycopg.IntegrityError):
            raise broken_rule(error, self._taken) from error


def _stored(owner: str, wanted: EntryFilter, order: str) -> str:
    """Return the query of the entries of one owner, as they are stored."""
    fitting = _FITTING.format(owner=owner, more=_more(wanted))
    return f"SELECT {_COLUMNS}, activity_key FROM entries AS e WHERE {fitting}{order}"  # noqa: S608  # constants


def _joined(owner: str, wanted: EntryFilter, order: str) -> str:
    """Return the query of the entries of one owner, each joined with its activity.

    They are cut to a page before they are joined, unless it is the join that says what fits.
    """
    fitting = _FITTING.format(owner=owner, more=_more(wanted))
    if wanted.category is not None:
        return f"{_LISTED.format(entries='entries')} WHERE {fitting}{order}"
    page = f"(SELECT * FROM entries AS e WHERE {fitting}{order})"  # noqa: S608  # constants
    return f"{_LISTED.format(entries=page)} ORDER BY e.day DESC, e.activity_key"


def _join() -> str:
    return " LEFT JOIN activities AS a ON a.user_id = e.user_id AND a.name_key = e.activity_key"


def _more(wanted: EntryFilter) -> str:
    more = _OF_ACTIVITY if wanted.activity is not None else ""
    return more + (_OF_CATEGORY if wanted.category is not None else "")


def _range(wanted: EntryFilter) -> dict[str, Any]:
    return {
        "first": wanted.first or FIRST_DAY,
        "last": wanted.last or LAST_DAY,
        "activity": wanted.activity and name_key(wanted.activity),
        "category": wanted.category and name_key(wanted.category),
    }


def _update_values(entry: Entry) -> Row:
    entry_id, owner, *changed = ENTRIES.columns(entry)
    return (*changed, owner, entry_id)
