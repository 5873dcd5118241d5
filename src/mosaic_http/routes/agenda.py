"""The agenda and histories over HTTP."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypedDict

import msgspec

from mosaic_core.app import Mosaic
from mosaic_core.caching import CacheKey
from mosaic_core.caller import Caller
from mosaic_core.errors import NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.schedules.agenda import ActivityHistory, HistoryWanted
from mosaic_core.schedules.model import HabitDay, Schedule, Standing, Target
from mosaic_core.views import AGENDA, AGENDA_SECONDS, HISTORY, HISTORY_SECONDS
from mosaic_http.answers import stated
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import Operation, Reply
from mosaic_http.parameters import day

_DAY = day()
_FIRST = day("from", "The first day; without it, 364 days before the last", also=("start_date", "start"))
_LAST = day("to", "The last day; without it, the caller's today", also=("end_date", "end"))

_SHORT_DAYS = 400
"""A history of so many days is put together in a few milliseconds."""


class StreakTold(msgspec.Struct, gc=False):
    """Occasions kept in a row: up to now, and the longest row; `unit` says what is counted."""

    current: int
    longest: int
    unit: str


class AgendaItemTold(msgspec.Struct, gc=False):
    """An activity on a day.

    `state` is done, missed, open, paused or rest, or null before its first entry; `due` says whether the day
    still asks for something. `done` of `needed` days are done in the day's week, month or block of days; for
    schedules of single days that is 0 or 1 of 1, or of 0 on a day that asks for nothing. `strength` is from 0
    to 1, `origin` who said what the entry says: person, rule or import, or null without one.
    """

    activity_id: int
    name: str
    category: str
    activity_type: str
    unit: str
    schedule: Schedule
    target: Target | None
    state: str | None
    due: bool
    value: float | None
    note: str | None
    entry_id: int | None
    done: int
    needed: int
    streak: StreakTold
    strength: float
    origin: str | None


class AgendaTold(TypedDict):
    """The activities that are active on a day: first what is due, then what is done, then the rest."""

    date: dt.date
    items: list[AgendaItemTold]


RatesTold = TypedDict("RatesTold", {"30": float | None, "90": float | None, "365": float | None})
RatesTold.__doc__ = """The share of occasions that were kept in the last so many days; null without any."""


class DayTold(msgspec.Struct, gc=False):
    """A day of a habit: its value, if it has an entry, and its state, if the habit had begun."""

    date: dt.date
    value: float | None
    state: str | None


class StrengthTold(msgspec.Struct, gc=False):
    """The strength after an occasion: on its last day, or, if earlier, the day of asking."""

    date: dt.date
    strength: float


HistoryTold = TypedDict(
    "HistoryTold",
    {
        "activity_id": int,
        "name": str,
        "begin": dt.date | None,
        "from": dt.date,
        "to": dt.date,
        "days": Sequence[DayTold],
        "streak": StreakTold,
        "strength": float,
        "rate": RatesTold,
        "strengths": Sequence[StrengthTold],
    },
)
HistoryTold.__doc__ = """The days of an activity, and how its habit stands today.

`begin` is the day of the first entry. `strengths` has the strength after each occasion that ended in these
days."""


def agenda(call: Call) -> Answer:
    """Show what is due on a day.

    The activities that are active on the day, seen from it: later entries do not count. What is due comes
    first, then what is done, then the rest, each by name.
    """
    mosaic, caller = call.mosaic, call.caller
    day = call.query.get(_DAY) or mosaic.entries.today_of(caller)
    key = CacheKey(AGENDA, caller.scope, ("json", day.isoformat()))
    return Answer(200, mosaic.views.shared(key, AGENDA_SECONDS, lambda: _agenda(mosaic, caller, day)))


def history(call: Call) -> Answer:
    """Show the history of an activity.

    At most 3,660 days. Streak, strength and rates are those of today, whatever days are asked for.
    """
    mosaic, caller, activity_id = call.mosaic, call.caller, call.path_id()
    wanted, today = _wanted(call), mosaic.entries.today_of(caller)
    first, last = wanted.days(today)
    parts = (str(activity_id), *(day.isoformat() for day in (first, last, today)))
    key = CacheKey(HISTORY, caller.scope, ("json", *parts))
    return Answer(
        200, mosaic.views.shared(key, HISTORY_SECONDS, lambda: _history(mosaic, caller, activity_id, wanted))
    )


def lane_of_history(call: Call) -> Lane:
    """Return where to read a history: by how many days are asked for."""
    first, last = _wanted(call).days(call.mosaic.entries.today_of(call.caller))
    return Lane.READ if (last - first).days < _SHORT_DAYS else Lane.LONG_READ


def _wanted(call: Call) -> HistoryWanted:
    return HistoryWanted(first=call.query.get(_FIRST), last=call.query.get(_LAST))


def _agenda(mosaic: Mosaic, caller: Caller, day: dt.date) -> bytes:
    return encode({"date": day, "items": [_item(*one) for one in mosaic.agenda.standings(caller, day)]})


def _item(one: HabitDay, standing: Standing) -> AgendaItemTold:
    activity_id, name, category, kind, unit, (schedule, target, _), entry_id, value, note, origin, _ = one
    state, due, done, needed, current, longest, counted_in, strength = standing
    streak = StreakTold(current, longest, counted_in)
    return AgendaItemTold(
        activity_id, name, category, kind, unit, stated(schedule), target and stated(target), state, due,
        value, note, entry_id, done, needed, streak, strength, origin,
    )  # fmt: skip


def _history(mosaic: Mosaic, caller: Caller, activity_id: int, wanted: HistoryWanted) -> bytes:
    return encode(_told(mosaic.agenda.history(caller, activity_id, wanted)))


def _told(history: ActivityHistory) -> dict[str, object]:
    streak = history.streak
    return {
        "activity_id": history.activity_id,
        "name": history.name,
        "begin": history.begin,
        "from": history.first,
        "to": history.last,
        "days": [DayTold(*one) for one in history.days],
        "streak": StreakTold(streak.current, streak.longest, streak.unit),
        "strength": history.strength,
        "rate": history.rates,
        "strengths": [StrengthTold(*one) for one in history.strengths],
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/agenda": {
        "GET": Operation(agenda, lane=Lane.READ, query=(_DAY,), answers={200: Reply(AgendaTold)}),
    },
    "/activities/{id:int}/history": {
        "GET": Operation(
            history,
            lane=lane_of_history,
            query=(_FIRST, _LAST),
            answers={200: Reply(HistoryTold)},
            errors=(NotFound,),
        ),
    },
}
