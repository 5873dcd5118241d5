"""Summing up one day."""

import datetime as dt
import math
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.entries.model import PERSON, Entry
from mosaic_core.stats.model import CategoryDay, DaySummary
from mosaic_core.stats.summary import OTHER, exact_sum, positive_entries, summarise
from unit.stats_oracle import naive_sum

DAY = dt.date(2024, 6, 1)
LARGEST = sys.float_info.max

finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.lists(
    finite | st.sampled_from([LARGEST, -LARGEST, 1e308, -1e308, 5e-324, 0.1, -0.0]), max_size=20
)


def entry(
    activity: str, value: float, category: str = "Health", goal: float = 1.0, kind: str = "positive"
) -> Entry:
    return Entry(0, 1, DAY, activity, value, "a note", "a description", category, goal, kind, PERSON)


def summed_up(entries: list[Entry]) -> DaySummary | None:
    return summarise(DAY, positive_entries(entries))


entries = st.lists(
    st.builds(
        entry,
        st.sampled_from(["Run", "run", "Swim", "Read"]),
        finite | st.sampled_from([0.0, -0.0, 0.1, 1e308, -1e308]),
        st.sampled_from(["", OTHER, "Health", "health"]),
        st.sampled_from([0.0, 0.1, 0.5, 1e308]),
        st.sampled_from(["positive", "negative"]),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    ("values", "total"),
    [
        ([], 0.0),
        ([-0.0], 0.0),
        ([0.1] * 10, 1.0),
        ([1.0, 1e100, 1.0, -1e100], 2.0),
        ([1e308, 1e308, -1e308], 1e308),
        ([1e308, 1e308], LARGEST),
        ([-1e308, -1e308, 1.0], -LARGEST),
        ([LARGEST, math.ulp(LARGEST) / 2], LARGEST),
    ],
)
def test_a_sum_is_rounded_once_and_stays_within_the_range_of_floats(
    values: list[float], total: float
) -> None:
    assert exact_sum(values) == total


def test_a_sum_beyond_the_range_can_come_from_values_that_are_read_once() -> None:
    assert exact_sum(value for value in (1e308, 1e308)) == LARGEST


@given(numbers)
def test_a_sum_is_the_float_nearest_to_the_rational_sum(values: list[float]) -> None:
    assert exact_sum(values) == naive_sum(values)


@given(numbers, st.randoms(use_true_random=False))
def test_a_sum_does_not_depend_on_the_order(values: list[float], shuffler: random.Random) -> None:
    shuffled = list(values)
    shuffler.shuffle(shuffled)
    assert exact_sum(shuffled) == exact_sum(values)


def test_a_day_is_summed_up_by_category_in_order_of_their_names() -> None:
    day = summed_up(
        [
            entry("Swimming", 0.0, goal=0.2),
            entry("Reading", 0.5, "Arts", 0.5),
            entry("Running", 0.8, goal=0.1),
            entry("Yoga", -0.3, goal=0.0),
        ],
    )
    arts = CategoryDay("Arts", entries=1, value=0.5, goal=0.5, done=1, zero=0, activities=("Reading",))
    health = CategoryDay(
        "Health",
        entries=3,
        value=math.fsum([0.0, 0.8, -0.3]),
        goal=math.fsum([0.2, 0.1]),
        done=1,
        zero=1,
        activities=("Running", "Swimming", "Yoga"),
    )
    assert day == DaySummary(DAY, value=1.0, categories=(arts, health))


def test_a_day_without_entries_has_no_summary() -> None:
    assert summed_up([]) is None


def test_a_day_with_negative_entries_alone_has_no_summary() -> None:
    assert summed_up([entry("Smoking", 3.0, "", 0.0, "negative")]) is None


def test_negative_entries_change_nothing_about_a_day() -> None:
    run = entry("Running", 1.0)
    assert summed_up([entry("Smoking", 3.0, kind="negative"), run]) == summed_up([run])


def test_an_empty_category_and_one_called_other_are_the_same() -> None:
    day = summed_up([entry("Juggling", 1.0, ""), entry("Knitting", 2.0, "Other")])
    assert day is not None
    (other,) = day.categories
    assert (other.category, other.value, other.activities) == ("Other", 3.0, ("Juggling", "Knitting"))


def test_categories_that_differ_in_case_are_kept_apart() -> None:
    day = summed_up([entry("Running", 1.0, "health"), entry("Swimming", 2.0, "Health")])
    assert day is not None
    assert [(part.category, part.value) for part in day.categories] == [("Health", 2.0), ("health", 1.0)]


def test_the_sum_of_a_day_is_not_made_of_rounded_sums_of_categories() -> None:
    day = summed_up([entry("a", 1.0, "A"), entry("b", 2.0**-53, "A"), entry("c", 2.0**-53, "B")])
    assert day is not None
    assert [part.value for part in day.categories] == [1.0, 2.0**-53]
    assert day.value == 1.0 + 2.0**-52


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_the_entries_does_not_change_a_summary(
    given_entries: list[Entry], shuffler: random.Random
) -> None:
    shuffled = list(given_entries)
    shuffler.shuffle(shuffled)
    assert summed_up(shuffled) == summed_up(given_entries)


@given(entries)
def test_a_summary_counts_every_positive_entry_once(given_entries: list[Entry]) -> None:
    positive = [one for one in given_entries if one.activity_type == "positive"]
    day = summed_up(given_entries) or DaySummary(DAY, 0.0, ())
    parts = day.categories
    assert sum(part.entries for part in parts) == len(positive)
    assert sorted(name for part in parts for name in part.activities) == sorted(
        one.activity for one in positive
    )
    assert sum(part.done for part in parts) == len([one for one in positive if one.value > 0])
    assert sum(part.zero for part in parts) == len([one for one in positive if one.value == 0])
    assert [part.category for part in parts] == sorted({one.activity_category or OTHER for one in positive})
    assert day.value == naive_sum(one.value for one in positive)


@given(entries)
def test_the_sums_of_a_category_are_those_of_its_entries(given_entries: list[Entry]) -> None:
    day = summed_up(given_entries) or DaySummary(DAY, 0.0, ())
    for part in day.categories:
        own = [
            one
            for one in given_entries
            if one.activity_type == "positive" and (one.activity_category or OTHER) == part.category
        ]
        assert part.value == naive_sum(one.value for one in own)
        assert part.goal == naive_sum(one.activity_goal for one in own)
