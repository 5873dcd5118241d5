"""Whatever happens in whatever order, a rule's entries are what a plain calculation of what is left says."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from attrs import Factory, define
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mosaic_adapters.memory import MemoryStore
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.sqlite import SqliteStore
from mosaic_core import Batch, Mosaic, Person, RuleChange
from mosaic_core.entries.model import IMPORT, PERSON, RULE
from mosaic_core.rules.model import CHECK, VALUE, NewRule
from mosaic_core.stats.summary import summarise
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.wearable_records import Json, heart, steps
from mosaic_core.wearables.model import OVER_ALL, DailyAggregate, SourceChange
from strangers_store import StrangersStore
from support import FixedClock, days_ago, rolled_back
from support_postgresql import UNHURRIED, emptied, the_database

DAYS = [days_ago(ago) for ago in range(-1, 3)]
NAME = "Walking"

Said = dict[dt.date, tuple[float, str]]
"""The value and the origin of each day's entry."""


@define
class Naive:
    """What the person and imports have said, what a disabled rule left, and the rule itself."""

    said: Said = Factory(dict)
    left: Said = Factory(dict)
    rule: NewRule | None = None
    enabled: bool = True

    def filled(self, days: Mapping[dt.date, DailyAggregate]) -> Said:
        """Return what the rule fills in."""
        if self.rule is None:
            return {}
        if not self.enabled:
            return {day: told for day, told in self.left.items() if day not in self.said}
        made: Said = {}
        for day, aggregate in days.items():
            measured = _measured(self.rule.metric, aggregate)
            if measured is not None and self.rule.from_ is not None and day >= self.rule.from_:
                enough = self.rule.at_least is not None and measured >= self.rule.at_least
                made[day] = (measured if self.rule.fill == VALUE else 1.0 if enough else 0.0, RULE)
        return {day: told for day, told in made.items() if day not in self.said}


def _measured(metric: str, day: DailyAggregate) -> float | None:
    if metric == "steps":
        return None if day.steps is None else float(day.steps.steps)
    if metric == "sleep_minutes":
        return None if day.sleep is None else day.sleep.seconds / 60
    return None if day.heart is None else day.heart.average


@define
class World:
    """A person with an activity, and what is to become of it."""

    mosaic: Mosaic
    ada: Person
    naive: Naive

    def aggregates(self) -> Mapping[dt.date, DailyAggregate]:
        with self.mosaic.store.read() as unit:
            days = unit.wearables.aggregates(self.ada.user_id, OVER_ALL, dt.date.min, dt.date.max)
        return {one.day: one for one in days}

    def wanted(self) -> Said:
        return {**self.naive.said, **self.naive.filled(self.aggregates())}

    def told(self) -> Said:
        return {row.date: (row.value, row.origin) for row in self.ada.entries(activity=NAME)}

    def source(self, number: int) -> int | None:
        ids = [one.id for one in self.mosaic.wearables.sources(self.ada.caller)]
        return ids[number] if number < len(ids) else None

    def entry(self, day: dt.date) -> int | None:
        found = [row.id for row in self.ada.entries(activity=NAME, first=day, last=day)]
        return found[0] if found else None


Action = Callable[[World], object]


def ingest(world: World, *, batch: Batch) -> None:
    world.ada.ingest(batch)


def rank(world: World, *, number: int) -> None:
    source = world.source(number)
    if source is not None:
        world.mosaic.wearables.change_source(world.ada.caller, source, SourceChange(priority=0))


def drop(world: World, *, number: int) -> None:
    source = world.source(number)
    if source is not None:
        world.mosaic.wearables.delete_source(world.ada.caller, source)


def reprocess(world: World) -> None:
    list(world.mosaic.wearables.reprocess(world.ada.user_id))


def add(world: World, *, day: dt.date) -> None:
    world.ada.add(NAME, 5, date=day)
    world.naive.said[day] = (5.0, PERSON)


def bring_in(world: World, *, day: dt.date) -> None:
    world.ada.import_csv(io.StringIO(f"date,activity,value\n{day},{NAME},-3\n"))
    if world.naive.said.get(day, (0, ""))[0] != -3:
        world.naive.said[day] = (-3.0, IMPORT)


def finalize(world: World, *, day: dt.date) -> None:
    if world.entry(day) is None:
        world.naive.said[day] = (0.0, PERSON)
    world.ada.finalize(day)


def note(world: World, *, day: dt.date) -> None:
    entry = world.entry(day)
    if entry is not None:
        world.naive.said[day] = (world.ada.change_entry(entry, note="mine").value, PERSON)


def move(world: World, *, day: dt.date, to: dt.date) -> None:
    entry = world.entry(day)
    if entry is not None and world.entry(to) is None:
        world.naive.said[to] = (world.ada.change_entry(entry, date=to).value, PERSON)
        world.naive.said.pop(day, None)
        world.naive.left.pop(day, None)


def delete(world: World, *, day: dt.date) -> None:
    entry = world.entry(day)
    if entry is not None:
        world.ada.delete_entry(entry)
        world.naive.said.pop(day, None)
        world.naive.left.pop(day, None)


def add_rule(world: World, *, new: NewRule) -> None:
    if world.naive.rule is None:
        world.mosaic.rules.add(world.ada.caller, new)
        world.naive.rule, world.naive.enabled = new, True


def change_rule(world: World, *, change: RuleChange) -> None:
    if world.naive.rule is None:
        return
    world.naive.left = world.naive.filled(world.aggregates())
    (rule,) = world.ada.rules()
    after = world.ada.change_rule(rule.rule.id, change).rule
    world.naive.enabled = after.enabled
    world.naive.rule = NewRule(
        activity=NAME, metric=after.metric, fill=after.fill, at_least=after.at_least, from_=after.from_
    )


def delete_rule(world: World) -> None:
    for rule in world.ada.rules():
        left = world.naive.filled(world.aggregates())
        world.ada.delete_rule(rule.rule.id)
        world.naive.said |= {day: (value, PERSON) for day, (value, _) in left.items()}
        world.naive.rule = None


def keep_pasts(world: World) -> None:
    world.mosaic.agenda.keeper.keep(world.ada.caller, days_ago(1))


_days = st.sampled_from(DAYS)
_numbers = st.integers(0, 1)
_bounds = st.sampled_from([0.0, 60.0, 100.0, 400.0])
_new_rules = st.builds(
    NewRule,
    activity=st.just(NAME),
    metric=st.sampled_from(["steps", "sleep_minutes", "hr_avg"]),
    fill=st.sampled_from([VALUE, CHECK]),
    at_least=_bounds,
    from_=_days,
)
_changes = st.builds(
    RuleChange,
    enabled=st.sampled_from([None, True, False]),
    at_least=_bounds,
    fill=st.sampled_from([None, VALUE, CHECK]),
    from_=st.none() | _days,
)


def _of(action: Callable[..., object], **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Action]:
    return st.fixed_dictionaries(arguments).map(lambda chosen: partial(action, **chosen))


def _walk(device: str, day: dt.date, hour: int, count: int) -> list[Json]:
    """Return steps and a heartbeat within an hour of the day."""
    key = f"{device} {day} {hour} {count}"
    start, end = f"{day}T{hour:02}:00:00Z", f"{day}T{hour:02}:59:00Z"
    return [steps(key, start, end, count), heart(f"beat {key}", start, 60 + hour)]


_walks = st.builds(
    lambda device, days, hour, count: Batch(
        source_app="App",
        device_id=device,
        tz="UTC",
        records=[json.dumps(one) for day in days for one in _walk(device, day, hour, count)],
    ),
    st.sampled_from(["watch", "ring"]),
    st.lists(_days, min_size=1, max_size=4, unique=True),
    st.integers(8, 10),
    st.integers(1, 200),
)
_records = st.one_of(_of(ingest, batch=_walks), _of(ingest, batch=strategies.batches))
_rules = _of(add_rule, new=_new_rules)
_said = st.one_of(
    _of(add, day=_days),
    _of(bring_in, day=_days),
    _of(finalize, day=_days),
    _of(note, day=_days),
    _of(move, day=_days, to=_days),
    _of(delete, day=_days),
    _of(delete, day=_days),
)
_sources = st.one_of(_of(rank, number=_numbers), _of(drop, number=_numbers), _of(reprocess))
_changed = st.one_of(_of(change_rule, change=_changes), _of(change_rule, change=_changes), _of(delete_rule))
ACTIONS = st.tuples(
    _of(ingest, batch=_walks),
    _rules,
    st.lists(st.one_of(_records, _rules, _said, _said, _sources, _changed, _of(keep_pasts)), max_size=12),
).map(lambda drawn: [*drawn[:2], *drawn[2]])


@pytest.fixture(
    scope="module",
    params=["memory", "strangers", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = _MAKERS[request.param](tmp_path_factory.mktemp("filled"))
    yield made
    made.close()


_MAKERS: Mapping[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "strangers": lambda _: StrangersStore(),
    "sqlite": lambda folder: SqliteStore(folder / "mosaic.db"),
    "postgresql": lambda _: PostgresqlStore(emptied(the_database()), busy_timeout=UNHURRIED),
}


@settings(phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(actions=ACTIONS)
def test_entries_are_what_a_plain_calculation_from_what_is_left_says(
    store: Store, actions: list[Action]
) -> None:
    mosaic = Mosaic.over(store, clock=FixedClock())
    with rolled_back(store):
        ada = mosaic.person("Ada", timezone="UTC")
        ada.add_activity(NAME, "Health")
        world = World(mosaic, ada, Naive())
        for action in actions:
            action(world)
            assert world.told() == world.wanted()
        require_fresh(world)


def require_fresh(world: World) -> None:
    """Require that all that is computed of entries is computed of these."""
    caller = world.ada.caller
    with world.mosaic.store.read() as unit:
        found = unit.entries.positive(caller.user_id, DAYS[::-1])
        summed = [one for one in (summarise(day, found.get(day, ())) for day in DAYS[::-1]) if one]
        assert list(unit.summaries.summaries(caller.user_id, DAYS[-1], DAYS[0])) == summed
    (item,) = world.ada.agenda().items
    with world.mosaic.store.write() as unit:
        unit.pasts.forget(caller.user_id, None, dt.date.min)
    assert world.ada.agenda().items == (item,)
