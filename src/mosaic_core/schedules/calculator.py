"""What is due, what was kept, and how strong a habit is, seen from one day; see `judging` for the rules."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from attrs import field, frozen

from mosaic_core.schedules.days import HabitDays, NextDay
from mosaic_core.schedules.judging import KEPT, Figures, Outcome, figures, judge, outcomes, state_of
from mosaic_core.schedules.model import (
    DONE,
    MONTH,
    OPEN,
    REST,
    WEEK,
    Daily,
    Habit,
    History,
    Past,
    Schedule,
    Standing,
    Times,
)
from mosaic_core.schedules.occasions import Occasion, occasion_on, running_since
from mosaic_core.schedules.recounting import RATE_DAYS, recounted, unbegun
from mosaic_core.schedules.stretches import PausedStretches, stretches_of

__all__ = ["RATE_DAYS", "HabitCalculator", "next_standing", "streak_unit"]


@frozen
class HabitCalculator:
    """Computes what a habit amounts to, seen from the day `today`.

    `values` are those of the activity's entries, by day; days after `today` do not count. `pauses` may
    overlap. With a `past`, which is before the day, the values of days up to `past.through` are not needed.
    """

    habit: Habit
    today: dt.date
    values: Mapping[dt.date, float]
    pauses: PausedStretches = field(default=PausedStretches(), converter=stretches_of)
    past: Past | None = None
    _start: Past | None = field(init=False)

    @_start.default
    def _past_or_nothing_yet(self) -> Past | None:
        """Return the past, or the one before the first occasion; None if there is no entry up to the day."""
        if self.past is not None:
            return self.past
        begin = min((day for day in self.values if day <= self.today), default=None)
        return None if begin is None else Past(begin, begin - dt.timedelta(days=1))

    @property
    def begin(self) -> dt.date | None:
        """The day of the first entry, None if there is none up to the day."""
        return None if self._start is None else self._start.begin

    @property
    def length(self) -> int:
        """How many days there are between the past, or the begin, and the day."""
        return 0 if self._start is None else (self.today - self._start.through).days - 1

    def standing(self) -> Standing:
        """Return how the habit stands on the day."""
        past = self._start
        if past is None:
            return Standing(None, False, 0, 0, 0, 0, streak_unit(self.habit.schedule), 0.0)
        past = self._gone_to(past, self._days(past), self.today.toordinal() - 1)
        return next_standing(self.habit, past, self.today, self.values.get(self.today), self.pauses)

    def pasts(self, spans: Iterable[tuple[dt.date, dt.date]]) -> Iterator[Sequence[Past]]:
        """Yield, for spans of days before `today` in their order, what the habit amounts to after each day.

        A day is not one of its span if it is before the begin or not after `past`.
        """
        past = self._start
        if past is None:
            return
        days = self._days(past)
        for first, last in spans:
            first_day = max(first.toordinal(), past.through.toordinal() + 1)
            past = self._gone_to(past, days, first_day - 1)
            of_span = list(self._day_by_day(past, days, range(first_day, last.toordinal() + 1)))
            if of_span:
                past = of_span[-1]
                yield of_span

    def history(self, first: dt.date, last: dt.date) -> History:
        """Return the days from `first` to `last`, and the strength after each occasion that ends among them.

        Streak, strength and rates are those seen from `today`, whatever days are asked for. A `past` is
        before `first` and before all the days of RATE_DAYS.
        """
        past = self._start
        unit = streak_unit(self.habit.schedule)
        if past is None:
            return unbegun(first, last, unit)
        days = self._days(past)
        return recounted(past, days, outcomes(self.habit, days, past, days.today), (first, last), unit)

    def _days(self, past: Past) -> HabitDays:
        values = {day.toordinal(): value for day, value in self.values.items() if day <= self.today}
        return HabitDays(self.habit, past.begin.toordinal(), self.today.toordinal(), values, self.pauses)

    def _gone_to(self, past: Past, days: HabitDays, day: int) -> Past:
        """Return the past at the end of a day, which is before the day of asking."""
        if day <= past.through.toordinal():
            return past
        ended = running_since(self.habit.schedule, days.begin, day + 1) - 1
        while past.through.toordinal() < ended:
            past = self._gone_past_idle_days(past, days, ended)
        return self._within(past, days, day)

    def _gone_past_idle_days(self, past: Past, days: HabitDays, ended: int) -> Past:
        """Return the past after the next days that change nothing, or at the end of the day `ended`.

        On that day the last of the occasions ends that are to be judged.
        """
        after: Figures = past.strength, past.current, past.longest
        for _, last, fading, verdict, share in outcomes(self.habit, days, past, ended):
            after = figures(after, fading, verdict, share)
            idle = self._idle_through(after, days, last, ended)
            if idle > last:
                return Past(past.begin, dt.date.fromordinal(idle), *after)
        return Past(past.begin, dt.date.fromordinal(ended), *after)

    def _idle_through(self, after: Figures, days: HabitDays, last: int, ended: int) -> int:
        """Return through which day after the day `last` nothing changes, up to `ended`.

        That is so without entries, where nothing is left to lose, or all days are paused. The end of a habit
        that was given up may lie thousands of years before the day that is asked for.
        """
        strength, current, _ = after
        is_lost = strength == 0 and current == 0
        idle = ended if is_lost else days.paused_through(last + 1)
        if idle is None:
            return last
        entry = days.next_value(last + 1)
        idle = min(idle, ended, ended if entry is None else entry - 1)
        return running_since(self.habit.schedule, days.begin, idle + 1) - 1

    def _day_by_day(self, past: Past, days: HabitDays, following: Iterable[int]) -> Iterator[Past]:
        """Yield the past at the end of each of the days that follow it."""
        coming = outcomes(self.habit, days, past, days.today)
        outcome = next(coming, None)
        for day in following:
            if outcome is not None and outcome[1] == day:
                past = _gone_on(past, outcome)
                outcome = next(coming, None)
            else:
                past = self._within(past, days, day)
            yield past

    def _within(self, past: Past, days: HabitDays, day: int) -> Past:
        """Return the past at the end of a day before which no other occasion ends."""
        through = past.through.toordinal()
        if through == day:
            return past
        if not isinstance(self.habit.schedule, Times):
            return past._replace(through=dt.date.fromordinal(day))
        return past._replace(
            through=dt.date.fromordinal(day),
            done=past.done + days.done_between(through + 1, day),
            asked=past.asked + days.asked_between(through + 1, day),
        )


def next_standing(
    habit: Habit, past: Past, today: dt.date, value: float | None, pauses: PausedStretches
) -> Standing:
    """Return how a habit stands on the day after a past, of whose entry that is the value, if it has one."""
    day, begin = today.toordinal(), past.begin.toordinal()
    occasion = occasion_on(habit.schedule, begin, day)
    if occasion is None or pauses:
        days = NextDay(habit, begin, day, value, pauses)
        state, done, needed, after = _next_day(habit, days, past, occasion)
    else:
        state, done, needed, after = _next_day_without_pauses(habit, occasion, past, day, value)
    strength, current, longest = after
    unit = streak_unit(habit.schedule)
    return Standing(state, state == OPEN, done, needed, current, longest, unit, round(strength, 3))


def _next_day(
    habit: Habit, days: NextDay, past: Past, occasion: Occasion | None
) -> tuple[str, int, int, Figures]:
    """Return the state of the day, how many days of its occasion are done, of how many, and the figures."""
    before: Figures = past.strength, past.current, past.longest
    if occasion is None:
        return state_of(days, days.today, None), len(days.done), 0, before
    now = judge(habit, days, occasion, past)
    after = figures(before, occasion.fading, now.verdict, now.share)
    return state_of(days, days.today, now.verdict), now.done, now.needed, after


def _next_day_without_pauses(
    habit: Habit, occasion: Occasion, past: Past, day: int, value: float | None
) -> tuple[str, int, int, Figures]:
    """Return what `_next_day` does, in a fraction of the time: before it ends, an occasion is kept or open.

    To an occasion of a single day a past adds no days.
    """
    _, _, strength, current, longest, done, asked = past
    first, last, times, fading = occasion
    is_done = value is not None and habit.done_by(value)
    done += is_done
    needed = -(-times * (asked + last - day + 1) // (last - first + 1))
    if done < needed:
        return DONE if is_done else OPEN, done, needed, (strength, current, longest)
    after = figures((strength, current, longest), fading, KEPT, 1.0)
    return DONE if is_done else REST, done, needed, after


@lru_cache(maxsize=4096)
def streak_unit(schedule: Schedule) -> str:
    """Return what a streak under the schedule counts: days, times, weeks, months or periods."""
    if isinstance(schedule, Daily):
        return "days"
    if not isinstance(schedule, Times):
        return "times"
    return {WEEK: "weeks", MONTH: "months"}.get(str(schedule.per), "periods")


def _gone_on(past: Past, outcome: Outcome) -> Past:
    """Return the past with one more occasion in it."""
    _, last, fading, verdict, share = outcome
    before = past.strength, past.current, past.longest
    return Past(past.begin, dt.date.fromordinal(last), *figures(before, fading, verdict, share))
