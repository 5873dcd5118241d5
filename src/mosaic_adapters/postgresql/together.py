"""What several repositories know, asked on one way there and back."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mosaic_adapters.postgresql.archive_statements import ACTIVITIES
from mosaic_adapters.postgresql.entries import POSITIVE, TODAY, counting
from mosaic_adapters.postgresql.places import Found, Place, place_of
from mosaic_adapters.postgresql.transaction import SHARED, Transaction, Writing
from mosaic_adapters.postgresql.trips import Row, Statement
from mosaic_core.entries.model import Met, TodayRow
from mosaic_core.paging import Page

_ACTIVITY = ", ".join(f"a.{name.strip()}" for name in ACTIVITIES.names.split(","))
_FOUND = f"""
    SELECT {_ACTIVITY}, e.id, e.user_id, {{new_id}}
    FROM unnest(%(keys)s::text[], %(days)s::date[]) WITH ORDINALITY AS place (key, day, number)
    LEFT JOIN LATERAL (
        SELECT * FROM activities WHERE user_id IN (%(owner)s, 0) AND name_key = place.key
        ORDER BY user_id DESC LIMIT 1) AS a ON true
    LEFT JOIN LATERAL (
        SELECT id, user_id FROM entries
        WHERE user_id IN (%(owner)s, 0) AND day = place.day AND activity_key = place.key
        ORDER BY user_id DESC LIMIT 1) AS e ON true
    ORDER BY place.number"""  # noqa: S608  # constant columns
_MET = _FOUND.format(new_id="NULL")
_MET_BY_A_WRITE = _FOUND.format(
    new_id="""CASE WHEN e.id IS NULL AND a.id IS NOT NULL
                        AND EXISTS (SELECT 1 FROM users WHERE id = %(owner)s)
                   THEN nextval('entries_id') END"""
)
_TODAY = TODAY.format(
    more="""
        AND NOT EXISTS (SELECT 1 FROM activities WHERE user_id = 0)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE user_id = 0 AND day = %(day)s)"""
)
"""Nothing where something is shared. Most often nothing is, and what is the user's own alone is read in half
the time."""

_SHEET = """
    SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
           e.id, e.value, e.note, e.goal
    FROM (SELECT DISTINCT ON (name_key) * FROM activities WHERE user_id IN (%(user)s, 0)
          ORDER BY name_key, user_id DESC) AS a
    FULL JOIN (SELECT DISTINCT ON (activity_key) * FROM entries
               WHERE user_id IN (%(user)s, 0) AND day = %(day)s
               ORDER BY activity_key, user_id DESC) AS e ON e.activity_key = a.name_key
    WHERE coalesce(a.active = 1 OR a.deactivated_at > %(day)s, false)
    ORDER BY a.name_key LIMIT %(limit)s OFFSET %(offset)s"""
"""A full join for the same reason as that of what is the user's own alone."""


def met(transaction: Transaction, owner: int | None, name: str, day: dt.date) -> Met:
    """Return what an entry of the owner's, of an activity of that name, meets on the day."""
    transaction.see(owner, SHARED)
    places = [place_of(owner, name, day)]
    (found,) = _found(places, transaction.rows(*_asked(_MET, places)))
    return found.met


def met_by_a_write(transaction: Writing, owner: int | None, name: str, day: dt.date) -> Met:
    """Return the same, and learn all that adding it takes, and whatever else is expected of the owner."""
    transaction.see(owner, SHARED)
    place = place_of(owner, name, day)
    unknown = transaction.places.unknown(place)
    if unknown:
        _learn(transaction, place.owner, unknown)
    return transaction.places.met(place)


def sheet(transaction: Transaction, user_id: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
    """Return what is active on the day of the user's and the shared activities."""
    transaction.see(user_id, SHARED)
    values = {"user": user_id, "day": day, "limit": page.limit, "offset": page.offset}
    rows = transaction.rows(_TODAY, values) or transaction.rows(_SHEET, values)
    return [TodayRow(*row) for row in rows]


def _learn(transaction: Writing, owner: int, unknown: Sequence[Place]) -> None:
    """Ask what is at the owner's places and counts on their days, and reserve ids, on one way."""
    places = transaction.places
    days = places.unknown_days(unknown)
    at_places, on_days = transaction.answers(
        Statement(*_asked(_MET_BY_A_WRITE, unknown)), Statement(POSITIVE, (owner, days))
    )
    places.learn(unknown, list(_found(unknown, at_places)))
    places.learn_days(owner, days, counting(on_days))


def _asked(sql: str, places: Sequence[Place]) -> tuple[str, Mapping[str, Any]]:
    """Return the statement and its values for the places, which have one owner."""
    keys, days = [one.key for one in places], [one.day for one in places]
    return sql, {"owner": places[0].owner, "keys": keys, "days": days}


def _found(places: Sequence[Place], rows: Iterable[Row]) -> Iterator[Found]:
    """Yield what is at the places."""
    for *activity, entry_id, whose, new_id in rows:
        known = None if activity[0] is None else next(iter(ACTIVITIES.values([tuple(activity)])))
        is_shared = whose == SHARED and places[0].owner != SHARED
        yield Found(Met(known, entry_id, is_shared=is_shared), new_id)
