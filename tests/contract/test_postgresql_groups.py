"""Writes that share a transaction over PostgreSQL do what they would one by one, in fewer ways to it."""

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import psycopg
import pytest

from mosaic_adapters.lanes import NetworkLanes
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.postgresql.links import Link
from mosaic_adapters.postgresql.trips import Statement, Told
from mosaic_core.app import Mosaic
from mosaic_core.entries.merging import MergeActivity
from mosaic_core.entries.model import AddEntry, EntryFilter, Meeting, WrittenEntry
from mosaic_core.errors import Conflict, MosaicError, Unauthorized
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane, Party
from mosaic_core.paging import Page
from mosaic_core.store import Foretold
from mosaic_core.testing import TODAY, FixedClock, an_activity, an_entry, days_ago
from mosaic_core.testing.contracts.keeping import KeepingCache
from mosaic_core.testing.matching import Matching
from mosaic_core.testing.told import told_of_all
from support_postgresql import emptied, the_database

ALL = Page(None)
ENOUGH = 60
Job = Callable[[Mosaic], object]


@pytest.fixture
def store() -> Iterator[PostgresqlStore]:
    made = PostgresqlStore(emptied(the_database()))
    yield made
    made.close()


@pytest.fixture
def mosaic(store: PostgresqlStore) -> Mosaic:
    """People over PostgreSQL, with a few rows."""
    return peopled(store)


@pytest.fixture
def plain() -> Mosaic:
    """The same people over a store in which writes that share a transaction take no other way."""
    return peopled(MemoryStore())


def peopled(store: PostgresqlStore | MemoryStore) -> Mosaic:
    mosaic = Mosaic.over(store, cache=KeepingCache(), clock=FixedClock())
    for name, category in (("Ada", "Health"), ("ben", "Sport")):
        person = mosaic.person(name)
        for activity in ("Run", "Read"):
            person.add_activity(activity, category)
        person.add("Run", 1.0, date=days_ago(9))
        person.today(days_ago(9))
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(None, "Swim"))
        unit.entries.add(an_entry(None, "Swim", days_ago(8), value=3.0))
    mosaic.agenda.keeper.keep(mosaic.person("Ada").caller, days_ago(1))
    return mosaic


class Add:
    """Adds an entry, and says beforehand where."""

    def __init__(self, name: str = "Run", day: dt.date = TODAY, value: float = 1.0, who: str = "Ada") -> None:
        self.said = AddEntry(date=day, activity=name, value=value)
        self.who = who

    def __call__(self, mosaic: Mosaic) -> WrittenEntry:
        return mosaic.entries.add(mosaic.person(self.who).caller, self.said)

    def foretold(self, mosaic: Mosaic) -> Foretold[object]:
        caller = mosaic.person(self.who).caller
        add = partial(mosaic.entries.add, caller, self.said)
        return Foretold(add, [Meeting(caller.user_id, self.said.activity, self.said.date)])


def works_of(mosaic: Mosaic, jobs: Sequence[Job]) -> list[Foretold[object]]:
    """Return the jobs as they are brought to the lanes; of those that are no adding nothing is known."""
    return [
        one.foretold(mosaic) if isinstance(one, Add) else Foretold(partial(one, mosaic), ()) for one in jobs
    ]


def together(mosaic: Mosaic, works: Sequence[Callable[[], object]]) -> list[object]:
    """Do the works in one transaction: while they come, another write of their party is under way."""
    lanes = NetworkLanes(mosaic.store, 8)
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go_on.wait(ENOUGH)

    async def scenario() -> list[object]:
        first = asyncio.create_task(lanes.run(Lane.WRITE, hold, Party("party")))
        await asyncio.to_thread(begun.wait, ENOUGH)
        waiting = [asyncio.create_task(lanes.run(Lane.WRITE, work, Party("party"))) for work in works]
        await asyncio.sleep(0)
        go_on.set()
        _, *told = await asyncio.gather(first, *waiting, return_exceptions=True)
        return told

    try:
        return asyncio.run(scenario())
    finally:
        lanes.close()


def one_by_one(mosaic: Mosaic, jobs: Sequence[Job]) -> list[object]:
    told: list[object] = []
    for job in jobs:
        try:
            told.append(job(mosaic))
        except (MosaicError, ZeroDivisionError) as error:
            told.append(error)
    return told


def without_errors(told: Sequence[object]) -> list[object]:
    return [type(one).__name__ if isinstance(one, Exception) else one for one in told]


def require_same(mosaic: Mosaic, plain: Mosaic, *jobs: Job) -> list[object]:
    """Run the jobs together over PostgreSQL, and one by one; require that both tell the same, also later."""
    told, expected = together(mosaic, works_of(mosaic, jobs)), one_by_one(plain, jobs)
    matching = Matching()
    matching.require_same(without_errors(told), without_errors(expected))
    matching.require_same(told_of_all(mosaic), told_of_all(plain))
    return told


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Statement]]:
    """What is sent to PostgreSQL together, trip by trip."""
    sent: list[Sequence[Statement]] = []
    trip = Link.trip

    def counted(link: Link, statements: Sequence[Statement], last: int = 1) -> Sequence[Told]:
        sent.append(statements)
        return trip(link, statements, last)

    monkeypatch.setattr(Link, "trip", counted)
    return sent


def ids(told: Sequence[object]) -> list[int]:
    return [one.entry.id for one in told if isinstance(one, WrittenEntry)]


def activity_id(mosaic: Mosaic, name: str, who: str = "Ada") -> int:
    caller = mosaic.person(who).caller
    return next(one.id for one in mosaic.activities.page(caller, ALL).items if one.name == name)


def entry_id(mosaic: Mosaic, day: dt.date, who: str = "Ada") -> int:
    wanted = EntryFilter(first=day, last=day)
    return mosaic.entries.page(mosaic.person(who).caller, wanted, ALL).items[0].id


def own(mosaic: Mosaic) -> int:
    """Return how many entries Ada has."""
    with mosaic.store.read() as unit:
        return unit.entries.count(mosaic.person("Ada").user_id, EntryFilter(), shared=False)


NEW = [Add(name, days_ago(ago), ago + 1.0) for ago in range(4) for name in ("Run", "read")]


def test_new_entries_that_come_together_take_two_ways_and_no_savepoint(
    mosaic: Mosaic, plain: Mosaic, trips: list[Sequence[Statement]]
) -> None:
    works = works_of(mosaic, NEW)
    trips.clear()
    told = together(mosaic, works)
    assert len(trips) == 2
    said = [one.sql for sent in trips for one in sent]
    assert not any("SAVEPOINT" in one for one in said)
    assert len([one for one in said if "INSERT INTO entries" in one]) == 1
    assert ids(told) == sorted(set(ids(told)))
    one_by_one(plain, NEW)
    Matching().require_same(told_of_all(mosaic), told_of_all(plain))


def test_what_joins_a_transaction_after_its_look_takes_one_way_more(
    mosaic: Mosaic, trips: list[Sequence[Statement]]
) -> None:
    store = mosaic.store
    first, second = works_of(mosaic, NEW)[:4], works_of(mosaic, NEW)[4:]
    trips.clear()
    with store.write() as unit:
        for some in (first, second):
            unit.expect([meeting for work in some for meeting in work.meetings])
            for work in some:
                work()
    assert len(trips) == 3


def test_what_is_written_apart_from_entries_leaves_what_was_looked_up(
    mosaic: Mosaic, plain: Mosaic, trips: list[Sequence[Statement]]
) -> None:
    def under_a_key(mosaic: Mosaic, add: Add) -> Callable[[], object]:
        def work() -> Answer:
            return Answer(201 if add(mosaic).is_new else 200, b"")

        caller = mosaic.person(add.who).caller
        return partial(mosaic.idempotency.once, caller.user_id, f"{add.said}", "same", work)

    def keyed(mosaic: Mosaic) -> list[Foretold[object]]:
        foretold = zip(works_of(mosaic, NEW), NEW, strict=True)
        return [Foretold(under_a_key(mosaic, add), one.meetings) for one, add in foretold]

    works = keyed(mosaic)
    trips.clear()
    assert together(mosaic, works) == [work() for work in keyed(plain)]
    assert len([one for sent in trips for one in sent if "AS place" in one.sql]) == 1
    Matching().require_same(told_of_all(mosaic), told_of_all(plain))


def test_other_values_of_entries_take_two_ways_as_well(
    mosaic: Mosaic, plain: Mosaic, trips: list[Sequence[Statement]]
) -> None:
    twice = [Add(), Add("Run", days_ago(9), 5.0), Add("RUN", value=2.0), Add("Read"), Add("Run", days_ago(9))]
    works = works_of(mosaic, twice)
    trips.clear()
    told = together(mosaic, works)
    assert len(trips) == 2
    assert [one.is_new for one in told if isinstance(one, WrittenEntry)] == [True, False, False, True, False]
    one_by_one(plain, twice)
    Matching().require_same(told_of_all(mosaic), told_of_all(plain))


def rename(mosaic: Mosaic) -> None:
    mosaic.person("Ada").change_activity(activity_id(mosaic, "Run"), name="Walk", category="Sport")


def swap_names(mosaic: Mosaic) -> None:
    rename(mosaic)
    mosaic.person("Ada").change_activity(activity_id(mosaic, "Read"), name="Run")


def merge(mosaic: Mosaic) -> None:
    source, target = activity_id(mosaic, "Run"), activity_id(mosaic, "Read")
    mosaic.entries.merge(mosaic.person("Ada").caller, source, MergeActivity(into=target))


def delete_activity(mosaic: Mosaic) -> None:
    ada, number = mosaic.person("Ada"), activity_id(mosaic, "Run")
    ada.deactivate(number)
    ada.delete_activity(number)


def describe(mosaic: Mosaic) -> None:
    mosaic.person("Ada").add_activity("New", "Learning", goal=2.0)


def share(mosaic: Mosaic) -> None:
    with mosaic.store.write() as unit:
        unit.activities.add(an_activity(None, "New", category="Shared"))
        unit.entries.add(an_entry(None, "New", days_ago(1), value=5.0))


def move(mosaic: Mosaic) -> None:
    mosaic.person("Ada").change_entry(entry_id(mosaic, days_ago(9)), date=days_ago(1))


def move_onto_another(mosaic: Mosaic) -> None:
    mosaic.person("Ada").change_entry(entry_id(mosaic, days_ago(9)), date=days_ago(2))


def delete(mosaic: Mosaic) -> None:
    mosaic.person("Ada").delete_entry(entry_id(mosaic, days_ago(9)))


def finalize(mosaic: Mosaic) -> object:
    return mosaic.person("Ada").finalize(days_ago(1))


def bring_in(mosaic: Mosaic) -> object:
    rows = ["date,activity,value", f"{days_ago(1)},Run,7", f"{days_ago(1)},New,8", f"{days_ago(2)},Read,9"]
    return mosaic.person("Ada").import_csv(rows)


def leave(mosaic: Mosaic) -> None:
    mosaic.accounts.delete_named("Ada")


def fail(mosaic: Mosaic) -> None:
    with mosaic.store.write():
        Add("Run", days_ago(1), 4.0)(mosaic)
        Add("New", days_ago(2), 4.0)(mosaic)
        raise ZeroDivisionError


def fail_at_once(mosaic: Mosaic) -> None:
    ada = mosaic.person("Ada").user_id
    with mosaic.store.write() as unit:
        assert unit.met(ada, "Run", days_ago(6)).entry_id is None
        unit.entries.add(an_entry(ada, "Run", days_ago(6)))
        raise ZeroDivisionError


def be_refused(mosaic: Mosaic) -> None:
    with mosaic.store.write() as unit:
        unit.entries.add(an_entry(mosaic.person("Ada").user_id, "Run", days_ago(9)))


def write_for_nobody(mosaic: Mosaic) -> None:
    with mosaic.store.write() as unit:
        unit.entries.add(an_entry(2**40, "Run"))


def swallow_a_failure(mosaic: Mosaic) -> None:
    Add("Read", days_ago(2), 6.0)(mosaic)
    with pytest.raises(ZeroDivisionError):
        fail(mosaic)
    Add("Read", days_ago(4), 6.0)(mosaic)


BETWEEN = [
    rename,
    swap_names,
    merge,
    delete_activity,
    describe,
    share,
    move,
    move_onto_another,
    delete,
    finalize,
    bring_in,
    leave,
    fail,
    fail_at_once,
    be_refused,
    write_for_nobody,
    swallow_a_failure,
]


@pytest.mark.parametrize("between", BETWEEN)
def test_what_was_looked_up_for_all_is_not_relied_on_once_it_has_changed(
    mosaic: Mosaic, plain: Mosaic, between: Job
) -> None:
    places = [
        Add(name, days_ago(ago), 10.0 * ago)
        for ago in (1, 2, 8, 9)
        for name in ("run", "read", "new", "swim")
    ]
    require_same(mosaic, plain, *places[::2], between, *places[1::2], *places[:2])


def test_a_job_that_the_database_refuses_is_undone_alone(mosaic: Mosaic) -> None:
    told = together(mosaic, works_of(mosaic, [NEW[0], be_refused, NEW[1], write_for_nobody, NEW[2]]))
    assert [type(one) for one in told] == [WrittenEntry, Conflict, WrittenEntry, Unauthorized, WrittenEntry]
    assert own(mosaic) == 1 + 3


def test_entries_of_several_owners_are_looked_up_for_each(
    mosaic: Mosaic, plain: Mosaic, trips: list[Sequence[Statement]]
) -> None:
    jobs = [
        Add(name, days_ago(ago), who=who)
        for ago in (1, 2)
        for name in ("Run", "Read")
        for who in ("Ada", "ben")
    ]
    works = works_of(mosaic, jobs)
    trips.clear()
    together(mosaic, works)
    assert len(trips) == 3
    one_by_one(plain, jobs)
    Matching().require_same(told_of_all(mosaic), told_of_all(plain))


def test_ids_grow_whatever_is_written_in_between(mosaic: Mosaic) -> None:
    told = together(mosaic, works_of(mosaic, [NEW[0], NEW[1], finalize, bring_in, *NEW[2:]]))
    added = [one for one in told if isinstance(one, WrittenEntry) and one.is_new]
    assert ids(added) == sorted(set(ids(added)))
    with mosaic.store.read() as unit:
        listed = unit.entries.page(mosaic.person("Ada").user_id, EntryFilter(), ALL, shared=False)
    assert max(one.id for one in listed) == ids(added)[-1]


def test_a_place_that_somebody_else_has_taken_before_the_look_is_not_added_again(
    mosaic: Mosaic,
) -> None:
    other = PostgresqlStore(the_database())
    works = works_of(mosaic, NEW[:2])
    with other.write() as unit:
        ada = unit.users.find("Ada")
        assert ada is not None
        unit.entries.add(an_entry(ada.id, "Run", TODAY, value=5.0))
    other.close()
    told = together(mosaic, works)
    assert [one.is_new for one in told if isinstance(one, WrittenEntry)] == [False, True]


@pytest.mark.parametrize("expected", [0, 1])
def test_what_others_want_to_write_meanwhile_waits(mosaic: Mosaic, expected: int) -> None:
    """What was looked up stays true: nobody else writes what is the owner's until the transaction ends."""
    ada = mosaic.person("Ada").user_id
    with mosaic.store.write() as unit:
        unit.expect([Meeting(ada, "Run", TODAY)][:expected])
        assert unit.met(ada, "Run", TODAY).entry_id is None
        other = PostgresqlStore(the_database(), busy_timeout=0.2)
        with pytest.raises(MosaicError, match="busy"), other.write() as beside:
            beside.entries.add(an_entry(ada, "Run", TODAY))
        other.close()
        unit.entries.add(an_entry(ada, "Run", TODAY))
    assert own(mosaic) == 2


def test_what_is_said_and_fails_at_the_end_fails_all_and_nothing_of_it_lasts(
    mosaic: Mosaic,
) -> None:
    with psycopg.connect(the_database()) as link:
        link.execute("ALTER TABLE entries ADD CONSTRAINT no_sevens CHECK (value <> 7)")
    try:
        told = together(mosaic, works_of(mosaic, [NEW[0], Add(value=7.0, day=days_ago(6)), NEW[1]]))
    finally:
        with psycopg.connect(the_database()) as link:
            link.execute("ALTER TABLE entries DROP CONSTRAINT no_sevens")
    assert all(isinstance(one, Exception) for one in told)
    assert own(mosaic) == 1
    together(mosaic, works_of(mosaic, NEW))
    assert own(mosaic) == 1 + len(NEW)
