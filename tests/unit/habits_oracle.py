"""Habits once more, computed slowly and plainly, day by day and period by period, from all entries.

Nothing here goes on from a kept past, merges pauses or calls the calculator of the core.
"""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Habit, PausedDays, Times, Weekdays

ONE_DAY = dt.timedelta(days=1)
LETTERS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}


class NaiveHabit:
    def __init__(
        self, habit: Habit, today: dt.date, values: Mapping[dt.date, float], pauses: Sequence[PausedDays]
    ) -> None:
        self.habit = habit
        self.today = today
        self.values = {day: value for day, value in values.items() if day <= today}
        self.pauses = pauses
        self.begin = min(self.values, default=None)

    def done(self, day: dt.date) -> bool:
        if day not in self.values:
            return False
        value, target = self.values[day], self.habit.target
        if isinstance(target, AtLeast):
            return value >= target.value
        if isinstance(target, AtMost):
            return value <= target.value
        return value <= 0 if self.habit.negative else value > 0

    def paused(self, day: dt.date) -> bool:
        return any(one.first <= day and (one.last is None or day <= one.last) for one in self.pauses)

    def occasions(self) -> list[dict[str, Any]]:
        """Return every occasion from the begin to today with what became of it."""
        if self.begin is None:
            return []
        found: list[dict[str, Any]] = []
        day = self.begin
        while day <= self.today:
            if isinstance(self.habit.schedule, Times):
                first, last = self.period(self.habit.schedule, day)
                found.append(self.judge_period(self.habit.schedule, first, last))
                day = last + ONE_DAY
                continue
            if self.wanted(day):
                found.append(self.judge_day(day))
            day += ONE_DAY
        return found

    def wanted(self, day: dt.date) -> bool:
        schedule = self.habit.schedule
        if isinstance(schedule, Daily):
            return True
        if isinstance(schedule, Weekdays):
            return day.weekday() in {LETTERS[name] for name in schedule.days}
        assert isinstance(schedule, Every)
        start = schedule.from_ or self.begin
        assert start is not None
        return day >= start and (day - start).days % schedule.days == 0

    def period(self, schedule: Times, day: dt.date) -> tuple[dt.date, dt.date]:
        first = last = day
        while self.period_name(schedule, first - ONE_DAY) == self.period_name(schedule, day):
            first -= ONE_DAY
        while self.period_name(schedule, last + ONE_DAY) == self.period_name(schedule, day):
            last += ONE_DAY
        return first, last

    def period_name(self, schedule: Times, day: dt.date) -> object:
        if schedule.per == "week":
            return day.isocalendar()[:2]
        if schedule.per == "month":
            return day.year, day.month
        start = schedule.from_ or self.begin
        assert start is not None
        return math.floor(Fraction((day - start).days, int(schedule.per)))

    def judge_period(self, schedule: Times, first: dt.date, last: dt.date) -> dict[str, Any]:
        assert self.begin is not None
        days = [first + ONE_DAY * n for n in range((last - first).days + 1)]
        done = sum(self.done(day) for day in days)
        asked = sum(day >= self.begin and (self.done(day) or not self.paused(day)) for day in days)
        needed = math.ceil(Fraction(schedule.times * asked, len(days)))
        if asked == 0:
            verdict = "void"
        elif done >= needed:
            verdict = "kept"
        else:
            verdict = "open" if first <= self.today <= last else "missed"
        share = min(done / needed, 1.0) if needed else 0.0
        e = math.sqrt(schedule.times * len(days))
        return {"days": days, "verdict": verdict, "share": share, "e": e, "done": done, "needed": needed}

    def judge_day(self, day: dt.date) -> dict[str, Any]:
        done = self.done(day)
        if done:
            verdict = "kept"
        elif self.paused(day):
            verdict = "void"
        else:
            verdict = "open" if day == self.today else "missed"
        target = self.habit.target
        share = 1.0 if done else 0.0
        if isinstance(target, AtLeast) and target.value > 0:
            share = min(max(self.values.get(day, 0.0), 0.0) / target.value, 1.0)
        schedule = self.habit.schedule
        e = 1.0
        if isinstance(schedule, Weekdays):
            e = math.sqrt(7 / len(schedule.days))
        if isinstance(schedule, Every):
            e = math.sqrt(schedule.days)
        return {
            "days": [day], "verdict": verdict, "share": share, "e": e, "done": int(done), "needed": 1
        }  # fmt: skip

    def counted(self) -> list[dict[str, Any]]:
        return [one for one in self.occasions() if one["verdict"] in {"kept", "missed"}]

    def streak(self) -> tuple[int, int]:
        row = longest = 0
        for one in self.counted():
            row = row + 1 if one["verdict"] == "kept" else 0
            longest = max(longest, row)
        return row, longest

    def strengths(self) -> Iterator[tuple[dt.date, float]]:
        strength = 0.0
        for one in self.counted():
            m = 0.5 ** (one["e"] / 13)
            strength = strength * m + one["share"] * (1 - m)
            yield min(one["days"][-1], self.today), strength

    def rate(self, length: int) -> float | None:
        window = {self.today - ONE_DAY * n for n in range(length)}
        inside = [one for one in self.counted() if min(one["days"][-1], self.today) in window]
        if not inside:
            return None
        kept = len([one for one in inside if one["verdict"] == "kept"])
        return round(kept / len(inside), 3)

    def state(self, day: dt.date) -> str | None:
        if self.begin is None or not self.begin <= day <= self.today:
            return None
        if self.done(day):
            return "done"
        if self.paused(day):
            return "paused"
        for one in self.occasions():
            if day in one["days"]:
                verdict: str = one["verdict"]
                return {"kept": "rest", "void": "paused"}.get(verdict, verdict)
        return "rest"

    def progress_of_today(self) -> tuple[int, int]:
        for one in self.occasions():
            if self.today in one["days"]:
                return one["done"], one["needed"]
        return int(self.done(self.today)), 0
