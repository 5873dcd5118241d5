"""The statistics once more, computed slowly and plainly from raw entries: what the fast way must tell.

Nothing here sums up in advance, sums with floats or calls the statistics of the core.
"""

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry

LARGEST = sys.float_info.max


def naive_sum(numbers: Iterable[float]) -> float:
    """Return the rational sum as the nearest float within the range of floats."""
    total = Fraction(0)
    for number in numbers:
        total += Fraction(number)
    if total > Fraction(LARGEST):
        return LARGEST
    if total < Fraction(-LARGEST):
        return -LARGEST
    return float(total)


def naive_progress(day: dt.date, activities: Sequence[Activity], entries: Sequence[Entry]) -> dict[str, Any]:
    """Return every figure as JSON would have it, from one user's activities and entries of any day."""
    return _Record(day, activities, entries).progress()


class _Record:
    def __init__(self, day: dt.date, activities: Sequence[Activity], entries: Sequence[Entry]) -> None:
        self.day = day
        self.aimed = [
            activity
            for activity in activities
            if activity.activity_type == "positive"
            and (activity.active or (activity.deactivated_at is not None and activity.deactivated_at > day))
        ]
        self.by_day: dict[dt.date, list[Entry]] = {}
        for entry in entries:
            if entry.activity_type == "positive" and entry.date <= day:
                self.by_day.setdefault(entry.date, []).append(entry)
        self.goal = naive_sum(activity.goal for activity in self.aimed)

    def progress(self) -> dict[str, Any]:
        completed = [self.ago(days) for days in range(1, 31)]
        shown = [self.ago(days) for days in range(30)]
        active = sum(self.is_active(day) for day in completed)
        return {
            "goal_completion_today": percent(self.share(self.day)),
            "streak_length": min(self.row_ending(self.ago(1)), 30),
            "current_streak": self.row_ending(self.day if self.is_active(self.day) else self.ago(1)),
            "longest_streak": max((self.row_ending(day) for day in self.by_day), default=0),
            "activity_distribution": self.distribution(shown),
            "avg_goal_fulfillment": {
                "last_7_days": percent(mean([self.share(day) for day in shown[:7]])),
                "last_30_days": percent(mean([self.share(day) for day in shown])),
            },
            "avg_goal_fulfillment_by_category": self.by_category(completed),
            "active_days_ratio": {
                "active_days": active,
                "total_days": 30,
                "percent": percent(active / 30),
            },
            "positive_vs_negative": self.positive_vs_negative(shown),
            "top_consistent_activities_by_category": self.consistency(shown),
        }

    def ago(self, days: int) -> dt.date:
        return self.day - dt.timedelta(days=days)

    def entries(self, days: Sequence[dt.date]) -> list[Entry]:
        return [entry for day in days for entry in self.by_day.get(day, [])]

    def share(self, day: dt.date) -> float:
        value = naive_sum(entry.value for entry in self.entries([day]))
        return 0.0 if self.goal == 0 else min(max(value, 0.0) / self.goal, 1.0)

    def is_active(self, day: dt.date) -> bool:
        return self.share(day) >= 0.5 - 1e-9

    def row_ending(self, day: dt.date) -> int:
        length = 0
        while self.is_active(day):
            length += 1
            day -= dt.timedelta(days=1)
        return length

    def distribution(self, days: Sequence[dt.date]) -> list[dict[str, Any]]:
        categories = [category_of(entry) for entry in self.entries(days)]
        rows = [
            {
                "category": category,
                "count": categories.count(category),
                "percent": percent(categories.count(category) / len(categories)),
            }
            for category in in_order(categories)
        ]
        return sorted(rows, key=lambda row: row["count"], reverse=True)

    def category_share(self, category: str, day: dt.date) -> float:
        entries = [entry for entry in self.entries([day]) if category_of(entry) == category]
        aimed_now = naive_sum(one.goal for one in self.aimed if (one.category or "Other") == category)
        goal = max(aimed_now, naive_sum(entry.activity_goal for entry in entries))
        value = naive_sum(entry.value for entry in entries)
        return 0.0 if goal == 0 else min(max(value, 0.0) / goal, 1.0)

    def by_category(self, days: Sequence[dt.date]) -> list[dict[str, Any]]:
        named = [one.category or "Other" for one in self.aimed]
        named += [category_of(entry) for entry in self.entries(days)]
        return [
            {
                "category": category,
                "last_7_days": percent(mean([self.category_share(category, day) for day in days[:7]])),
                "last_30_days": percent(mean([self.category_share(category, day) for day in days])),
            }
            for category in in_order(named)
        ]

    def positive_vs_negative(self, days: Sequence[dt.date]) -> dict[str, Any]:
        values = [entry.value for entry in self.entries(days)]
        positive = len([value for value in values if value > 0])
        negative = len([value for value in values if value == 0])
        return {"positive": positive, "negative": negative, "ratio": round(positive / max(negative, 1), 1)}

    def consistency(self, days: Sequence[dt.date]) -> list[dict[str, Any]]:
        entries = self.entries(days)
        return [
            {
                "category": category,
                "activities": top_three([entry for entry in entries if category_of(entry) == category]),
            }
            for category in in_order([category_of(entry) for entry in entries])
        ]


def top_three(newest_first: Sequence[Entry]) -> list[dict[str, Any]]:
    days: dict[str, set[dt.date]] = {}
    spelling: dict[str, str] = {}
    for entry in newest_first:
        name = entry.activity.casefold()
        days.setdefault(name, set()).add(entry.date)
        spelling.setdefault(name, entry.activity)
    by_name = sorted(days)
    by_days = sorted(by_name, key=lambda name: len(days[name]), reverse=True)
    return [
        {"name": spelling[name], "consistency_percent": percent(len(days[name]) / 30)} for name in by_days[:3]
    ]


def category_of(entry: Entry) -> str:
    return entry.activity_category if entry.activity_category != "" else "Other"


def in_order(categories: Iterable[str]) -> list[str]:
    """Return each category once, by name regardless of case."""
    return sorted(sorted(set(categories)), key=str.casefold)


def mean(shares: Sequence[float]) -> float:
    """Return the exact sum, rounded, divided by the number of shares."""
    return naive_sum(shares) / len(shares)


def percent(share: float) -> float:
    return round(share * 100, 1)
