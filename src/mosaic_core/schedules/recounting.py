"""Going through all that became of a habit's occasions once more, day by day.

A history may have ten years of days, so this is written for speed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from mosaic_core.schedules.days import HabitDays
from mosaic_core.schedules.judging import KEPT, VOID, Figures, Outcome, figures
from mosaic_core.schedules.model import (
    DONE,
    MISSED,
    OPEN,
    PAUSED,
    REST,
    DayState,
    History,
    Past,
    Streak,
    StrengthPoint,
)

RATE_DAYS = (30, 90, 365)
"""The lengths of the windows, in days, over which rates are told."""

_STATES = {MISSED: MISSED, OPEN: OPEN, VOID: PAUSED}
"""The state of a day that is neither done nor paused, by what became of its occasion: if kept, a rest."""

_PASSED_OVER = frozenset({VOID, OPEN})

_date = dt.date.fromordinal

Kept = list[tuple[int, bool]]
"""Of each occasion that counts: its last day, or the day of asking if earlier, and whether it was kept."""


def recounted(
    past: Past, days: HabitDays, outcomes: Iterable[Outcome], span: tuple[dt.date, dt.date], unit: str
) -> History:
    """Return the days of the span, given what became of all occasions since the past."""
    first, last = span[0].toordinal(), span[1].toordinal()
    today = days.today
    begun, ended = max(first, days.begin), min(last, today)
    after: Figures = past.strength, past.current, past.longest
    states: dict[int, str | None] = dict.fromkeys(range(first, last + 1))
    states.update(dict.fromkeys(range(begun, ended + 1), REST))
    points: list[StrengthPoint] = []
    kept: Kept = []
    for start, end, fading, verdict, share in outcomes:
        if verdict != KEPT:
            of_occasion = range(max(start, begun), min(end, ended) + 1)
            states.update(dict.fromkeys(of_occasion, _STATES[verdict]))
        if verdict in _PASSED_OVER:
            continue
        after = figures(after, fading, verdict, share)
        told_on = end if end < today else today  # noqa: FURB136  # faster than min
        kept.append((told_on, verdict == KEPT))
        if first <= told_on <= last:
            points.append(StrengthPoint(_date(told_on), round(after[0], 3)))
    if days.has_pauses:
        states.update((day, PAUSED) for day in range(begun, ended + 1) if days.is_paused(day))
    states.update((day, DONE) for day in days.done if begun <= day <= ended)
    return History(
        days=tuple(map(DayState, map(_date, states), map(days.values.get, states), states.values())),
        streak=Streak(after[1], after[2], unit),
        strength=round(after[0], 3),
        rates=_rates(kept, today),
        strengths=tuple(points),
    )


def unbegun(first: dt.date, last: dt.date, unit: str) -> History:
    """Return the history of a habit that has no entry."""
    days = [DayState(_date(day), None, None) for day in range(first.toordinal(), last.toordinal() + 1)]
    return History(tuple(days), Streak(0, 0, unit), 0.0, _rates([], 0), ())


def _rates(kept: Kept, today: int) -> dict[int, float | None]:
    """Return, for each length of RATE_DAYS, the share of occasions kept in the days that end with today."""
    recent = kept[-max(RATE_DAYS) :]  # each on a day of its own
    return {
        length: _rate([is_kept for day, is_kept in recent if day > today - length]) for length in RATE_DAYS
    }


def _rate(kept: Sequence[bool]) -> float | None:
    return round(sum(kept) / len(kept), 3) if kept else None
