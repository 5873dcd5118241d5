"""Judging occasions: what became of each, and what that makes of a habit.

Occasions are judged one by one. A single day is kept if it is done, void if it is paused and not done, open
if it is the day of asking, else missed. A period needs ceil(times x a / L) done days, L being its length and
a its days since the begin that are done or not paused; it is void if a is 0, kept once so many days are done,
open while the day of asking lies in it, else missed.

The strength s is the exponential smoothing of Loop Habit Tracker (score of a day: m = 0.5^(sqrt(f) / 13) at
the frequency f), carried over to occasions so that the half-life in days is the same: s = s m + c (1 - m),
where m = 0.5^(e / 13), c is the share of the occasion that was reached, and e is 1 for every day,
sqrt(7 / weekdays), sqrt(days), or sqrt(times x L).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mosaic_core.schedules.days import HabitDays
from mosaic_core.schedules.model import DONE, MISSED, OPEN, PAUSED, REST, AtLeast, Habit, Past, Times
from mosaic_core.schedules.occasions import Occasion, fading_of, occasions, single_days

KEPT = "kept"
VOID = "void"

_NOTHING = 1e-15
"""What is left of a strength that nobody can tell from 0."""


class Judged(NamedTuple):
    """What became of an occasion: its `verdict` is KEPT, MISSED, OPEN or VOID, `share` what was reached."""

    verdict: str
    done: int
    needed: int
    share: float


Outcome = tuple[int, int, float, str, float]
"""Of an occasion: its first and last day, what is left of a strength after it, its verdict and its share.

A plain tuple, as ten years have thousands.
"""

Figures = tuple[float, int, int]
"""The strength, the current and the longest streak."""


def outcomes(habit: Habit, days: HabitDays, past: Past, until: int) -> Iterator[Outcome]:
    """Yield what became of the occasions that end after the past and begin by the day `until`."""
    schedule, after = habit.schedule, past.through.toordinal()
    if isinstance(schedule, Times):
        yield from _of_periods(days, past, occasions(schedule, days.begin, after, until))
        return
    fading = fading_of(schedule)
    for day in single_days(schedule, days.begin, after, until):
        verdict, share = _judge_day(habit, days, day)
        yield day, day, fading, verdict, share


def judge(habit: Habit, days: HabitDays, occasion: Occasion, past: Past) -> Judged:
    """Judge an occasion that ends after the past and before which no other one does."""
    if isinstance(habit.schedule, Times):
        return _judge_period(days, occasion, past)
    verdict, share = _judge_day(habit, days, occasion.first)
    return Judged(verdict, int(verdict == KEPT), 1, share)


def figures(before: Figures, fading: float, verdict: str, share: float) -> Figures:
    """Return the figures after one more occasion."""
    strength, current, longest = before
    if verdict == KEPT:
        current += 1
        longest = max(longest, current)
    elif verdict == MISSED:
        current = 0
    else:
        return before
    strength = strength * fading + share * (1 - fading)
    return strength if strength > _NOTHING else 0.0, current, longest


def state_of(days: HabitDays, day: int, verdict: str | None) -> str:
    """Return the state of a day since the begin, given what became of its occasion, if it has one."""
    if day in days.done:
        return DONE
    if days.is_paused(day):
        return PAUSED
    if verdict is None or verdict == KEPT:
        return REST
    return PAUSED if verdict == VOID else verdict


def _judge_day(habit: Habit, days: HabitDays, day: int) -> tuple[str, float]:
    """Return verdict and share of an occasion of a single day."""
    if day in days.done:
        return KEPT, 1.0
    if days.has_pauses and days.is_paused(day):
        return VOID, 0.0
    return OPEN if day == days.today else MISSED, _share(habit, days.values.get(day, 0.0))


def _share(habit: Habit, value: float) -> float:
    """Return how far a value that is not enough reaches."""
    target = habit.target
    if isinstance(target, AtLeast) and target.value > 0:
        return max(value, 0.0) / target.value
    return 0.0


def _of_periods(days: HabitDays, past: Past, periods: Iterable[Occasion]) -> Iterator[Outcome]:
    for period in periods:
        verdict, _, _, share = _judge_period(days, period, past)
        yield period.first, period.last, period.fading, verdict, share
        if past.asked:
            past = past._replace(done=0, asked=0)


def _judge_period(days: HabitDays, occasion: Occasion, past: Past) -> Judged:
    since = max(occasion.first, past.through.toordinal() + 1)
    done = past.done + days.done_between(since, occasion.last)
    asked = past.asked + days.asked_between(since, occasion.last)
    if asked == 0:
        return Judged(VOID, done, 0, 0.0)
    needed = -(-occasion.times * asked // (occasion.last - occasion.first + 1))
    share = min(done / needed, 1.0)
    if done >= needed:
        return Judged(KEPT, done, needed, share)
    return Judged(OPEN if occasion.last >= days.today else MISSED, done, needed, share)
