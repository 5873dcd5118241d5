"""Where use cases run over a store across a network: in threads, writes of one party together."""

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TypeVar

import pytest

from mosaic_adapters.lanes import NetworkLanes
from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_core.entries.model import Meeting
from mosaic_core.errors import SerializationFailure, ServiceUnavailable, TakesLong
from mosaic_core.lanes import Lane, Party
from mosaic_core.store import Foretold
from support import a_user

T = TypeVar("T")

CONNECTIONS = 8


class CountingStore(MemoryStore):
    """A memory store that counts its commits."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        is_outer = self._writer() is None
        with super().write() as unit:
            yield unit
        self.commits += is_outer


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def lanes(store: CountingStore) -> Iterator[NetworkLanes]:
    made = NetworkLanes(store, CONNECTIONS)
    yield made
    made.close()


def add(store: CountingStore, username: str) -> Callable[[], int]:
    def use_case() -> int:
        with store.write() as unit:
            return unit.users.add(a_user(username)).id

    return use_case


def fail(store: CountingStore) -> None:
    with store.write() as unit:
        unit.users.add(a_user("nobody"))
        raise ValueError("fails")


def names(store: CountingStore) -> list[str]:
    with store.read() as unit:
        return [user.username for user in unit.users.every()]


async def behind_another(
    lanes: NetworkLanes, *works: Callable[[], object], party: str = "ada"
) -> list[object]:
    """Run the works while another write of the party is under way, so that they join it together."""
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go_on.wait(60)

    first = asyncio.create_task(lanes.run(Lane.WRITE, hold, Party(party)))
    await asyncio.to_thread(begun.wait, 60)
    waiting = [asyncio.create_task(lanes.run(Lane.WRITE, work, Party(party))) for work in works]
    await asyncio.sleep(0)
    go_on.set()
    _, *told = await asyncio.gather(first, *waiting, return_exceptions=True)
    return told


def test_writes_of_one_party_that_come_while_one_is_written_share_its_commit(
    lanes: NetworkLanes, store: CountingStore
) -> None:
    told = asyncio.run(behind_another(lanes, *[add(store, f"user{number}") for number in range(5)]))
    assert told == [1, 2, 3, 4, 5]
    assert store.commits == 1


def test_writes_of_turns_that_follow_each_other_share_one_commit(
    lanes: NetworkLanes, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.lanes._LONG_TURN_SECONDS", 10.0)
    monkeypatch.setattr("mosaic_adapters.lanes._LONGEST_GATHERING_SECONDS", 10.0)

    async def scenario() -> list[int]:
        tasks = []
        for number in range(5):
            work = add(store, f"user{number}")
            tasks.append(asyncio.create_task(lanes.run(Lane.WRITE, work, Party("ada"))))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks)

    assert asyncio.run(scenario()) == [1, 2, 3, 4, 5]
    assert store.commits == 1


async def gathered(lanes: NetworkLanes, *works: Callable[[], object]) -> None:
    """Run the works, which come in one turn of the event loop."""
    await asyncio.gather(*[lanes.run(Lane.WRITE, work, Party("ada")) for work in works])


@pytest.mark.parametrize("brought", [behind_another, gathered])
def test_a_transaction_hears_beforehand_what_those_that_share_it_will_ask(
    lanes: NetworkLanes,
    brought: Callable[..., Coroutine[None, None, object]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[object] = []
    monkeypatch.setattr(MemoryUnit, "expect", lambda _, meetings: events.extend(meetings), raising=False)
    meetings = [Meeting(1, "Run", dt.date(2026, 1, day)) for day in (1, 2, 3)]

    def work(number: int) -> Foretold[None]:
        return Foretold(partial(events.append, number), meetings[number : number + 1])

    asyncio.run(brought(lanes, *map(work, range(4))))
    assert events == [*meetings, 0, 1, 2, 3]


def test_no_more_than_a_group_share_a_commit(lanes: NetworkLanes, store: CountingStore) -> None:
    told = asyncio.run(behind_another(lanes, *[add(store, f"user{number}") for number in range(40)]))
    assert told == list(range(1, 41))
    assert store.commits == 2


def test_a_write_that_fails_undoes_its_own_part_alone(lanes: NetworkLanes, store: CountingStore) -> None:
    told = asyncio.run(behind_another(lanes, add(store, "ada"), lambda: fail(store), add(store, "ben")))
    assert [type(one) for one in told] == [int, ValueError, int]
    assert names(store) == ["ada", "ben"]


def test_what_comes_while_a_write_fails_does_not_join_its_transaction(
    lanes: NetworkLanes, store: CountingStore
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fail_slowly() -> None:
        begun.set()
        assert go_on.wait(60)
        fail(store)

    async def scenario() -> list[object]:
        failing = asyncio.create_task(lanes.run(Lane.WRITE, fail_slowly, Party("ada")))
        await asyncio.to_thread(begun.wait, 60)
        later = asyncio.create_task(lanes.run(Lane.WRITE, add(store, "ada"), Party("ada")))
        await asyncio.sleep(0)
        go_on.set()
        return list(await asyncio.gather(failing, later, return_exceptions=True))

    assert [type(one) for one in asyncio.run(scenario())] == [ValueError, int]
    assert store.commits == 2


def test_a_write_that_loses_a_race_within_a_group_runs_again_alone(
    lanes: NetworkLanes, store: CountingStore
) -> None:
    ran: list[int] = []

    def lose_once() -> int:
        ran.append(store.commits)
        if len(ran) == 1:
            raise SerializationFailure("lost")
        return add(store, "ben")()

    told = asyncio.run(behind_another(lanes, add(store, "ada"), lose_once))
    assert told == [1, 2]
    assert ran == [0, 1]


def test_a_commit_that_fails_fails_all_that_share_it(
    lanes: NetworkLanes, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [add(store, "ada"), add(store, "ben")]
    monkeypatch.setattr(store, "write", _failing_at_the_end(store))
    told = asyncio.run(behind_another(lanes, *works))
    assert [type(one) for one in told] == [ServiceUnavailable, ServiceUnavailable]
    assert names(store) == []


def _failing_at_the_end(store: CountingStore) -> Callable[[], object]:
    write = store.write

    @contextmanager
    def failing() -> Iterator[MemoryUnit]:
        with write() as unit:
            yield unit
            raise ServiceUnavailable("no commit")

    return failing


class SharedStore(CountingStore):
    """A store in which several write at the same time."""

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        with self.read() as unit:
            yield unit


def test_writes_of_different_parties_run_at_the_same_time() -> None:
    lanes = NetworkLanes(SharedStore(), CONNECTIONS)
    met = threading.Barrier(CONNECTIONS // 2)

    async def scenario() -> list[int]:
        return await asyncio.gather(
            *[
                lanes.run(Lane.WRITE, lambda: met.wait(60), Party(f"{number}"))
                for number in range(met.parties)
            ]
        )

    assert sorted(asyncio.run(scenario())) == list(range(met.parties))
    lanes.close()


def test_reads_of_one_party_run_at_the_same_time_and_leave_a_thread_to_others(lanes: NetworkLanes) -> None:
    most = CONNECTIONS // 2 - 1
    met, go_on = threading.Barrier(most + 1), threading.Event()

    def hold() -> None:
        met.wait(60)
        assert go_on.wait(60)

    async def scenario() -> str:
        reads = [asyncio.create_task(lanes.run(Lane.READ, hold, Party("ada"))) for _ in range(most)]
        await asyncio.to_thread(met.wait, 60)
        more = asyncio.create_task(lanes.run(Lane.READ, lambda: "ada's", Party("ada")))
        other = await lanes.run(Lane.READ, lambda: "ben's", Party("ben"))
        assert not more.done()
        go_on.set()
        await asyncio.gather(*reads)
        return other + await more

    assert asyncio.run(scenario()) == "ben'sada's"


class AskedStore(MemoryStore):
    """A store that is asked on the event loop what others have committed, and reads nothing at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.told_in: dict[int, tuple[int, bool]] = {}

    async def awaited_elsewhere(self) -> int:
        self.asked += 1
        return self.asked

    async def awaited(
        self, use_case: Callable[[], T], elsewhere: int, take_turn: Callable[[], Awaitable[None]]
    ) -> T:
        await take_turn()
        with self._told((elsewhere, False)):
            return use_case()

    def told(self, elsewhere: int) -> AbstractContextManager[None]:
        return self._told((elsewhere, True))

    @contextmanager
    def _told(self, told: tuple[int, bool]) -> Iterator[None]:
        self.told_in[threading.get_ident()] = told
        yield
        del self.told_in[threading.get_ident()]

    def said_here(self) -> tuple[int, bool]:
        """Return what this thread was told, and whether it may wait."""
        return self.told_in[threading.get_ident()]

    def said_to_threads(self) -> tuple[int, bool]:
        """Return what this thread was told; on the event loop, find that it takes long."""
        told = self.said_here()
        if not told[1]:
            raise TakesLong
        return told


@pytest.fixture
def asked() -> Iterator[AskedStore]:
    made = AskedStore()
    yield made
    made.close()


def test_a_read_of_what_is_at_hand_runs_where_it_was_asked_for(asked: AskedStore) -> None:
    lanes = NetworkLanes(asked, CONNECTIONS)
    assert asyncio.run(lanes.run(Lane.READ, asked.said_here)) == (1, False)
    lanes.close()


def test_a_read_that_is_not_at_hand_runs_in_a_thread_which_knows_the_answer(asked: AskedStore) -> None:
    lanes = NetworkLanes(asked, CONNECTIONS)
    assert asyncio.run(lanes.run(Lane.READ, asked.said_to_threads)) == (1, True)
    assert asked.asked == 1
    lanes.close()


def test_a_read_runs_in_a_thread_where_only_a_thread_can_ask(store: CountingStore) -> None:
    lanes = NetworkLanes(store, CONNECTIONS)
    assert asyncio.run(lanes.run(Lane.READ, threading.get_ident)) != threading.get_ident()
    lanes.close()


def test_a_question_that_fails_is_told_to_who_reads(
    asked: AskedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> int:
        raise ServiceUnavailable("away")

    monkeypatch.setattr(asked, "awaited_elsewhere", fail)
    lanes = NetworkLanes(asked, CONNECTIONS)
    with pytest.raises(ServiceUnavailable, match="away"):
        asyncio.run(lanes.run(Lane.READ, int))
    lanes.close()


def test_what_is_closed_takes_nothing_more(lanes: NetworkLanes) -> None:
    lanes.close()
    for lane in (Lane.READ, Lane.LONG_READ, Lane.WRITE, Lane.HEAVY):
        with pytest.raises(ServiceUnavailable):
            asyncio.run(lanes.run(lane, int))


def test_one_connection_is_enough_for_a_thread_of_each_kind(store: CountingStore) -> None:
    lanes = NetworkLanes(store, 1)
    assert asyncio.run(lanes.run(Lane.READ, lambda: 7)) == 7
    assert asyncio.run(lanes.run(Lane.WRITE, add(store, "ada"))) == 1
    lanes.close()
