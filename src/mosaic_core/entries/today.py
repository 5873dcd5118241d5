"""The Today sheet: the activities of a day and what was done of them."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.caller import Caller
from mosaic_core.entries.model import TodayRow
from mosaic_core.paging import Page
from mosaic_core.store import UnitOfWork


def today_sheet(unit: UnitOfWork, caller: Caller, day: dt.date, page: Page) -> Sequence[TodayRow]:
    """Return the activities active on the day, by name regardless of case, with the day's entries.

    An administrator's sheet has the shared activities too, unless the administrator has one of that name,
    active or not; each row shows their own entry, else the shared one. A negative activity's goals are 0.
    """
    read = unit.sheet if caller.is_admin else unit.entries.today
    return _without_negative_goals(read(caller.user_id, day, page))


def _without_negative_goals(rows: Sequence[TodayRow]) -> Sequence[TodayRow]:
    return [row if row.activity_type != NEGATIVE else _goalless(row) for row in rows]


def _goalless(row: TodayRow) -> TodayRow:
    return evolve(row, goal=0.0, activity_goal=None if row.activity_goal is None else 0.0)
