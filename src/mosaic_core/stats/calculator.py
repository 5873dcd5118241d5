"""How well a person's days match their goals, seen from one day.

Only positive activities and entries count. Seen from the day T:

- The goal G is the sum of the goals of the activities active on T; a category's goal is the same sum over
  the activities of that category.
- A day's fulfillment is min(sum of its values / G, 1), and 0 if that sum is negative or there is no goal. So
  every day is measured by the goals of T, not by those of its own time.
- A category's fulfillment on a day is the same with that category's values. Its goal is the larger of the
  category's goal on T and what the day's own entries of the category aimed at; so a goal that was lowered or
  an activity that is gone does not make an old day look better than it was.
- A day is active when its fulfillment is at least one half, less a billionth that forgives rounding.
"""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from attrs import frozen

from mosaic_core.activities.model import CategoryGoal
from mosaic_core.stats.model import (
    ActiveDays,
    CategoryConsistency,
    CategoryCount,
    CategoryDay,
    CategoryFulfillment,
    Consistency,
    DailyValues,
    DaySummary,
    Fulfillment,
    PositiveNegative,
    Progress,
)
from mosaic_core.stats.summary import OTHER, exact_sum
from mosaic_core.texts import name_key

WEEK_DAYS = 7
MONTH_DAYS = 30
SUMMARY_DAYS = MONTH_DAYS + 1
"""How many days' summaries the calculator looks at: those of the asked day and of the 30 before it."""

ACTIVE_FROM = 0.5 - 1e-9
"""The fulfillment from which a day is active."""

_TOP_ACTIVITIES = 3


@frozen
class StatsCalculator:
    """Computes a person's progress as it is seen from `day`.

    `goals` are those of the person's own activities that aim at something then. `summaries` are those of the
    SUMMARY_DAYS days that end with `day`, in any order; a day without one has no positive entries, and other
    days' do not count. `daily` ends with `day` or is empty.
    """

    day: dt.date
    goals: Sequence[CategoryGoal]
    summaries: Sequence[DaySummary]
    daily: DailyValues

    def progress(self) -> Progress:
        """Return every figure.

        Today's share and the figures about entries cover the 30 days that end with `day`; those about
        completed days (streak, active days, fulfillment by category) the 30 days before `day`.
        """
        goal = exact_sum([goal for _, goal in self.goals])
        days = self._newest_first()
        fulfilled = [fulfillment(day.value, goal) for day in days]
        active_before = [share >= ACTIVE_FROM for share in fulfilled[1:]]
        current, longest = streaks(self.daily.values, goal)
        parts = _by_category(days[:MONTH_DAYS])
        return Progress(
            goal_completion_today=_percent(fulfilled[0]),
            streak_length=[*active_before, False].index(False),
            current_streak=current,
            longest_streak=longest,
            activity_distribution=_distribution(parts),
            avg_goal_fulfillment=Fulfillment(
                last_7_days=_mean_percent(fulfilled[:WEEK_DAYS]),
                last_30_days=_mean_percent(fulfilled[:MONTH_DAYS]),
            ),
            avg_goal_fulfillment_by_category=_fulfillment_by_category(self.goals, days[1:]),
            active_days_ratio=_active_days(active_before),
            positive_vs_negative=_positive_vs_negative(parts),
            top_consistent_activities_by_category=_top_consistent(parts),
        )

    def _newest_first(self) -> list[DaySummary]:
        """Return SUMMARY_DAYS summaries without gaps, `day`'s first, then the day before's, and so on."""
        known = {summary.day: summary for summary in self.summaries}
        last = self.day.toordinal()
        days = [dt.date.fromordinal(max(last - back, 1)) for back in range(SUMMARY_DAYS)]
        return [known.get(day) or DaySummary(day, 0.0, ()) for day in days]


def fulfillment(value: float, goal: float) -> float:
    """Return how far `value` reaches towards `goal`, from 0 to 1: min(max(value, 0) / goal, 1).

    Without a goal it is 0.
    """
    if value <= 0 or goal <= 0:
        return 0.0
    return value / goal if value < goal else 1.0


def least_active_value(goal: float) -> float:
    """Return the smallest sum of values that makes a day active; infinity if no sum does.

    For every finite float v: v >= least_active_value(goal) exactly if fulfillment(v, goal) >= ACTIVE_FROM.
    One such float exists, as a rounded quotient never falls while its dividend grows. The rounded product
    ACTIVE_FROM * goal is that float or just below it: it is at most half a float's distance too large, and
    the next float below it has too small a quotient.
    """
    if goal <= 0:
        return math.inf
    least = ACTIVE_FROM * goal
    while least / goal < ACTIVE_FROM:
        least = math.nextafter(least, math.inf)
    return least


def streaks(values: Sequence[float], goal: float) -> tuple[int, int]:
    """Return the lengths of the current and of the longest streak of active days.

    `values` are the sums of consecutive days, the last one being the day it is seen from. The current streak
    ends with that day if it is active, else with the day before: today may still become active.
    """
    least = least_active_value(goal)
    active = bytes([value >= least for value in values])
    current = active.removesuffix(b"\0").rsplit(b"\0", 1)[-1]
    longest = max(active.split(b"\0"))  # of rows of equal bytes the greatest is the longest
    return len(current), len(longest)


def _percent(share: float) -> float:
    return round(share * 100, 1)


def _mean_percent(shares: Sequence[float]) -> float:
    return _percent(exact_sum(shares) / len(shares))


def _case_order(category: str) -> tuple[str, str]:
    """Order categories regardless of case; those that differ in nothing else still have one order."""
    return name_key(category), category


def _goals_by_category(goals: Iterable[CategoryGoal]) -> dict[str, float]:
    """Return each category's goal for one day."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for category, goal in goals:
        found[category or OTHER].append(goal)
    return {category: exact_sum(each) for category, each in found.items()}


def _by_category(days: Iterable[DaySummary]) -> dict[str, list[CategoryDay]]:
    """Return the days' parts by category, in the order of the days."""
    parts: defaultdict[str, list[CategoryDay]] = defaultdict(list)
    for day in days:
        for part in day.categories:
            parts[part.category].append(part)
    return dict(parts)


def _distribution(parts: Mapping[str, Sequence[CategoryDay]]) -> tuple[CategoryCount, ...]:
    """Return each category's entries, the most first: their number, and their share of all entries."""
    counts = {category: sum([part.entries for part in each]) for category, each in parts.items()}
    total = sum(counts.values())
    ordered = sorted(counts, key=lambda category: (-counts[category], _case_order(category)))
    return tuple([CategoryCount(name, counts[name], _percent(counts[name] / total)) for name in ordered])


def _fulfillment_by_category(
    goals: Iterable[CategoryGoal], days: Sequence[DaySummary]
) -> tuple[CategoryFulfillment, ...]:
    """Return each category's mean fulfillment over the first days, given newest first."""
    aims = _goals_by_category(goals)
    week, month = _by_category(days[:WEEK_DAYS]), _by_category(days[:MONTH_DAYS])
    told = []
    for category in sorted({*aims, *month}, key=_case_order):
        goal, parts = aims.get(category, 0.0), month.get(category, ())
        shares = [fulfillment(part.value, max(goal, part.goal)) for part in parts]
        in_week = len(week.get(category, ()))  # those of the week come first
        told.append(
            CategoryFulfillment(
                category=category,
                last_7_days=_percent(exact_sum(shares[:in_week]) / WEEK_DAYS),
                last_30_days=_percent(exact_sum(shares) / MONTH_DAYS),
            )
        )
    return tuple(told)


def _active_days(active: Sequence[bool]) -> ActiveDays:
    count = sum(active)
    return ActiveDays(active_days=count, total_days=len(active), percent=_percent(count / len(active)))


def _positive_vs_negative(parts: Mapping[str, Sequence[CategoryDay]]) -> PositiveNegative:
    """Return how many entries were done and how many left at 0; a value below 0 is neither."""
    done = sum([part.done for each in parts.values() for part in each])
    zero = sum([part.zero for each in parts.values() for part in each])
    return PositiveNegative(positive=done, negative=zero, ratio=round(done / max(zero, 1), 1))


def _top_consistent(parts: Mapping[str, Sequence[CategoryDay]]) -> tuple[CategoryConsistency, ...]:
    ordered = sorted(parts, key=_case_order)
    return tuple([CategoryConsistency(name, _most_consistent(parts[name])) for name in ordered])


def _most_consistent(parts: Sequence[CategoryDay]) -> tuple[Consistency, ...]:
    """Return the activities with entries on the most of MONTH_DAYS days, given one category's newest first.

    A day has at most one entry of an activity, so counting its entries counts its days. Spellings of one name
    are one activity, told in the newest spelling.
    """
    spellings: dict[str, str] = {}
    days: defaultdict[str, int] = defaultdict(int)
    for name, count in Counter(chain.from_iterable([part.activities for part in parts])).items():
        key = name_key(name)
        spellings.setdefault(key, name)
        days[key] += count
    best = sorted(days, key=lambda key: (-days[key], key))[:_TOP_ACTIVITIES]
    return tuple([Consistency(spellings[key], _percent(days[key] / MONTH_DAYS)) for key in best])
