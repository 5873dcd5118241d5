"""What a person has reached, seen from one day."""

import datetime as dt
import json
import math
import sys
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from attrs import asdict
from hypothesis import example, given
from hypothesis import strategies as st

from mosaic_core.activities.model import Activity, CategoryGoal
from mosaic_core.calendar import window
from mosaic_core.entries.model import PERSON, Entry
from mosaic_core.stats.calculator import (
    ACTIVE_FROM,
    SUMMARY_DAYS,
    StatsCalculator,
    fulfillment,
    least_active_value,
    streaks,
)
from mosaic_core.stats.model import DailyValues, DaySummary, Progress
from mosaic_core.stats.summary import positive_entries, summarise
from unit.stats_oracle import naive_progress

T = dt.date(2024, 6, 1)
LARGEST = sys.float_info.max


def activity(
    name: str = "Running",
    category: str = "Health",
    goal: float = 1.0,
    kind: str = "positive",
    active: int = 1,
    deactivated_at: dt.date | None = None,
) -> Activity:
    return Activity(1, 1, name, category, kind, goal, "", active, 1, 7, deactivated_at)


def entry(
    ago: int,
    value: float,
    name: str = "Running",
    category: str = "Health",
    goal: float = 1.0,
    kind: str = "positive",
) -> Entry:
    return Entry(0, 1, T - dt.timedelta(days=ago), name, value, "", "", category, goal, kind, PERSON)


def summaries(entries: Iterable[Entry]) -> dict[dt.date, DaySummary]:
    by_day: dict[dt.date, list[Entry]] = {}
    for one in entries:
        by_day.setdefault(one.date, []).append(one)
    found = [summarise(day, positive_entries(by_day[day])) for day in sorted(by_day)]
    return {summary.day: summary for summary in found if summary is not None}


def daily_values(known: dict[dt.date, DaySummary], last: dt.date, days_before_first: int) -> DailyValues:
    reached = [day for day in known if day <= last]
    if not reached:
        return DailyValues(last, array("d"))
    first = min(reached) - dt.timedelta(days=days_before_first)
    days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
    return DailyValues(first, array("d", [known[day].value if day in known else 0.0 for day in days]))


def goals_of(activities: Sequence[Activity]) -> list[CategoryGoal]:
    return [(one.category, one.goal) for one in activities if one.aims_on(T)]


def progress(
    activities: Sequence[Activity], entries: Sequence[Entry], days_before_first: int = 0
) -> Progress:
    """Compute the progress on T from what a store would tell of the entries."""
    known = summaries(entries)
    first, last = window(T, SUMMARY_DAYS)
    return StatsCalculator(
        day=T,
        goals=goals_of(activities),
        summaries=[summary for day, summary in known.items() if first <= day <= last],
        daily=daily_values(known, T, days_before_first),
    ).progress()


def shown(told: Progress) -> dict[str, Any]:
    as_json: dict[str, Any] = json.loads(json.dumps(asdict(told)))
    return as_json


NOTHING = {
    "goal_completion_today": 0.0,
    "streak_length": 0,
    "current_streak": 0,
    "longest_streak": 0,
    "activity_distribution": [],
    "avg_goal_fulfillment": {"last_7_days": 0.0, "last_30_days": 0.0},
    "avg_goal_fulfillment_by_category": [],
    "active_days_ratio": {"active_days": 0, "total_days": 30, "percent": 0.0},
    "positive_vs_negative": {"positive": 0, "negative": 0, "ratio": 0.0},
    "top_consistent_activities_by_category": [],
}

THREE_ACTIVITIES = [
    activity("Running", "Health", 1.0),
    activity("Reading", "Learning", 0.5),
    activity("Meditation", "Wellness", 0.5),
]
A_WEEK = [
    *[entry(ago, value, "Running", "Health", 1.0) for ago, value in enumerate([0.8, 1.0, 1.1, 0.6, 1.0])],
    *[
        entry(ago, value, "Reading", "Learning", 0.5)
        for ago, value in {0: 0.5, 1: 0.4, 2: 0.5, 5: 0.0}.items()
    ],
    *[
        entry(ago, value, "Meditation", "Wellness", 0.5)
        for ago, value in {0: 0.2, 1: 0.5, 4: 0.5, 7: 0.5}.items()
    ],
]
A_WEEK_SHOWN = {
    "goal_completion_today": 75.0,
    "streak_length": 2,
    "current_streak": 3,
    "longest_streak": 3,
    "activity_distribution": [
        {"category": "Health", "count": 5, "percent": 38.5},
        {"category": "Learning", "count": 4, "percent": 30.8},
        {"category": "Wellness", "count": 4, "percent": 30.8},
    ],
    "avg_goal_fulfillment": {"last_7_days": 50.7, "last_30_days": 12.7},
    "avg_goal_fulfillment_by_category": [
        {"category": "Health", "last_7_days": 51.4, "last_30_days": 12.0},
        {"category": "Learning", "last_7_days": 25.7, "last_30_days": 6.0},
        {"category": "Wellness", "last_7_days": 42.9, "last_30_days": 10.0},
    ],
    "active_days_ratio": {"active_days": 3, "total_days": 30, "percent": 10.0},
    "positive_vs_negative": {"positive": 12, "negative": 1, "ratio": 12.0},
    "top_consistent_activities_by_category": [
        {"category": "Health", "activities": [{"name": "Running", "consistency_percent": 16.7}]},
        {"category": "Learning", "activities": [{"name": "Reading", "consistency_percent": 13.3}]},
        {"category": "Wellness", "activities": [{"name": "Meditation", "consistency_percent": 13.3}]},
    ],
}


def test_a_week_of_three_activities_shows_the_figures_reckoned_by_hand() -> None:
    assert shown(progress(THREE_ACTIVITIES, A_WEEK)) == A_WEEK_SHOWN


def test_the_naive_way_shows_the_figures_reckoned_by_hand() -> None:
    assert naive_progress(T, THREE_ACTIVITIES, A_WEEK) == A_WEEK_SHOWN


def test_without_activities_and_entries_there_is_nothing_to_show() -> None:
    assert shown(progress([], [])) == NOTHING


def test_an_activity_without_entries_shows_its_category_at_nothing() -> None:
    assert shown(progress([activity(category="")], [])) == NOTHING | {
        "avg_goal_fulfillment_by_category": [{"category": "Other", "last_7_days": 0.0, "last_30_days": 0.0}]
    }


def test_negative_activities_and_entries_count_nowhere() -> None:
    smoking = activity("Smoking", "Vices", 5.0, kind="negative")
    smoked = [entry(ago, 3.0, "Smoking", "Vices", 5.0, kind="negative") for ago in range(30)]
    assert shown(progress([smoking], smoked)) == NOTHING
    assert progress([smoking, *THREE_ACTIVITIES], [*smoked, *A_WEEK]) == progress(THREE_ACTIVITIES, A_WEEK)


def test_five_hundred_full_days_make_a_streak_of_five_hundred_of_which_the_window_shows_thirty() -> None:
    told = progress([activity()], [entry(ago, 1.0) for ago in range(500)])
    assert (told.streak_length, told.current_streak, told.longest_streak) == (30, 500, 500)
    assert shown(told)["active_days_ratio"] == {"active_days": 30, "total_days": 30, "percent": 100.0}
    assert shown(told)["avg_goal_fulfillment"] == {"last_7_days": 100.0, "last_30_days": 100.0}


def test_a_current_streak_goes_on_while_today_is_not_active_yet() -> None:
    told = progress([activity()], [entry(ago, 1.0) for ago in range(1, 41)])
    assert (told.streak_length, told.current_streak, told.longest_streak) == (30, 40, 40)


def test_a_current_streak_ends_with_a_missed_yesterday() -> None:
    told = progress([activity()], [entry(ago, 1.0) for ago in range(2, 6)])
    assert (told.streak_length, told.current_streak, told.longest_streak) == (0, 0, 4)


def test_today_alone_is_a_current_streak_of_one_and_no_streak_before_today() -> None:
    told = progress([activity()], [entry(0, 1.0)])
    assert (told.streak_length, told.current_streak, told.longest_streak) == (0, 1, 1)


def test_a_day_has_thirty_days_before_it_in_the_window_of_completed_days() -> None:
    told = progress([activity()], [entry(30, 1.0, "Chess", "Games")])
    assert told.active_days_ratio.active_days == 1
    assert [(one.category, one.last_30_days) for one in told.avg_goal_fulfillment_by_category] == [
        ("Games", 3.3),
        ("Health", 0.0),
    ]
    assert told.activity_distribution == ()
    assert told.avg_goal_fulfillment.last_30_days == 0.0
    assert progress([activity()], [entry(31, 1.0)]).active_days_ratio.active_days == 0


def test_an_entry_of_today_counts_for_today_and_not_for_completed_days() -> None:
    told = progress([], [entry(0, 1.0)])
    assert told.avg_goal_fulfillment_by_category == ()
    assert [one.category for one in told.activity_distribution] == ["Health"]


def test_without_a_goal_no_day_is_active_and_nothing_is_fulfilled() -> None:
    told = progress([activity(goal=0.0)], [entry(ago, 5.0, goal=0.0) for ago in range(10)])
    assert (told.goal_completion_today, told.streak_length, told.current_streak, told.longest_streak) == (
        0.0,
        0,
        0,
        0,
    )
    assert [one.last_30_days for one in told.avg_goal_fulfillment_by_category] == [0.0]


def test_a_sum_below_zero_counts_as_zero_and_its_entry_neither_as_done_nor_as_missed() -> None:
    told = progress([activity()], [entry(0, -5.0), entry(1, -5.0), entry(2, -0.0)])
    assert told.goal_completion_today == 0.0
    assert math.copysign(1.0, told.goal_completion_today) == 1.0
    assert [one.last_7_days for one in told.avg_goal_fulfillment_by_category] == [0.0]
    assert shown(told)["positive_vs_negative"] == {"positive": 0, "negative": 1, "ratio": 0.0}


def test_a_value_below_zero_takes_from_the_other_values_of_its_day() -> None:
    told = progress([activity()], [entry(0, 1.0, "Running"), entry(0, -0.75, "Swimming", "Water")])
    assert told.goal_completion_today == 25.0


def test_the_ratio_of_done_and_missed_entries_has_one_decimal_place() -> None:
    told = progress([], [entry(ago, float(ago > 2)) for ago in range(10)])
    assert shown(told)["positive_vs_negative"] == {"positive": 7, "negative": 3, "ratio": 2.3}


def test_the_goal_of_a_day_is_rounded_once_and_not_by_category() -> None:
    half = 2.0**-53
    activities = [activity("A", "A", 1.0), activity("B", "A", half), activity("C", "B", half)]
    enough = least_active_value(1.0 + 2 * half)
    assert progress(activities, [entry(0, enough)]).current_streak == 1
    assert progress(activities, [entry(0, math.nextafter(enough, 0.0))]).current_streak == 0


def test_an_activity_counts_until_the_day_before_it_was_deactivated() -> None:
    def completion(deactivated_at: dt.date | None) -> float:
        swimming = activity("Swimming", goal=3.0, active=0, deactivated_at=deactivated_at)
        return progress([activity("Running"), swimming], [entry(0, 1.0)]).goal_completion_today

    assert completion(T + dt.timedelta(days=1)) == 25.0
    assert completion(T) == 100.0
    assert completion(None) == 100.0


def test_a_category_is_measured_by_what_its_entries_aimed_at_where_that_is_more() -> None:
    told = progress([activity(goal=1.0)], [entry(1, 1.0, goal=4.0)])
    assert [one.last_7_days for one in told.avg_goal_fulfillment_by_category] == [3.6]
    told = progress([activity(goal=4.0)], [entry(1, 1.0, goal=1.0)])
    assert [one.last_7_days for one in told.avg_goal_fulfillment_by_category] == [3.6]
    told = progress([], [entry(1, 1.0, goal=1.0)])
    assert [one.last_7_days for one in told.avg_goal_fulfillment_by_category] == [14.3]


def test_equal_counts_are_ordered_by_category_regardless_of_case() -> None:
    categories = ["beta", "Gamma", "Beta", "alpha", "", "Zeta"]
    entries = [entry(1 + ago, 1.0, str(ago), category) for ago, category in enumerate(categories)]
    told = progress([], [*entries, entry(9, 1.0, "5", "Zeta")])
    assert [one.category for one in told.activity_distribution] == [
        "Zeta",
        "alpha",
        "Beta",
        "beta",
        "Gamma",
        "Other",
    ]
    by_name = ["alpha", "Beta", "beta", "Gamma", "Other", "Zeta"]
    assert [one.category for one in told.avg_goal_fulfillment_by_category] == by_name
    assert [one.category for one in told.top_consistent_activities_by_category] == by_name


def test_the_three_most_consistent_activities_are_told_and_ties_go_by_name_regardless_of_case() -> None:
    days = {"swimming": 2, "Rowing": 2, "cycling": 2, "Boxing": 1, "Tennis": 3}
    told = progress([], [entry(ago, 0.0, name) for name, count in days.items() for ago in range(count)])
    (health,) = told.top_consistent_activities_by_category
    assert [(one.name, one.consistency_percent) for one in health.activities] == [
        ("Tennis", 10.0),
        ("cycling", 6.7),
        ("Rowing", 6.7),
    ]


def test_spellings_of_one_name_are_one_activity_in_its_newest_spelling() -> None:
    told = progress([], [entry(3, 1.0, "running"), entry(2, 1.0, "RUNNING"), entry(9, 1.0, "Running")])
    (health,) = told.top_consistent_activities_by_category
    assert [(one.name, one.consistency_percent) for one in health.activities] == [("RUNNING", 10.0)]


def test_sums_beyond_the_range_of_floats_are_judged_as_the_largest_float() -> None:
    huge = [activity("Running", goal=LARGEST), activity("Swimming", goal=LARGEST)]
    told = progress(huge, [entry(ago, 1e308, name) for ago in range(3) for name in ("Running", "Swimming")])
    assert told.goal_completion_today == 100.0
    assert (told.streak_length, told.current_streak, told.longest_streak) == (2, 3, 3)


def test_summaries_of_other_days_change_nothing() -> None:
    known = summaries([*A_WEEK, entry(-1, 9.0, "Later"), entry(31, 9.0, "Earlier")])
    daily = daily_values(known, T, 0)
    told = StatsCalculator(
        day=T, goals=goals_of(THREE_ACTIVITIES), summaries=list(known.values()), daily=daily
    )
    assert shown(told.progress()) == A_WEEK_SHOWN


goals = st.floats(min_value=5e-324, allow_infinity=False) | st.integers(1, 2000).map(lambda n: n / 7)


@given(goals, st.floats(allow_nan=False, allow_infinity=False))
@example(17 / 7, 1.0)
@example(5e-324, 0.0)
@example(LARGEST, LARGEST)
def test_a_sum_reaches_the_threshold_exactly_if_it_fulfills_the_active_share(
    goal: float, value: float
) -> None:
    least = least_active_value(goal)
    for sum_of_day in (
        value,
        least,
        math.nextafter(least, math.inf),
        math.nextafter(least, -math.inf),
        ACTIVE_FROM * goal,
        goal / 2,
    ):
        assert (sum_of_day >= least) == (fulfillment(sum_of_day, goal) >= ACTIVE_FROM)


@given(st.floats(allow_nan=False, allow_infinity=False), goals | st.just(0.0))
def test_fulfillment_is_the_rounded_quotient_between_nothing_and_all(value: float, goal: float) -> None:
    assert fulfillment(value, goal) == (min(max(value, 0.0) / goal, 1.0) if goal > 0 else 0.0)


def test_a_billionth_less_than_half_is_forgiven_and_more_is_not() -> None:
    assert streaks([0.5, 0.5 - 1e-9, 0.5 - 2e-9, 0.5], 1.0) == (1, 2)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("", (0, 0)),
        ("-", (0, 0)),
        ("--", (0, 0)),
        ("x", (1, 1)),
        ("x-", (1, 1)),
        ("x--", (0, 1)),
        ("-xx-x", (1, 2)),
        ("xx-x-", (1, 2)),
        ("x-xxx--xx", (2, 3)),
    ],
)
def test_streaks_are_rows_of_active_days_and_the_current_one_may_lack_today(
    days: str, expected: tuple[int, int]
) -> None:
    assert streaks(array("d", [1.0 if day == "x" else 0.0 for day in days]), 1.0) == expected


def test_without_a_goal_there_is_no_streak() -> None:
    assert streaks([1.0, LARGEST], 0.0) == (0, 0)


some_values = st.sampled_from([0.0, -0.0, 0.1, 0.5, 0.75, 1.0, -1.0, 3.0, 1e308, -1e308, 5e-324]) | st.floats(
    allow_nan=False, allow_infinity=False
)
some_goals = st.sampled_from([0.0, 0.1, 0.5, 1.0, 3 / 7, 5e-324, 1e308]) | st.floats(
    min_value=0, allow_nan=False, allow_infinity=False
)
categories = st.sampled_from(["", "Other", "other", "Health", "health", "Learning"])
kinds = st.sampled_from(["positive", "positive", "positive", "negative"])
names = st.sampled_from(["Run", "run", "Swim", "Read", "STRASSE", "Straße", "Élan"])

some_activities = st.lists(
    st.builds(
        activity,
        names,
        categories,
        some_goals,
        kinds,
        st.sampled_from([1, 1, 0]),
        st.sampled_from([None, T - dt.timedelta(days=1), T, T + dt.timedelta(days=1)]),
    ),
    max_size=6,
)
some_entries = st.lists(
    st.builds(
        entry,
        st.integers(-2, 3) | st.integers(-2, 45),
        some_values,
        names,
        categories,
        some_goals,
        kinds,
    ),
    max_size=40,
    unique_by=lambda one: (one.date, one.activity.casefold()),
)


@given(some_activities, some_entries, st.integers(0, 40))
def test_progress_from_summaries_is_what_the_raw_entries_say(
    activities: list[Activity], entries: list[Entry], days_before_first: int
) -> None:
    told = progress(activities, entries, days_before_first)
    newest_first = sorted(entries, key=lambda one: one.date, reverse=True)
    assert shown(told) == naive_progress(T, activities, newest_first)


rows_of_days = st.lists(
    st.tuples(st.sampled_from([0.0, 0.4, 0.5 - 1e-9, 0.5, 1.0, -1.0]), st.integers(1, 20)), max_size=8
)


@given(rows_of_days, st.sampled_from([0.7, 1.0, 17 / 7]))
def test_streaks_over_long_rows_are_what_the_raw_entries_say(
    rows: list[tuple[float, int]], goal: float
) -> None:
    values = [share * goal for share, length in rows for _ in range(length)]
    entries = [entry(ago, value) for ago, value in enumerate(values)]
    activities = [activity(goal=goal)]
    assert shown(progress(activities, entries)) == naive_progress(T, activities, entries)
