"""What is due, what was kept, and how strong a habit is, seen from one day.

Occasions are judged one by one. A single day is kept if it is done, void if it is paused and not done, open
if it is the day of asking, else missed. A period needs ceil(times x a / L) done days, L being its length and
a its days since the begin that are done or not paused; it is void if a is 0, kept once so many days are done,
open while the day of asking lies in it, else missed.

The strength s is the exponential smoothing of Loop Habit Tracker (score of a day: m = 0.5^(sqrt(f) / 13) at
the frequency f), carried over to occasions so that the half-life in days is the same: s = s m + c (1 - m),
where m = 0.5^(e / 13), c is the share of the occasion that was reached, and e is 1 for every day,
sqrt(7 / weekdays), sqrt(days), or sqrt(times x L).
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from attrs import evolve, frozen

from mosaic_core.schedules.days import HabitDays
from mosaic_core.schedules.model import (
    DONE,
    MISSED,
    MONTH,
    OPEN,
    PAUSED,
    REST,
    WEEK,
    AtLeast,
    Daily,
    DayState,
    Habit,
    History,
    Past,
    PausedDays,
    Schedule,
    Standing,
    Streak,
    StrengthPoint,
    Times,
)
from mosaic_core.schedules.occasions import Occasion, occasions

RATE_DAYS = (30, 90, 365)
"""The lengths of the windows, in days, over which rates are told."""

_HALF_LIFE = 13
_KEPT = "kept"
_VOID = "void"


class _Judged(NamedTuple):
    """What became of an occasion: its `verdict` is _KEPT, MISSED, OPEN or _VOID, `share` what was reached."""

    occasion: Occasion
    verdict: str
    done: int
    needed: int
    share: float

    @property
    def counts(self) -> bool:
        return self.verdict in {_KEPT, MISSED}


@frozen
class HabitCalculator:
    """Computes what a habit amounts to, seen from the day `today`.

    `values` are those of the activity's entries, by day; days after `today` do not count. `pauses` may
    overlap. With a `past`, the values of days up to `past.through` are not needed.
    """

    habit: Habit
    today: dt.date
    values: Mapping[dt.date, float]
    pauses: Sequence[PausedDays] = ()
    past: Past | None = None

    def standing(self) -> Standing:
        """Return how the habit stands on the day."""
        past = self.past or self._nothing_yet()
        if past is None:
            return Standing(None, False, 0, 0, self._streak(None), 0.0)
        days = self._days(past)
        now: _Judged | None = None
        for judged in self._judged(days, past):
            past = _gone_on(past, judged)
            now = judged if judged.occasion.last >= days.today else None
        done, needed = (now.done, now.needed) if now else (int(days.is_done(days.today)), 0)
        state = _state(days, days.today, now)
        return Standing(state, state == OPEN, done, needed, self._streak(past), round(past.strength, 3))

    def closed(self) -> Past | None:
        """Return what the occasions amount to that ended before the day; None if the habit has not begun."""
        past = self.past or self._nothing_yet()
        if past is None:
            return None
        days = self._days(past)
        for judged in self._judged(days, past):
            if judged.occasion.last < days.today:
                past = _gone_on(past, judged)
        return past

    def history(self, first: dt.date, last: dt.date) -> History:
        """Return the days from `first` to `last`, and the strength after each occasion that ends among them.

        Streak, strength and rates are those seen from `today`, whatever days are asked for. All values are
        needed: a `past` is not looked at.
        """
        past = self._nothing_yet()
        if past is None:
            return History(tuple(self._unbegun(first, last)), self._streak(None), 0.0, _rates((), 0), ())
        days = self._days(past)
        judged = list(self._judged(days, past))
        points = []
        for one in judged:
            past = _gone_on(past, one)
            if one.counts:
                points.append(StrengthPoint(_told_on(one, days.today), round(past.strength, 3)))
        return History(
            days=tuple(_states(days, judged, first, last)),
            streak=self._streak(past),
            strength=round(past.strength, 3),
            rates=_rates(judged, days.today),
            strengths=tuple([point for point in points if first <= point.date <= last]),
        )

    def _nothing_yet(self) -> Past | None:
        """Return the past before the first occasion, None if there is no entry up to the day."""
        begin = min((day for day in self.values if day <= self.today), default=None)
        return None if begin is None else Past(begin, begin - dt.timedelta(days=1))

    def _days(self, past: Past) -> HabitDays:
        values = {day.toordinal(): value for day, value in self.values.items()}
        return HabitDays(self.habit, past.begin.toordinal(), self.today.toordinal(), values, self.pauses)

    def _judged(self, days: HabitDays, past: Past) -> Iterator[_Judged]:
        judge = _judge_period if isinstance(self.habit.schedule, Times) else self._judge_day
        for occasion in occasions(self.habit.schedule, days.begin, past.through.toordinal(), days.today):
            yield judge(days, occasion)

    def _judge_day(self, days: HabitDays, occasion: Occasion) -> _Judged:
        day = occasion.first
        if days.is_done(day):
            return _Judged(occasion, _KEPT, 1, 1, 1.0)
        if days.is_paused(day):
            return _Judged(occasion, _VOID, 0, 1, 0.0)
        verdict = OPEN if day == days.today else MISSED
        return _Judged(occasion, verdict, 0, 1, self._share(days.value(day) or 0.0))

    def _share(self, value: float) -> float:
        """Return how far a value that is not enough reaches."""
        target = self.habit.target
        if isinstance(target, AtLeast) and target.value > 0:
            return max(value, 0.0) / target.value
        return 0.0

    def _streak(self, past: Past | None) -> Streak:
        unit = streak_unit(self.habit.schedule)
        return Streak(0, 0, unit) if past is None else Streak(past.current, past.longest, unit)

    def _unbegun(self, first: dt.date, last: dt.date) -> Iterator[DayState]:
        for day in range(first.toordinal(), last.toordinal() + 1):
            yield DayState(dt.date.fromordinal(day), None, None)


def streak_unit(schedule: Schedule) -> str:
    """Return what a streak under the schedule counts: days, times, weeks, months or periods."""
    if isinstance(schedule, Daily):
        return "days"
    if not isinstance(schedule, Times):
        return "times"
    return {WEEK: "weeks", MONTH: "months"}.get(str(schedule.per), "periods")


def _judge_period(days: HabitDays, occasion: Occasion) -> _Judged:
    done = days.done_between(occasion.first, occasion.last)
    asked = days.asked_between(occasion.first, occasion.last)
    if asked == 0:
        return _Judged(occasion, _VOID, done, 0, 0.0)
    needed = -(-occasion.times * asked // (occasion.last - occasion.first + 1))
    share = min(done / needed, 1.0)
    if done >= needed:
        return _Judged(occasion, _KEPT, done, needed, share)
    return _Judged(occasion, OPEN if occasion.last >= days.today else MISSED, done, needed, share)


def _gone_on(past: Past, judged: _Judged) -> Past:
    """Return the past with one more occasion in it."""
    through = dt.date.fromordinal(judged.occasion.last)
    if not judged.counts:
        return evolve(past, through=through)
    fading = 0.5 ** (judged.occasion.effort / _HALF_LIFE)
    current = past.current + 1 if judged.verdict == _KEPT else 0
    return Past(
        begin=past.begin,
        through=through,
        strength=past.strength * fading + judged.share * (1 - fading),
        current=current,
        longest=max(past.longest, current),
    )


def _state(days: HabitDays, day: int, judged: _Judged | None) -> str:
    """Return the state of a day since the begin, given its occasion, if it has one."""
    if days.is_done(day):
        return DONE
    if days.is_paused(day):
        return PAUSED
    if judged is None or judged.verdict == _KEPT:
        return REST
    return PAUSED if judged.verdict == _VOID else judged.verdict


def _states(days: HabitDays, judged: Iterable[_Judged], first: dt.date, last: dt.date) -> Iterator[DayState]:
    of_day = {day: one for one in judged for day in range(one.occasion.first, one.occasion.last + 1)}
    for day in range(first.toordinal(), last.toordinal() + 1):
        has_state = days.begin <= day <= days.today
        state = _state(days, day, of_day.get(day)) if has_state else None
        yield DayState(dt.date.fromordinal(day), days.value(day), state)


def _told_on(judged: _Judged, today: int) -> dt.date:
    return dt.date.fromordinal(min(judged.occasion.last, today))


def _rates(judged: Sequence[_Judged], today: int) -> dict[int, float | None]:
    """Return, for each length of RATE_DAYS, the share of occasions kept in the days that end with today."""
    rates: dict[int, float | None] = {}
    for length in RATE_DAYS:
        verdicts = [
            one.verdict == _KEPT
            for one in judged
            if one.counts and min(one.occasion.last, today) > today - length
        ]
        rates[length] = round(sum(verdicts) / len(verdicts), 3) if verdicts else None
    return rates
