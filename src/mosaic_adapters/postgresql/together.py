"""What several repositories know, asked on one way there and back."""

import datetime as dt
from collections.abc import Sequence

from mosaic_adapters.postgresql.archive_statements import ACTIVITIES
from mosaic_adapters.postgresql.transaction import SHARED, Transaction
from mosaic_core.entries.model import Met, TodayRow
from mosaic_core.paging import Page
from mosaic_core.texts import name_key

_MET = f"""
    SELECT {", ".join(f"a.{name.strip()}" for name in ACTIVITIES.names.split(","))}, e.id, e.user_id
    FROM (VALUES (1)) AS one
    LEFT JOIN LATERAL (
        SELECT * FROM activities WHERE user_id IN (%(owner)s, 0) AND name_key = %(key)s
        ORDER BY user_id DESC LIMIT 1) AS a ON true
    LEFT JOIN LATERAL (
        SELECT id, user_id FROM entries
        WHERE user_id IN (%(owner)s, 0) AND day = %(day)s AND activity_key = %(key)s
        ORDER BY user_id DESC LIMIT 1) AS e ON true"""  # noqa: S608  # constant columns
_TODAY = """
    SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
           e.id, e.value, e.note, e.goal
    FROM activities AS a
    LEFT JOIN entries AS e ON e.user_id = a.user_id AND e.day = %(day)s AND e.activity_key = a.name_key
    WHERE a.user_id = %(user)s AND (a.active = 1 OR a.deactivated_at > %(day)s)
        AND NOT EXISTS (SELECT 1 FROM activities WHERE user_id = 0)
        AND NOT EXISTS (SELECT 1 FROM entries WHERE user_id = 0 AND day = %(day)s)
    ORDER BY a.name_key LIMIT %(limit)s OFFSET %(offset)s"""
"""Nothing where something is shared. Most often nothing is, and what is the user's own alone is read in half
the time."""

_SHEET = """
    SELECT a.id, a.name, a.category, a.activity_type, a.description, a.active, a.deactivated_at, a.goal,
           coalesce(e.id, s.id), coalesce(e.value, s.value), coalesce(e.note, s.note),
           coalesce(e.goal, s.goal)
    FROM (SELECT DISTINCT ON (name_key) * FROM activities WHERE user_id IN (%(user)s, 0)
          ORDER BY name_key, user_id DESC) AS a
    LEFT JOIN entries AS e ON e.user_id = %(user)s AND e.day = %(day)s AND e.activity_key = a.name_key
    LEFT JOIN entries AS s ON s.user_id = 0 AND s.day = %(day)s AND s.activity_key = a.name_key
    WHERE a.active = 1 OR a.deactivated_at > %(day)s
    ORDER BY a.name_key LIMIT %(limit)s OFFSET %(offset)s"""


def met(transaction: Transaction, owner: int | None, name: str, day: dt.date) -> Met:
    """Return what an entry of the owner's, of an activity of that name, meets on the day."""
    transaction.see(owner, SHARED)
    values = {"owner": owner or SHARED, "day": day, "key": name_key(name)}
    ((*activity, entry_id, whose),) = transaction.rows(_MET, values)
    known = next(iter(ACTIVITIES.values([tuple(activity)]))) if activity[0] is not None else None
    return Met(known, entry_id, is_shared=whose == SHARED and owner is not None)


def sheet(transaction: Transaction, user_id: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
    """Return what is active on the day of the user's and the shared activities."""
    transaction.see(user_id, SHARED)
    values = {"user": user_id, "day": day, "limit": page.limit, "offset": page.offset}
    rows = transaction.rows(_TODAY, values) or transaction.rows(_SHEET, values)
    return [TodayRow(*row) for row in rows]
