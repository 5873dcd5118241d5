"""The agenda of a day, and the history of a habit."""

import datetime as dt
import math
from collections.abc import Sequence

from attrs import frozen

from mosaic_core.activities.service import seen_activity
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import TakesLong
from mosaic_core.schedules.agenda import ActivityHistory, Agenda, AgendaItem, HistoryWanted
from mosaic_core.schedules.calculator import RATE_DAYS, HabitCalculator, next_standing
from mosaic_core.schedules.keeping import PastKeeper
from mosaic_core.schedules.model import DONE, HabitDay, Standing
from mosaic_core.schedules.reading import ONE_DAY, HabitReading
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.validators import require_plain_date

_MOST_OWED = 500
"""So many days of all habits together are computed anew again and again before their outcome is kept: they
take a millisecond or two."""

HabitStanding = tuple[HabitDay, Standing]
"""An activity on a day, and how its habit stands."""


@frozen
class AgendaService:
    """The use cases of the agenda and of histories."""

    store: Store
    clock: Clock
    keeper: PastKeeper

    def of(self, caller: Caller, day: dt.date | None = None) -> Agenda:
        """Return the activities active on a day (None: the caller's today), and how their habits stand.

        What is due comes first, then what is done, then the rest, each by name. Seen from that day: later
        entries do not count.
        """
        asked = day or caller.today(self.clock.now())
        return Agenda(asked, tuple([_item(*one) for one in self.standings(caller, asked)]))

    def standings(self, caller: Caller, day: dt.date) -> Sequence[HabitStanding]:
        """Return what the items of the agenda of a day are made of, in their order.

        An agenda has many items, and who tells them in another form has no need of them.
        """
        require_plain_date("date", day)
        with self.store.read() as unit:
            try:
                return _standings(unit, caller, day, _MOST_OWED)
            except TakesLong:
                if unit.is_hurried:
                    raise
        self.keeper.keep(caller, caller.today(self.clock.now()) - ONE_DAY)
        with self.store.read() as unit:
            return _standings(unit, caller, day, math.inf)

    def history(
        self, caller: Caller, activity_id: int, wanted: HistoryWanted | None = None
    ) -> ActivityHistory:
        """Return the days of an activity that the caller sees, and how its habit stands today.

        Raises NotFound, or InvalidQuery if the days are too many or none.
        """
        today = caller.today(self.clock.now())
        first, last = (wanted or HistoryWanted()).days(today)
        with self.store.read() as unit:
            reading = HabitReading.of(unit, caller)
            activity = seen_activity(unit, caller, activity_id)
            since = min(first, today - dt.timedelta(days=max(RATE_DAYS)))
            past = reading.pasts(since).get(name_key(activity.name)) if reading.keeps(activity) else None
            calculator = reading.calculator_of(activity, today, past)
            owed = calculator.length - (today - since).days
            if owed > _MOST_OWED and unit.is_hurried:
                raise TakesLong
        if owed > _MOST_OWED:
            self.keeper.keep(caller, today - ONE_DAY)
        told = calculator.history(first, last)
        return ActivityHistory(
            activity_id=activity.id,
            name=activity.name,
            begin=calculator.begin,
            first=first,
            last=last,
            days=told.days,
            streak=told.streak,
            strength=told.strength,
            rates=told.rates,
            strengths=told.strengths,
        )


def _standings(unit: UnitOfWork, caller: Caller, day: dt.date, most: float) -> Sequence[HabitStanding]:
    """Return the standings; raise TakesLong, before anything is computed, if `most` days do not do for it."""
    reading = HabitReading.of(unit, caller)
    habits = reading.days(day)
    calculators = _calculators(reading, habits, day, most)
    found = []
    for one in habits:
        if one.past is None or one.activity_id in calculators:
            standing = calculators[one.activity_id].standing()
        else:
            standing = next_standing(one.habit, one.past, day, one.value, reading.paused(one.activity_id))
        found.append((one, standing))
    return sorted(found, key=_rank)


def _calculators(
    reading: HabitReading, habits: Sequence[HabitDay], day: dt.date, most: float
) -> dict[int, HabitCalculator]:
    """Return, by activity, what computes the habits of which not all up to the day is kept.

    Raises TakesLong once more than `most` days are to be computed for them.
    """
    before = day.toordinal() - 1
    found: dict[int, HabitCalculator] = {}
    owed = 0
    for one in habits:
        if one.past is not None and one.past.through.toordinal() == before:
            continue
        calculator = reading.calculator(one.name, one.habit, reading.paused(one.activity_id), day, one.past)
        owed += calculator.length
        if owed > most:
            raise TakesLong
        found[one.activity_id] = calculator
    return found


def _rank(one: HabitStanding) -> int:
    """Return the place of an activity among the others; those of one rank stay ordered by name."""
    _, standing = one
    if standing.due:
        return 0
    return 1 if standing.state == DONE else 2


def _item(one: HabitDay, standing: Standing) -> AgendaItem:
    activity_id, name, category, kind, unit, habit, entry_id, value, note, origin, _ = one
    return AgendaItem(
        activity_id, name, category, kind, unit, habit.schedule, habit.target, standing.state, standing.due,
        value, note, entry_id, standing.done, standing.needed, standing.streak, standing.strength, origin,
    )  # fmt: skip
