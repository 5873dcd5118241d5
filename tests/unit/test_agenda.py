"""The agenda and histories: what a naive calculation from all entries tells, whatever was changed before."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core import (
    ActivityChange,
    Caller,
    InvalidInput,
    InvalidQuery,
    Mosaic,
    NotFound,
    Person,
    StorageFull,
    Unauthorized,
)
from mosaic_core.backups.copying import take_all
from mosaic_core.entries.merging import MergeActivity
from mosaic_core.errors import TakesLong
from mosaic_core.schedules import keeping
from mosaic_core.schedules.agenda import HistoryWanted
from mosaic_core.schedules.calculator import RATE_DAYS, HabitCalculator
from mosaic_core.schedules.model import (
    WEEKDAYS,
    AtLeast,
    AtMost,
    Daily,
    Every,
    Past,
    Schedule,
    Standing,
    Target,
    Times,
    Weekdays,
)
from mosaic_core.schedules.pauses import NewPause, PauseChange
from mosaic_core.schedules.reading import habit_of
from mosaic_core.schedules.stated import schedule_of, target_of
from mosaic_core.store import Store
from mosaic_core.testing import TODAY, FixedClock, days_ago
from strangers_store import Pasts, StrangersStore
from unit.habits_oracle import NaiveHabit
from worked_examples import EXAMPLES, Example, noon

FIRST = days_ago(80)
NAMES = ("Run", "read")

LOOP_HABITS = Path(__file__).parents[3] / "shared" / "data" / "loop-habits.csv"
PLAUSIBLE: tuple[Schedule, ...] = (
    Daily(),
    Times(times=3, per="week"),
    Every(days=2),
    Weekdays(days=("mon", "wed", "fri")),
    Times(times=10, per="month"),
)

froms = st.none() | st.dates(FIRST, TODAY)
schedules = st.one_of(
    st.none(),
    st.just(Daily()),
    st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(lambda days: Weekdays(days=tuple(days))),
    st.builds(Every, days=st.integers(2, 9), from_=froms),
    st.builds(Times, times=st.integers(1, 7), per=st.sampled_from(["week", "month"])),
    st.integers(2, 40).flatmap(
        lambda per: st.builds(Times, times=st.integers(1, per), per=st.just(per), from_=froms)
    ),
)
amounts = st.sampled_from([0.0, 1.0, 2.5, 5.0, -1.0])
targets = st.none() | st.builds(AtLeast, value=amounts) | st.builds(AtMost, value=amounts)
days = st.dates(FIRST, TODAY + dt.timedelta(days=3))
names = st.sampled_from(NAMES)
numbers = st.integers(0, 5)

Step = Callable[[Mosaic, Caller], object]


def activity_id(mosaic: Mosaic, caller: Caller, name: str) -> int:
    with mosaic.store.read() as unit:
        found = unit.activities.find(caller.user_id, name)
    return found.id if found else 2**40


def add_entry(mosaic: Mosaic, _: Caller, name: str, day: dt.date, value: float) -> None:
    mosaic.person("Ada").add(name, value, date=day)


def nth_entry(mosaic: Mosaic, number: int) -> int:
    ids = [one.id for one in mosaic.person("Ada").entries()]
    return ids[number % len(ids)] if ids else 2**40


def move_entry(mosaic: Mosaic, _: Caller, number: int, day: dt.date) -> None:
    mosaic.person("Ada").change_entry(nth_entry(mosaic, number), date=day)


def delete_entry(mosaic: Mosaic, _: Caller, number: int) -> None:
    mosaic.person("Ada").delete_entry(nth_entry(mosaic, number))


def judge(
    mosaic: Mosaic, caller: Caller, name: str, schedule: Schedule | None, target: Target | None, kind: str
) -> None:
    change = ActivityChange(schedule=schedule, target=target, activity_type=kind)
    mosaic.activities.update(caller, activity_id(mosaic, caller, name), change)


def rename(mosaic: Mosaic, caller: Caller, name: str) -> None:
    change = ActivityChange(name=f"{name} again")
    mosaic.activities.update(caller, activity_id(mosaic, caller, name), change)


def delete_activity(mosaic: Mosaic, caller: Caller, name: str) -> None:
    number = activity_id(mosaic, caller, name)
    mosaic.activities.deactivate(caller, number)
    mosaic.activities.delete(caller, number)


def merge(mosaic: Mosaic, caller: Caller, on_conflict: str) -> None:
    source, target = (activity_id(mosaic, caller, name) for name in NAMES)
    mosaic.entries.merge(caller, source, MergeActivity(into=target, on_conflict=on_conflict))


def finalize(mosaic: Mosaic, caller: Caller, day: dt.date) -> None:
    mosaic.entries.finalize(caller, day)


def import_csv(mosaic: Mosaic, _: Caller, name: str, day: dt.date, value: float) -> None:
    mosaic.person("Ada").import_csv(["date,activity,value\n", f"{day},{name},{value}\n"])


def add_pause(mosaic: Mosaic, caller: Caller, name: str | None, first: dt.date, length: int | None) -> None:
    last = None if length is None else first + dt.timedelta(days=length)
    number = None if name is None else activity_id(mosaic, caller, name)
    mosaic.pauses.add(caller, NewPause(from_=first, to=last, activity_id=number))


def nth_pause(mosaic: Mosaic, caller: Caller, number: int) -> int:
    ids = [one.id for one in mosaic.pauses.of(caller)]
    return ids[number % len(ids)] if ids else 2**40


def change_pause(mosaic: Mosaic, caller: Caller, number: int, first: dt.date, name: str | None) -> None:
    of = None if name is None else activity_id(mosaic, caller, name)
    change = PauseChange(from_=first, to=None, activity_id=of)
    mosaic.pauses.change(caller, nth_pause(mosaic, caller, number), change)


def delete_pause(mosaic: Mosaic, caller: Caller, number: int) -> None:
    mosaic.pauses.delete(caller, nth_pause(mosaic, caller, number))


def keep(mosaic: Mosaic, caller: Caller, day: dt.date) -> None:
    mosaic.agenda.keeper.keep(caller, day)


def step(function: Callable[..., object], **drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.fixed_dictionaries(drawn).map(
        lambda said: lambda mosaic, caller: function(mosaic, caller, **said)
    )


some_name = st.none() | names
conflicts = st.sampled_from(["add", "keep", "replace"])
entry_steps = (
    step(add_entry, name=names, day=days, value=amounts),
    step(import_csv, name=names, day=days, value=amounts),
)
keep_steps = (step(keep, day=days), step(keep, day=days))
steps = st.one_of(
    *entry_steps,
    *entry_steps,
    *keep_steps,
    step(move_entry, number=numbers, day=days),
    step(delete_entry, number=numbers),
    step(
        judge, name=names, schedule=schedules, target=targets,
        kind=st.sampled_from(["positive", "negative"]),
    ),
    step(rename, name=names),
    step(delete_activity, name=names),
    step(merge, on_conflict=conflicts),
    step(finalize, day=days),
    step(add_pause, name=some_name, first=days, length=st.none() | st.integers(0, 20)),
    step(change_pause, number=numbers, first=days, name=some_name),
    step(delete_pause, number=numbers),
)  # fmt: skip


def begun(store: Store) -> tuple[Mosaic, Caller]:
    """Return a Mosaic and Ada, who has logged two activities for some weeks; what they amount to is kept."""
    mosaic = Mosaic.over(store, clock=FixedClock())
    ada = mosaic.person("Ada")
    rows = [f"{days_ago(ago)},{name},{ago % len(name)}\n" for name in NAMES for ago in range(1, 60, 2)]
    ada.import_csv(["date,activity,value\n", *rows])
    wanted: tuple[Schedule, ...] = (Every(days=2), Daily())
    for activity, schedule in zip(ada.activities(), wanted, strict=True):
        mosaic.activities.update(ada.caller, activity.id, ActivityChange(schedule=schedule))
    mosaic.agenda.keeper.keep(ada.caller, days_ago(1))
    return mosaic, ada.caller


def naive(mosaic: Mosaic, caller: Caller, name: str, today: dt.date) -> NaiveHabit:
    """Return what a calculation from all that is stored tells of an activity."""
    with mosaic.store.read() as unit:
        activity = unit.activities.find(caller.user_id, name)
        assert activity is not None
        values = {one.date: one.value for one in unit.entries.named(caller.user_id, name)}
        pauses = [
            one.days for one in unit.pauses.of(caller.user_id) if one.activity_id in {None, activity.id}
        ]
    return NaiveHabit(habit_of(activity), today, values, pauses)


def assert_told(mosaic: Mosaic, caller: Caller, day: dt.date) -> None:
    """Require that the agenda of the day, and histories, tell what the entries say."""
    agenda = mosaic.agenda.of(caller, day)
    for item in agenda.items:
        expected = naive(mosaic, caller, item.name, day)
        points = [round(strength, 3) for _, strength in expected.strengths()]
        assert item.state == expected.state(day)
        assert item.due == (item.state == "open")
        assert (item.streak.current, item.streak.longest) == expected.streak()
        assert item.strength == (points[-1] if points else 0)
        if expected.begin is not None:
            assert (item.done, item.needed) == expected.progress_of_today()
    ranks = [(not one.due, one.state != "done", one.name.casefold()) for one in agenda.items]
    assert ranks == sorted(ranks)


def assert_history(mosaic: Mosaic, caller: Caller) -> None:
    for item in mosaic.agenda.of(caller).items:
        expected = naive(mosaic, caller, item.name, TODAY)
        wanted = HistoryWanted(first=days_ago(9), last=TODAY + dt.timedelta(days=1))
        told = mosaic.agenda.history(caller, item.activity_id, wanted)
        assert (told.begin, told.streak, told.strength) == (expected.begin, item.streak, item.strength)
        assert [one.state for one in told.days] == [expected.state(days_ago(ago)) for ago in range(9, -2, -1)]
        assert told.rates == {length: expected.rate(length) for length in RATE_DAYS}
        assert [(one.date, one.strength) for one in told.strengths] == [
            (day, round(strength, 3)) for day, strength in expected.strengths() if day >= days_ago(9)
        ]


def attempt(one: Step, mosaic: Mosaic, caller: Caller) -> None:
    try:
        one(mosaic, caller)
    except Exception as error:
        if not hasattr(error, "code"):
            raise


@given(st.lists(steps, max_size=12), days)
def test_whatever_was_changed_the_agenda_tells_what_the_entries_say(taken: list[Step], day: dt.date) -> None:
    mosaic, caller = begun(MemoryStore())
    for one in taken:
        attempt(one, mosaic, caller)
    assert_told(mosaic, caller, TODAY)
    assert_told(mosaic, caller, day)
    assert_history(mosaic, caller)


@pytest.fixture(params=["memory", "sqlite", "a stranger's"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    stores: Mapping[str, Callable[[], Store]] = {
        "memory": MemoryStore,
        "sqlite": lambda: SqliteStore(tmp_path / "mosaic.db"),
        "a stranger's": StrangersStore,
    }
    made = stores[request.param]()
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def mosaic(store: Store, clock: FixedClock) -> Mosaic:
    return Mosaic.over(store, clock=clock)


@pytest.fixture
def ada(mosaic: Mosaic) -> Person:
    return mosaic.person("Ada")


def kept(mosaic: Mosaic, person: Person, day: dt.date) -> dict[str, dt.date]:
    """Return through which day the past of each activity is kept, up to the day."""
    with mosaic.store.read() as unit:
        return {key: one.through for key, one in unit.pasts.at(person.user_id, day).items()}


def parts(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of an activity in JSON as a person says it in Python."""
    read: Mapping[str, Callable[[object], object]] = {"schedule": schedule_of, "target": target_of}
    return {name: read[name](value) if name in read else value for name, value in said.items()}


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.name)
def test_a_worked_example_is_told_exactly(
    mosaic: Mosaic, clock: FixedClock, ada: Person, example: Example, *, keeps: bool
) -> None:
    clock.instant = noon(example.seen[0].on)
    ada.add_activity("Running", "Health", **parts(example.activity))
    for day, value in example.values.items():
        ada.add("Running", value, date=noon(day).date())
    for first, last in example.pauses:
        ada.pause(noon(first).date(), noon(last).date())
    for seen in example.seen:
        clock.instant = noon(seen.on)
        if keeps:
            mosaic.agenda.keeper.keep(ada.caller, clock.now().date() - dt.timedelta(days=1))
        (item,) = ada.agenda().items
        told = ada.history(item.activity_id)
        assert (item.streak.current, item.streak.longest, item.strength) == (
            seen.current, seen.longest, seen.strength
        )  # fmt: skip
        assert (told.streak, told.strength, told.rates[30]) == (item.streak, item.strength, seen.rate)
        strengths = {f"{one.date:%m-%d}": one.strength for one in told.strengths}
        assert {day: strengths[day] for day in seen.strengths} == seen.strengths
        states = {f"{one.date:%m-%d}": one.state for one in told.days}
        assert {day: states[day] for day in seen.states} == seen.states


@pytest.mark.parametrize(("length", "strength"), [(30, 0.798), (60, 0.959), (90, 0.992)])
def test_perfect_days_grow_as_loop_lets_them_grow(ada: Person, length: int, strength: float) -> None:
    ada.add_activity("Running", "Health")
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},Running,1\n" for ago in range(length)]])
    assert ada.agenda().items[0].strength == strength


def test_what_habits_amounted_to_is_kept_once_it_takes_long_to_compute(mosaic: Mosaic, ada: Person) -> None:
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},a,1\n" for ago in range(1, 400)]])
    ada.agenda()
    assert kept(mosaic, ada, TODAY) == {}
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},b,1\n" for ago in range(1, 400)]])
    told = ada.agenda()
    assert kept(mosaic, ada, TODAY) == {"a": days_ago(1), "b": days_ago(1)}
    assert ada.agenda() == told
    ada.add("a", 1)
    assert kept(mosaic, ada, TODAY) == {"a": days_ago(1), "b": days_ago(1)}
    ada.add("a", 1, date=days_ago(40))
    left = kept(mosaic, ada, TODAY)
    assert (left["a"], left["b"]) == (dt.date(2024, 3, 31), days_ago(1))


def test_of_a_long_time_without_entries_the_last_month_alone_is_kept(mosaic: Mosaic, ada: Person) -> None:
    ada.add("a", 1, date=dt.date(1950, 1, 10))
    before = ada.agenda()
    with mosaic.store.read() as unit:
        at = {
            day: [one.through for one in unit.pasts.at(ada.user_id, day).values()]
            for day in (dt.date(1950, 1, 20), dt.date(1987, 6, 5), dt.date(2024, 4, 30), dt.date(2024, 5, 3))
        }
    assert list(at.values()) == [
        [dt.date(1950, 1, 20)], [dt.date(1950, 1, 31)], [dt.date(1950, 1, 31)], [dt.date(2024, 5, 3)]
    ]  # fmt: skip
    assert ada.agenda() == before


class FullPasts(Pasts):
    """No room is left for them."""

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:  # noqa: ARG002  # no room for any
        raise StorageFull("There is no room")


def test_where_there_is_no_room_for_what_was_computed_it_is_told_all_the_same() -> None:
    store = StrangersStore()
    vars(store)["kinds"] = {**StrangersStore.kinds, "pasts": FullPasts}
    mosaic = Mosaic.over(store, clock=FixedClock())
    ada = mosaic.person("Ada")
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},a,1\n" for ago in range(1, 700)]])
    assert ada.agenda().items[0].streak.current == 101
    assert kept(mosaic, ada, TODAY) == {}


def test_many_days_are_kept_in_several_transactions(
    mosaic: Mosaic, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "_DAYS_AT_ONCE", 100)
    days = [f"{days_ago(ago)}" for ago in range(1, 71)]
    ada.import_csv(["date,activity,value\n", *[f"{day},{name},1\n" for day in days for name in "abcd"]])
    keep(mosaic, ada.caller, days_ago(1))
    assert kept(mosaic, ada, TODAY) == dict.fromkeys("abcd", days_ago(1))


def test_nothing_is_kept_for_an_account_that_is_gone(mosaic: Mosaic, ada: Person) -> None:
    ada.add("a", 1, date=days_ago(30))
    caller = ada.caller
    mosaic.person("ben")
    mosaic.accounts.set_admin("ben", is_admin=True)
    mosaic.accounts.delete_named("Ada")
    mosaic.agenda.keeper.keep(caller, days_ago(1))
    with mosaic.store.read() as unit:
        assert unit.pasts.at(caller.user_id, TODAY) == {}
    with pytest.raises(Unauthorized):
        mosaic.pauses.add(caller, NewPause(from_=TODAY))


def test_a_read_in_a_hurry_leaves_long_work_to_others(tmp_path: Path) -> None:
    mosaic = Mosaic.over(SqliteStore(tmp_path / "mosaic.db"), clock=FixedClock())
    ada = mosaic.person("Ada")
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},a,1\n" for ago in range(1, 1200)]])
    with mosaic.store.hurried(), pytest.raises(TakesLong):
        ada.agenda()
    with mosaic.store.hurried(), pytest.raises(TakesLong):
        ada.history(ada.activities()[0].id)
    told = ada.agenda()
    with mosaic.store.hurried():
        assert ada.agenda() == told
        assert ada.history(ada.activities()[0].id).streak == told.items[0].streak
    mosaic.close()


def test_a_read_in_a_hurry_computes_nothing_before_it_leaves_long_work_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosaic = Mosaic.over(SqliteStore(tmp_path / "mosaic.db"), clock=FixedClock())
    ada = mosaic.person("Ada")
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(400)},{name},1\n" for name in "abc"]])
    computed: list[dt.date] = []
    standing = HabitCalculator.standing

    def counted(asked: HabitCalculator) -> Standing:
        computed.append(asked.today)
        return standing(asked)

    monkeypatch.setattr(HabitCalculator, "standing", counted)
    for day in (None, dt.date.max):
        with mosaic.store.hurried(), pytest.raises(TakesLong):
            ada.agenda(day)
    assert computed == []
    ada.agenda(dt.date.max)
    assert computed == [dt.date.max] * 3
    mosaic.close()


def test_pauses_of_everything_and_of_one_activity_come_together(mosaic: Mosaic, ada: Person) -> None:
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(9)},{name},1\n" for name in "ab"]])
    first = ada.activities()[0]
    mosaic.pauses.add(ada.caller, NewPause(from_=days_ago(8), to=days_ago(5)))
    mosaic.pauses.add(ada.caller, NewPause(from_=days_ago(4), to=TODAY, activity_id=first.id))
    assert {one.name: one.state for one in ada.agenda().items} == {"a": "paused", "b": "open"}
    assert_told(mosaic, ada.caller, TODAY)


def test_a_history_keeps_what_it_had_to_compute(mosaic: Mosaic, ada: Person) -> None:
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},a,1\n" for ago in range(1, 1200)]])
    told = ada.history(ada.activities()[0].id)
    assert kept(mosaic, ada, TODAY) == {"a": days_ago(1)}
    assert ada.history(ada.activities()[0].id) == told


def test_a_restored_store_tells_the_same(mosaic: Mosaic, ada: Person) -> None:
    ada.import_csv(["date,activity,value\n", *[f"{days_ago(ago)},a,{ago % 3}\n" for ago in range(1, 700)]])
    ada.pause(days_ago(50), days_ago(40))
    told = ada.agenda()
    copy = MemoryStore()
    with mosaic.store.read() as source, copy.write() as unit:
        take_all(source.archive, unit)
    again = Mosaic.over(copy, clock=FixedClock()).person("Ada")
    assert [(one.name, one.state, one.streak, one.strength) for one in again.agenda().items] == [
        (one.name, one.state, one.streak, one.strength) for one in told.items
    ]
    assert [(one.from_, one.to) for one in again.pauses()] == [(days_ago(50), days_ago(40))]


def test_until_the_day_starts_it_is_still_yesterday(mosaic: Mosaic, clock: FixedClock) -> None:
    ada = mosaic.person("Ada", timezone="Europe/Berlin", day_start="03:00")
    ada.add_activity("Running", "Health")
    ada.add("Running", 1, date=dt.date(2024, 6, 1))
    seen = []
    for text in ("2024-06-02T02:59", "2024-06-02T03:00"):
        clock.instant = dt.datetime.fromisoformat(f"{text}:00+02:00")
        agenda = ada.agenda()
        last = ada.history(agenda.items[0].activity_id).last
        seen.append((agenda.date.isoformat(), agenda.items[0].state, last.isoformat()))
    assert seen == [("2024-06-01", "done", "2024-06-01"), ("2024-06-02", "open", "2024-06-02")]


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", "2024-03-31T00:30:00+00:00", "2024-03-30"),  # 01:30, before the clock is put on
        ("Europe/Berlin", "2024-03-31T01:00:00+00:00", "2024-03-31"),  # 03:00, which 02:00 has become
        ("Europe/Berlin", "2024-10-27T01:59:00+00:00", "2024-10-26"),  # 02:59, for the second time
        ("Europe/Berlin", "2024-10-27T02:00:00+00:00", "2024-10-27"),
        ("Asia/Kolkata", "2024-06-01T21:29:00+00:00", "2024-06-01"),
        ("Asia/Kolkata", "2024-06-01T21:30:00+00:00", "2024-06-02"),
        ("Asia/Kathmandu", "2024-06-01T21:14:00+00:00", "2024-06-01"),
        ("Asia/Kathmandu", "2024-06-01T21:15:00+00:00", "2024-06-02"),
    ],
)
def test_days_begin_by_the_clock_on_the_wall(
    mosaic: Mosaic, clock: FixedClock, zone: str, instant: str, day: str
) -> None:
    ada = mosaic.person("Ada", timezone=zone, day_start="03:00")
    ada.add_activity("Running", "Health")
    clock.instant = dt.datetime.fromisoformat(instant)
    assert ada.agenda().date.isoformat() == day


def test_who_moves_from_auckland_to_los_angeles_lives_a_day_twice(mosaic: Mosaic, clock: FixedClock) -> None:
    clock.instant = dt.datetime(2024, 6, 1, 20, tzinfo=dt.UTC)
    ada = mosaic.person("Ada", timezone="Pacific/Auckland")
    ada.add_activity("Running", "Health")
    for ago in range(1, 4):
        ada.add("Running", 1, date=dt.date(2024, 6, 2) - dt.timedelta(days=ago))
    ada.add("Running", 1)
    assert (ada.agenda().date, ada.agenda().items[0].streak.current) == (dt.date(2024, 6, 2), 4)
    ada = mosaic.person("Ada", timezone="America/Los_Angeles")
    assert (ada.agenda().date, ada.agenda().items[0].streak.current) == (dt.date(2024, 6, 1), 3)
    clock.advance(days=1)
    assert (ada.agenda().items[0].state, ada.agenda().items[0].streak.current) == ("done", 4)


def test_a_history_is_of_an_activity_that_is_seen(mosaic: Mosaic, ada: Person) -> None:
    ben = mosaic.person("ben")
    ada.add_activity("Shared", "Health", shared=True)
    shared = next(one for one in ada.activities() if one.user_id is None)
    own = ben.add_activity("Running", "Health").activity
    assert ada.history(shared.id).begin is None
    for person, number in ((ben, shared.id), (ada, own.id), (ada, 2**40)):
        with pytest.raises(NotFound):
            person.history(number)
    with pytest.raises(InvalidQuery):
        ben.history(own.id, first=TODAY, last=days_ago(1))
    with pytest.raises(InvalidInput):
        ben.agenda(dt.datetime(2024, 6, 1, tzinfo=dt.UTC))


def test_the_first_of_all_days_has_a_history_and_an_agenda(mosaic: Mosaic, ada: Person) -> None:
    ada.add_activity("Run", "Health")
    ada.add_activity("Shared", "Health", shared=True)
    first = dt.date.min
    history = ada.history(activity_id(mosaic, ada.caller, "Run"), first=first, last=first)
    assert [(one.date, one.state) for one in history.days] == [(first, None)]
    assert [one.state for one in ada.agenda(first).items] == [None, None]


@pytest.mark.skipif(not LOOP_HABITS.exists(), reason=f"{LOOP_HABITS} is not there")
def test_a_real_history_is_told_as_a_naive_calculation_tells_it(mosaic: Mosaic, clock: FixedClock) -> None:
    ada = mosaic.person("Ada")
    with LOOP_HABITS.open(encoding="utf-8") as lines:
        ada.import_csv(lines)
    last = max(one.date for one in ada.entries())
    clock.instant = dt.datetime.combine(last, dt.time(12), dt.UTC)
    for one, schedule in zip(ada.activities(), cycle(PLAUSIBLE), strict=False):
        ada.change_activity(one.id, schedule=schedule)
    for day in (last, last - dt.timedelta(days=100)):
        assert_told(mosaic, ada.caller, day)
