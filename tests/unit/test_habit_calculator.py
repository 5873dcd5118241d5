"""What is due, kept and strong, against worked examples and a second, naive calculation."""

import datetime as dt
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.schedules import calculator
from mosaic_core.schedules.calculator import RATE_DAYS, HabitCalculator, streak_unit
from mosaic_core.schedules.days import HabitDays
from mosaic_core.schedules.judging import Outcome, outcomes
from mosaic_core.schedules.model import (
    WEEKDAYS,
    AtLeast,
    AtMost,
    Daily,
    Every,
    Habit,
    History,
    Past,
    PausedDays,
    Schedule,
    Standing,
    Times,
    Weekdays,
    derived_schedule,
)
from mosaic_core.schedules.occasions import occasions
from mosaic_core.schedules.stretches import PausedStretches
from unit.habits_oracle import NaiveHabit

FIRST = dt.date(2025, 12, 20)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def done_on(*texts: str) -> dict[dt.date, float]:
    return {day(text): 1.0 for text in texts}


def seen(
    habit: Habit, today: str, values: Mapping[dt.date, float], pauses: Iterable[PausedDays] = ()
) -> tuple[Standing, History]:
    calculator = HabitCalculator(habit, day(today), values, tuple(pauses))
    return calculator.standing(), calculator.history(day("01-01"), day("12-31"))


def states(history: History) -> dict[str, str | None]:
    return {f"{one.date:%m-%d}": one.state for one in history.days}


def strengths(history: History) -> dict[str, float]:
    return {f"{point.date:%m-%d}": point.strength for point in history.strengths}


class TestThreeTimesAWeek:
    HABIT = Habit(Times(times=3, per="week"))
    VALUES = done_on(
        "01-02", "01-03", "01-05", "01-07", "01-09", "01-12", "01-14", "01-21", "01-26", "01-27", "01-28"
    )
    PAUSES = (PausedDays(day("01-19"), day("01-24")),)

    def test_an_open_week_breaks_no_streak(self) -> None:
        standing, history = seen(self.HABIT, "01-18", self.VALUES, self.PAUSES)
        assert (standing.streak.current, standing.streak.longest, standing.streak.unit) == (2, 2, "weeks")
        assert standing.strength == 0.387
        assert history.rates == {30: 1.0, 90: 1.0, 365: 1.0}
        assert states(history)["01-13"] == "open"
        assert (standing.done, standing.needed, standing.due) == (2, 3, True)

    def test_a_week_in_a_pause_needs_less(self) -> None:
        standing, history = seen(self.HABIT, "01-28", self.VALUES, self.PAUSES)
        assert (standing.streak.current, standing.streak.longest) == (2, 2)
        assert history.rates[30] == 0.8
        assert strengths(history) == {
            "01-04": 0.217, "01-11": 0.387, "01-18": 0.447, "01-25": 0.567, "01-28": 0.661
        }  # fmt: skip
        told = states(history)
        assert (told["01-13"], told["01-20"], told["01-25"]) == ("missed", "paused", "rest")

    def test_a_week_that_is_kept_asks_for_no_more(self) -> None:
        standing, history = seen(self.HABIT, "01-30", self.VALUES, self.PAUSES)
        assert standing.strength == 0.661
        assert history.strengths[-1].date == day("01-30")
        assert states(history)["01-29"] == "rest"
        assert not standing.due


def test_weekdays_with_a_target() -> None:
    values = {day("03-02"): 5.0, day("03-04"): 2.5, day("03-06"): 5.0, day("03-07"): 9.0, day("03-09"): 6.0}
    habit = Habit(Weekdays(days=("mon", "wed", "fri")), AtLeast(value=5))
    pauses = (PausedDays(day("03-11"), day("03-11")),)
    standing, history = seen(habit, "03-16", {**values, day("03-13"): 5.0}, pauses)
    assert (standing.streak.current, standing.streak.longest, standing.streak.unit) == (3, 3, "times")
    assert history.rates[30] == 0.8
    assert list(strengths(history).values()) == [0.078, 0.111, 0.181, 0.245, 0.304]
    told = states(history)
    assert (told["03-07"], told["03-08"], told["03-11"], told["03-16"]) == ("done", "rest", "paused", "open")


def test_a_negative_activity() -> None:
    values = {day("03-01"): 0.0, day("03-02"): 0.0, day("03-03"): 2.0, day("03-04"): 0.0}
    standing, history = seen(Habit(Daily(), negative=True), "03-06", values)
    told = states(history)
    assert (told["03-03"], told["03-05"], told["03-06"]) == ("missed", "missed", "open")
    assert (standing.streak.current, standing.streak.longest, standing.streak.unit) == (0, 2, "days")
    assert (standing.strength, history.rates[30]) == (0.135, 0.6)


def test_every_third_day() -> None:
    standing, history = seen(
        Habit(Every(days=3)), "01-14", done_on("01-01", "01-04", "01-07", "01-11", "01-13")
    )
    told = states(history)
    assert (told["01-10"], told["01-11"], told["01-12"]) == ("missed", "done", "rest")
    assert (standing.streak.current, standing.streak.longest) == (1, 3)
    assert (standing.strength, history.rates[30]) == (0.289, 0.8)
    assert (standing.state, standing.done, standing.needed) == ("rest", 0, 0)


@pytest.mark.parametrize(("days", "strength"), [(30, 0.798), (60, 0.959), (90, 0.992)])
def test_perfect_days_grow_as_loop_lets_them_grow(days: int, strength: float) -> None:
    values = {FIRST + dt.timedelta(days=number): 1.0 for number in range(days)}
    assert HabitCalculator(Habit(Daily()), max(values), values).standing().strength == strength


def test_a_habit_without_an_entry_has_not_begun() -> None:
    calculator = HabitCalculator(Habit(Daily()), FIRST, {FIRST + dt.timedelta(days=1): 1.0})
    standing = calculator.standing()
    assert (standing.state, standing.due, standing.streak.current, standing.strength) == (None, False, 0, 0)
    history = calculator.history(FIRST, FIRST + dt.timedelta(days=1))
    assert [(one.value, one.state) for one in history.days] == [(None, None), (None, None)]
    assert history.rates == dict.fromkeys(RATE_DAYS)
    assert list(calculator.pasts([(FIRST, FIRST)])) == []


def test_the_derived_schedule_follows_the_frequency() -> None:
    assert derived_schedule(7) == Daily()
    assert derived_schedule(3) == Times(times=3, per="week")


def test_a_streak_says_what_it_counts() -> None:
    assert streak_unit(Times(times=1, per="month")) == "months"
    assert streak_unit(Times(times=1, per=10)) == "periods"


froms = st.none() | st.dates(FIRST - dt.timedelta(days=40), FIRST + dt.timedelta(days=80))
schedules = st.one_of(
    st.just(Daily()),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda days: Weekdays(days=tuple(days))),
    st.builds(Every, days=st.integers(2, 40), from_=froms),
    st.builds(Times, times=st.integers(1, 7), per=st.just("week")),
    st.builds(Times, times=st.integers(1, 28), per=st.just("month")),
    st.integers(2, 40).flatmap(
        lambda per: st.builds(Times, times=st.integers(1, per), per=st.just(per), from_=froms)
    ),
)
amounts = st.sampled_from([0.0, 1.0, -1.0, 2.5, 5.0, 1e300]) | st.floats(-10, 10)
targets = st.none() | st.builds(AtLeast, value=amounts) | st.builds(AtMost, value=amounts)
habits = st.builds(Habit, schedules, targets, st.booleans())
days = st.dates(FIRST, FIRST + dt.timedelta(days=100))
entries = st.dictionaries(days, amounts, max_size=60)


def paused(first: dt.date, length: int | None) -> PausedDays:
    return PausedDays(first, None if length is None else first + dt.timedelta(days=length))


pauses: st.SearchStrategy[list[PausedDays]] = st.just([]) | st.lists(
    st.builds(paused, days, st.none() | st.integers(0, 30)), max_size=4
)


@given(habits, days, entries, pauses, st.none() | amounts)
def test_it_tells_what_a_naive_calculation_tells(
    habit: Habit,
    today: dt.date,
    values: dict[dt.date, float],
    some: list[PausedDays],
    of_today: float | None,
) -> None:
    if of_today is not None:
        values = {**values, today: of_today}
    naive = NaiveHabit(habit, today, values, some)
    calculator = HabitCalculator(habit, today, values, some)
    standing = calculator.standing()
    first, last = FIRST - dt.timedelta(days=2), today + dt.timedelta(days=2)
    history = calculator.history(first, last)
    points = [(moment, round(strength, 3)) for moment, strength in naive.strengths()]
    assert (standing.streak.current, standing.streak.longest) == naive.streak()
    assert standing.streak == history.streak
    assert standing.strength == history.strength == (points[-1][1] if points else 0)
    assert [(point.date, point.strength) for point in history.strengths] == points
    assert standing.state == naive.state(today)
    if naive.begin is not None:
        assert (standing.done, standing.needed) == naive.progress_of_today()
    assert history.rates == {length: naive.rate(length) for length in RATE_DAYS}
    assert [(one.date, one.value, one.state) for one in history.days] == [
        (when, naive.values.get(when), naive.state(when))
        for when in (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    ]


def past_at(calculator: HabitCalculator) -> Past | None:
    """Return the past at the end of the day before that of asking."""
    before = calculator.today - dt.timedelta(days=1)
    return next((one for pasts in calculator.pasts([(before, before)]) for one in pasts), None)


@given(habits, st.lists(days, min_size=1, max_size=6, unique=True), entries, pauses)
def test_going_on_from_a_kept_past_tells_the_same(
    habit: Habit, asked: list[dt.date], values: dict[dt.date, float], some: list[PausedDays]
) -> None:
    asked.sort()
    past = past_at(HabitCalculator(habit, asked[0], values, some))
    for today in asked[1:]:
        rest = {when: value for when, value in values.items() if past is None or when > past.through}
        whole = HabitCalculator(habit, today, values, some)
        resumed = HabitCalculator(habit, today, rest, some, past)
        assert resumed.standing() == whole.standing()
        assert past_at(resumed) == past_at(whole)
        first = past.through + dt.timedelta(days=1) if past else FIRST
        if today - first > dt.timedelta(days=max(RATE_DAYS)):
            assert resumed.history(first, today) == whole.history(first, today)
        past = past_at(resumed)


@given(habits, days, entries, pauses, st.sets(days, max_size=6))
def test_the_past_of_each_day_is_that_of_the_day_alone(
    habit: Habit, today: dt.date, values: dict[dt.date, float], some: list[PausedDays], ends: set[dt.date]
) -> None:
    calculator = HabitCalculator(habit, today, values, some)
    ordered = [one for one in sorted(ends) if one < today]
    spans = [(one - dt.timedelta(days=7), one) for one in ordered]
    told = [past for pasts in calculator.pasts(spans) for past in pasts]
    wanted = sorted({first + dt.timedelta(days=number) for first, _ in spans for number in range(8)})
    alone = [past_at(evolve(calculator, today=one + dt.timedelta(days=1))) for one in wanted]
    assert told == [one for one in alone if one is not None]


@pytest.mark.parametrize(
    "schedule", [Daily(), Every(days=366), Times(times=1, per=366), Times(times=7, per="week")]
)
def test_a_habit_that_was_given_up_thousands_of_years_ago_has_nothing_left(schedule: Schedule) -> None:
    values = {FIRST + dt.timedelta(days=number): 1.0 for number in range(3)}
    last_day = dt.date.max
    standing = HabitCalculator(Habit(schedule), last_day, values).standing()
    assert (standing.strength, standing.streak.current, standing.streak.longest > 0) == (0.0, 0, True)
    paused = HabitCalculator(Habit(schedule), last_day, values, [PausedDays(max(values), None)]).standing()
    then = HabitCalculator(Habit(schedule), day("12-01"), values, [PausedDays(max(values), None)]).standing()
    assert (paused.strength, paused.streak) == (then.strength, then.streak)


years = st.dates(FIRST, FIRST + dt.timedelta(days=6 * 365))


@given(
    habits,
    years,
    st.dictionaries(years, amounts, min_size=1, max_size=5),
    st.lists(st.builds(paused, years, st.none() | st.integers(0, 1000)), max_size=4),
)
def test_years_without_entries_amount_to_what_they_do_one_by_one(
    habit: Habit, today: dt.date, values: dict[dt.date, float], some: list[PausedDays]
) -> None:
    naive = NaiveHabit(habit, today, values, some)
    standing = HabitCalculator(habit, today, values, some).standing()
    strength = next((one for _, one in reversed(list(naive.strengths()))), 0.0)
    assert (standing.streak.current, standing.streak.longest) == naive.streak()
    assert standing.strength == round(strength, 3)
    assert standing.state == naive.state(today)


@pytest.mark.parametrize(
    "schedule",
    [
        Daily(),
        Weekdays(days=("mon", "wed", "fri")),
        Every(days=2),
        Times(times=3, per="week"),
        Times(times=1, per="month"),
        Times(times=1, per=2),
    ],
)
@pytest.mark.parametrize("pauses", [[], [PausedDays(day("02-01"), dt.date(9000, 1, 1))]])
def test_days_on_which_nothing_changes_are_not_gone_through(
    schedule: Schedule, pauses: list[PausedDays], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = 0

    def counted(habit: Habit, days: HabitDays, past: Past, until: int) -> Iterator[Outcome]:
        nonlocal taken
        for one in outcomes(habit, days, past, until):
            taken += 1
            yield one

    monkeypatch.setattr(calculator, "outcomes", counted)
    values = {day("01-02"): 1.0, dt.date(2099, 1, 2): 1.0}
    HabitCalculator(Habit(schedule), dt.date.max, values, pauses).standing()
    assert 10 < taken < 5000


@pytest.mark.parametrize("schedule", [Daily(), Weekdays(days=("mon", "wed")), Every(days=2)])
def test_occasions_are_found_one_by_one(schedule: Schedule) -> None:
    tracemalloc.start()
    try:
        found = next(occasions(schedule, 1, 0, dt.date.max.toordinal()))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (found.first, found.last) == (1, 1)
    assert most < 100_000


def after_each_day(asked: HabitCalculator) -> list[Past]:
    """Return the past of each day up to the day before that of asking."""
    assert asked.begin
    return [
        one for pasts in asked.pasts([(asked.begin, asked.today - dt.timedelta(days=1))]) for one in pasts
    ]


def calls_in(work: Callable[[], object]) -> int:
    """Return how many functions the work calls."""
    calls = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("schedule", [Daily(), Times(times=3, per="week")])
def test_many_pauses_are_not_looked_through_for_each_day(schedule: Schedule) -> None:
    begin, today = FIRST - dt.timedelta(days=3000), FIRST
    values = {begin + dt.timedelta(days=number): 1.0 for number in range(0, 3000, 2)}
    few, many = (
        [paused(begin + dt.timedelta(days=3 * number), 0) for number in range(count)] for count in (10, 1000)
    )
    looked_at = []
    for some in (few, many):
        asked = HabitCalculator(Habit(schedule), today, values, some)
        looked_at.append(calls_in(asked.standing) + calls_in(partial(after_each_day, asked)))
        naive = NaiveHabit(Habit(schedule), today, values, some)
        standing = asked.standing()
        assert (standing.streak.current, standing.streak.longest) == naive.streak()
        assert standing.strength == round(list(naive.strengths())[-1][1], 3)
    assert looked_at[1] < 3 * looked_at[0]


@given(
    st.lists(st.builds(paused, days, st.none() | st.integers(0, 5)), max_size=6), days, st.integers(-1, 60)
)
def test_paused_stretches_tell_what_the_pauses_tell(
    some: list[PausedDays], first: dt.date, length: int
) -> None:
    def is_paused(when: dt.date) -> bool:
        return any(one.first <= when <= (one.last or dt.date.max) for one in some)

    stretches = PausedStretches(some)
    between = [first + dt.timedelta(days=number) for number in range(length + 1)]
    start = first.toordinal()
    assert bool(stretches) == bool(some)
    assert stretches.days_between(start, start + length) == sum(map(is_paused, between))
    through = stretches.paused_through(start)
    assert (through is not None) == is_paused(first)
    if through is not None:
        assert all(is_paused(one) for one in between if one.toordinal() <= through)
        assert through == dt.date.max.toordinal() or not is_paused(dt.date.fromordinal(through + 1))


@given(habits, days, entries, pauses)
def test_a_past_day_tells_what_it_told(
    habit: Habit, today: dt.date, values: dict[dt.date, float], some: list[PausedDays]
) -> None:
    then = {when: value for when, value in values.items() if when <= today}
    assert (
        HabitCalculator(habit, today, values, some).standing()
        == HabitCalculator(habit, today, then, some).standing()
    )


@given(habits, days, entries)
def test_the_order_of_entries_does_not_matter(
    habit: Habit, today: dt.date, values: dict[dt.date, float]
) -> None:
    backwards = HabitCalculator(habit, today, dict(reversed(values.items())))
    assert HabitCalculator(habit, today, values).standing() == backwards.standing()
