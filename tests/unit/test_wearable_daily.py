"""What the rows of a day amount to."""

import datetime as dt
from collections import Counter
from fractions import Fraction
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.wearables.daily import (
    added,
    counted,
    heart_day,
    shares_by_day,
    sleep_day,
    steps_day,
    whole,
)
from mosaic_core.wearables.rows import SleepSession, StepPiece

DAY = dt.date(2026, 1, 2)


def session(start: int, end: int, key: str = "k", **told: float) -> SleepSession:
    return SleepSession(start, end, DAY, key, end - start, told.get("efficiency"), told.get("score"), "")


def piece(start: int, end: int, count: int, distance: float | None = None) -> StepPiece:
    return StepPiece(start, end, DAY, count, distance, None, None)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=400))
def test_the_resting_rate_is_the_mean_of_the_lowest_twentieth(rates: list[int]) -> None:
    lowest = sorted(rates)[: max(1, len(rates) // 20)]
    told = heart_day(Counter(rates), [])
    assert told.resting == round(Fraction(sum(lowest), len(lowest)))
    assert (told.least, told.most) == (min(rates), max(rates))
    assert told.average == sum(rates) / len(rates)
    assert told.variability_ms is None


def test_the_variability_is_the_mean_of_those_that_are_told() -> None:
    assert heart_day({60: 3}, [10.0, 21.0]).variability_ms == 15.5


def test_samples_of_several_sources_are_added() -> None:
    assert added([{60: 1, 61: 2}, {60: 3}]) == {60: 4, 61: 2}


def test_the_efficiency_is_the_mean_of_those_told_else_of_the_scores() -> None:
    both = [session(0, 5, efficiency=80.0, score=10.0), session(5, 9, efficiency=90.0), session(9, 10)]
    assert sleep_day(both).efficiency == 85
    assert sleep_day([session(0, 5, score=70.0), session(5, 9)]).efficiency == 70
    assert sleep_day([session(0, 5)]).efficiency is None
    assert (sleep_day(both).seconds, sleep_day(both).sessions) == (10, 3)


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([(0, session(0, 10, "a")), (0, session(10, 20, "b"))], "ab"),
        ([(0, session(2, 4, "inner")), (0, session(0, 10, "outer"))], ["outer"]),
        ([(0, session(2, 4, "inner")), (1, session(0, 10, "outer"))], ["inner"]),
        ([(0, session(5, 15, "late")), (0, session(0, 10, "early"))], ["early"]),
        ([(0, session(0, 10, "b")), (0, session(0, 10, "a"))], ["a"]),
        ([(0, session(0, 10, "a")), (1, session(5, 30, "b")), (2, session(20, 40, "c"))], "ac"),
        ([(0, session(0, 10, "a")), (0, session(20, 30, "c")), (1, session(5, 25, "b"))], "ac"),
    ],
)
def test_of_sessions_that_overlap_one_counts(
    sessions: list[tuple[int, SleepSession]], expected: list[str] | str
) -> None:
    for order in permutations(sessions):
        assert sorted(one.dedupe_key for one in counted(order)) == list(expected)


INTERVALS = st.tuples(st.integers(0, 40), st.integers(1, 15)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(st.tuples(st.integers(0, 2), INTERVALS), max_size=14))
def test_sessions_are_taken_greedily(told: list[tuple[int, tuple[int, int]]]) -> None:
    sessions = [(rank, session(*span, key=f"{number:03}")) for number, (rank, span) in enumerate(told)]
    taken: list[SleepSession] = []
    for _, one in sorted(
        sessions, key=lambda each: (each[0], each[1].start - each[1].end, each[1].start, each[1].dedupe_key)
    ):
        if all(one.end <= other.start or other.end <= one.start for other in taken):
            taken.append(one)
    assert counted(sessions) == taken


PIECES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 12), st.integers(0, 50)).map(
        lambda one: piece(one[0], one[0] + one[1], one[2], one[2] / 2)
    ),
    max_size=8,
)


def exact(by_rank: list[list[StepPiece]]) -> Fraction:
    """Look at each minute alone."""
    total = Fraction(0)
    for rank, pieces in enumerate(by_rank):
        above = [one for some in by_rank[:rank] for one in some]
        higher = {minute for one in above for minute in range(one.start, one.end)}
        instants = {one.start for one in above if one.start == one.end}
        for one in pieces:
            if one.start == one.end:
                total += 0 if one.start in higher | instants else one.steps
            for minute in range(one.start, one.end):
                total += 0 if minute in higher else Fraction(one.steps, one.end - one.start)
    return total


@given(st.lists(PIECES, min_size=1, max_size=4), st.randoms())
def test_time_of_a_higher_source_counts_once(by_rank: list[list[StepPiece]], random: Random) -> None:
    told = steps_day(shares_by_day(by_rank).get(DAY, []))
    assert abs(told.steps - exact(by_rank)) <= Fraction(1, 2) + Fraction(1, 10**9)
    assert told.distance_meters is None or told.distance_meters == pytest.approx(float(exact(by_rank)) / 2)
    shuffled = [random.sample(pieces, len(pieces)) for pieces in by_rank]
    assert steps_day(shares_by_day(shuffled).get(DAY, [])) == told


@given(PIECES)
def test_one_source_counts_wholly(pieces: list[StepPiece]) -> None:
    expected = sum(one.steps for one in pieces)
    assert steps_day(whole(pieces)).steps == expected
    assert steps_day(shares_by_day([pieces]).get(DAY, [])).steps == expected


def test_records_without_length_at_one_instant_count_once() -> None:
    watch, phone, ring = [piece(5, 5, 100)], [piece(5, 5, 90), piece(6, 6, 1)], [piece(5, 5, 80)]
    assert steps_day(shares_by_day([watch, phone, ring])[DAY]).steps == 101
    assert steps_day(shares_by_day([[*watch, *watch], phone])[DAY]).steps == 201


def test_an_empty_higher_record_covers_its_time_and_one_without_length_its_instant() -> None:
    lower = [piece(0, 10, 100), piece(5, 5, 7)]
    assert steps_day(shares_by_day([[piece(0, 5, 0)], lower])[DAY]).steps == 57
    assert steps_day(shares_by_day([[piece(5, 5, 0)], lower])[DAY]).steps == 100
    assert steps_day(shares_by_day([[piece(5, 6, 0)], lower])[DAY]).steps == 90


def test_a_value_that_no_record_tells_is_none() -> None:
    told = steps_day(whole([piece(0, 1, 5, 2.5), piece(1, 2, 5)]))
    assert (told.distance_meters, told.calories) == (2.5, None)
