"""What the statistics are made of and what they tell."""

import datetime as dt
from collections.abc import Sequence

from attrs import frozen


@frozen
class CategoryDay:
    """The positive entries of one day and one category snapshot (`Other` if it is empty).

    `value` and `goal` are exact sums; `done` counts values above 0, `zero` values of 0; `activities` names
    each entry's activity as it is stored.
    """

    category: str
    entries: int
    value: float
    goal: float
    done: int
    zero: int
    activities: tuple[str, ...]


@frozen
class DaySummary:
    """The positive entries of one day: their exact sum, and by category, ordered by name."""

    day: dt.date
    value: float
    categories: tuple[CategoryDay, ...]


@frozen
class DailyValues:
    """The exact sums of consecutive days, `values[0]` being that of `first`; 0 for a day without entries."""

    first: dt.date
    values: Sequence[float]


@frozen
class CategoryCount:
    """A category's entries in 30 days: their number, and their share of all entries in percent."""

    category: str
    count: int
    percent: float


@frozen
class Fulfillment:
    """The mean fulfillment of the last 7 and of the last 30 days, in percent of the goal."""

    last_7_days: float
    last_30_days: float


@frozen
class CategoryFulfillment:
    """A category's mean fulfillment of the last 7 and of the last 30 completed days, in percent."""

    category: str
    last_7_days: float
    last_30_days: float


@frozen
class ActiveDays:
    """How many of `total_days` days were active, as a number of days and in percent."""

    active_days: int
    total_days: int
    percent: float


@frozen
class PositiveNegative:
    """The number of entries with a value above 0, of those with 0, and the ratio of the two.

    `ratio` is positive / max(negative, 1) to one decimal place.
    """

    positive: int
    negative: int
    ratio: float


@frozen
class Consistency:
    """An activity and the share of 30 days, in percent, that have an entry of it."""

    name: str
    consistency_percent: float


@frozen
class CategoryConsistency:
    """A category's most consistent activities, at most three, the most consistent first."""

    category: str
    activities: tuple[Consistency, ...]


@frozen
class Progress:
    """What a person has reached, seen from one day. Percentages have one decimal place.

    `goal_completion_today` is in percent; the streaks are in days, `streak_length` being at most 30.
    """

    goal_completion_today: float
    streak_length: int
    current_streak: int
    longest_streak: int
    activity_distribution: tuple[CategoryCount, ...]
    avg_goal_fulfillment: Fulfillment
    avg_goal_fulfillment_by_category: tuple[CategoryFulfillment, ...]
    active_days_ratio: ActiveDays
    positive_vs_negative: PositiveNegative
    top_consistent_activities_by_category: tuple[CategoryConsistency, ...]
