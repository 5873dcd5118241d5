"""The Today sheet: the activities of a day and what was done of them."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.caller import Caller
from mosaic_core.entries.model import TodayRow, today_row
from mosaic_core.paging import Page
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key


def today_sheet(unit: UnitOfWork, caller: Caller, day: dt.date, page: Page) -> Sequence[TodayRow]:
    """Return the activities active on the day, by name regardless of case, with the day's entries.

    An administrator's sheet has the shared activities too, unless the administrator has one of that name,
    active or not; each row shows their own entry, else the shared one. A negative activity's goals are 0.
    """
    if caller.is_admin:
        shared, shared_entries = unit.activities.owned(None), unit.entries.on(None, day)
        if shared or shared_entries:
            own, own_entries = unit.activities.owned(caller.user_id), unit.entries.on(caller.user_id, day)
            activities = {name_key(one.name): one for one in (*shared, *own)}
            entries = {name_key(one.activity): one for one in (*shared_entries, *own_entries)}
            rows = [
                today_row(one, entries.get(key))
                for key, one in sorted(activities.items())
                if one.active_on(day)
            ]
            return _without_negative_goals(page.of(rows))
    return _without_negative_goals(unit.entries.today(caller.user_id, day, page))


def _without_negative_goals(rows: Sequence[TodayRow]) -> Sequence[TodayRow]:
    return [row if row.activity_type != NEGATIVE else _goalless(row) for row in rows]


def _goalless(row: TodayRow) -> TodayRow:
    return evolve(row, goal=0.0, activity_goal=None if row.activity_goal is None else 0.0)
