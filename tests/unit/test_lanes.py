"""Where use cases run, and how writes that wait together share one commit."""

import asyncio
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.errors import SerializationFailure, ServiceUnavailable, StorageFull
from mosaic_core.lanes import InlineLanes, Lane, Party
from mosaic_core.store import Store
from support import a_user

IN_THREADS = [Lane.WRITE, Lane.BRIEF, Lane.HEAVY, Lane.HASHING, Lane.CHECK]


class CountingStore(MemoryStore):
    """A memory store that counts commits, and fails those that a test wants to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0
        self.depth = 0
        self.commit_error: Exception | None = None

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        self.depth += 1
        try:
            with super().write() as unit:
                yield unit
                if self.depth == 1 and self.commit_error is not None:
                    raise self.commit_error
        finally:
            self.depth -= 1
        if self.depth == 0:
            self.commits += 1


class Gate:
    """Holds the writer until the test opens it, so that what comes meanwhile waits together."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def hold(self) -> None:
        self.reached.set()
        assert self.opened.wait(60)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def lanes(store: CountingStore) -> Iterator[LocalLanes]:
    made = LocalLanes(store)
    yield made
    made.close()


def add(store: Store, username: str) -> Callable[[], int]:
    def use_case() -> int:
        with store.write() as unit:
            return unit.users.add(a_user(username)).id

    return use_case


def names(store: Store) -> list[str]:
    with store.read() as unit:
        return [user.username for user in unit.users.every()]


def fail() -> NoReturn:
    raise ValueError("this use case fails")


async def waiting_together(
    lanes: LocalLanes, *use_cases: Callable[[], object], meanwhile: Callable[[], None] = lambda: None
) -> list[object]:
    """Run the use cases as one group; return their results and errors."""
    gate = Gate()
    first = asyncio.create_task(lanes.run(Lane.WRITE, gate.hold))
    await asyncio.to_thread(gate.reached.wait, 60)
    tasks = [asyncio.create_task(lanes.run(Lane.WRITE, use_case)) for use_case in use_cases]
    await asyncio.sleep(0)  # each task has put its use case in the queue
    meanwhile()
    gate.opened.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


def test_short_writes_wait_for_no_more_than_one_long_one(lanes: LocalLanes) -> None:
    order: list[str] = []

    async def work() -> None:
        gate = Gate()
        first = asyncio.create_task(lanes.run(Lane.LONG_WRITE, gate.hold))
        await asyncio.to_thread(gate.reached.wait, 60)
        tasks = [
            asyncio.create_task(
                lanes.run(lane, partial(order.append, f"{lane.name} {number}"), Party(str(number)))
            )
            for number in range(2)
            for lane in (Lane.LONG_WRITE, Lane.WRITE)
        ]
        await asyncio.sleep(0)  # all of them wait
        gate.opened.set()
        await asyncio.gather(first, *tasks)

    asyncio.run(work())
    assert order == ["WRITE 0", "WRITE 1", "LONG_WRITE 0", "LONG_WRITE 1"]


def test_a_read_runs_at_once_in_the_same_thread(lanes: LocalLanes) -> None:
    assert asyncio.run(lanes.run(Lane.READ, threading.get_ident)) == threading.get_ident()


def test_where_there_is_no_event_loop_to_keep_free_everything_runs_at_once() -> None:
    assert InlineLanes().reads_at_once
    assert InlineLanes().read_at_once(threading.get_ident) == threading.get_ident()


def test_heavy_work_runs_in_another_thread(lanes: LocalLanes) -> None:
    assert asyncio.run(lanes.run(Lane.HEAVY, threading.get_ident)) != threading.get_ident()


def test_a_write_returns_its_result_once_it_is_committed(lanes: LocalLanes, store: CountingStore) -> None:
    async def scenario() -> tuple[int, int]:
        return await lanes.run(Lane.WRITE, add(store, "ada")), store.commits

    assert asyncio.run(scenario()) == (1, 1)


def test_all_writes_run_in_one_thread_that_is_not_the_event_loops(lanes: LocalLanes) -> None:
    async def scenario() -> set[int]:
        return {await lanes.run(Lane.WRITE, threading.get_ident) for _ in range(3)}

    threads = asyncio.run(scenario())
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_writes_that_wait_together_share_one_commit(lanes: LocalLanes, store: CountingStore) -> None:
    use_cases = [add(store, f"user{number}") for number in range(100)]
    results = asyncio.run(waiting_together(lanes, *use_cases))
    assert results == list(range(1, 101))
    assert store.commits == 2


def test_writes_of_turns_that_follow_each_other_share_one_commit(
    lanes: LocalLanes, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.lanes._LONG_TURN_SECONDS", 10.0)

    async def scenario() -> list[int]:
        tasks = []
        for number in range(5):
            tasks.append(asyncio.create_task(lanes.run(Lane.WRITE, add(store, f"user{number}"))))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return await asyncio.gather(*tasks)

    assert asyncio.run(scenario()) == [1, 2, 3, 4, 5]
    assert store.commits == 1


def test_an_event_loop_with_long_turns_does_not_hold_a_write_up(
    lanes: LocalLanes, store: CountingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.lanes._TURNS", 10**9)

    async def scenario() -> int:
        return await asyncio.wait_for(lanes.run(Lane.WRITE, add(store, "ada")), 60)

    assert asyncio.run(scenario()) == 1


def test_a_group_is_bounded(lanes: LocalLanes, store: CountingStore) -> None:
    use_cases = [add(store, f"user{number}") for number in range(200)]
    assert asyncio.run(waiting_together(lanes, *use_cases)) == list(range(1, 201))
    assert store.commits == 3


def test_a_failing_use_case_undoes_its_own_part_alone(lanes: LocalLanes, store: CountingStore) -> None:
    def add_and_fail() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ben"))
            fail()

    results = asyncio.run(waiting_together(lanes, add(store, "ada"), add_and_fail, add(store, "cid")))
    assert isinstance(results[1], ValueError)
    assert names(store) == ["ada", "cid"]


@pytest.mark.parametrize("error", [StopIteration(), SystemExit(3), GeneratorExit()])
@pytest.mark.parametrize("lane", IN_THREADS)
def test_no_exception_of_a_use_case_stops_a_lane(lanes: LocalLanes, lane: Lane, error: BaseException) -> None:
    def fail_badly() -> NoReturn:
        raise error

    with suppress(BaseException):
        asyncio.run(lanes.run(lane, fail_badly))

    async def scenario() -> object:
        return await asyncio.wait_for(lanes.run(lane, lambda: "still there"), 60)

    assert asyncio.run(scenario()) == "still there"


def test_a_failing_commit_fails_all_of_its_group(lanes: LocalLanes, store: CountingStore) -> None:
    full = StorageFull("There is no room")

    async def scenario() -> list[object]:
        await lanes.run(Lane.WRITE, add(store, "before"))
        store.commit_error = full
        return await asyncio.gather(
            *(lanes.run(Lane.WRITE, add(store, name)) for name in ("ada", "ben")), return_exceptions=True
        )

    assert asyncio.run(scenario()) == [full, full]
    store.commit_error = None
    assert names(store) == ["before"]
    asyncio.run(lanes.run(Lane.WRITE, add(store, "after")))
    assert names(store) == ["after", "before"]


def test_whoever_no_longer_waits_is_not_answered_but_their_write_lasts(
    lanes: LocalLanes, store: CountingStore
) -> None:
    async def scenario() -> None:
        gate = Gate()
        first = asyncio.create_task(lanes.run(Lane.WRITE, gate.hold))
        await asyncio.to_thread(gate.reached.wait, 60)
        leaving = asyncio.create_task(lanes.run(Lane.WRITE, add(store, "ada")))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        gate.opened.set()
        await first
        await lanes.run(Lane.WRITE, add(store, "ben"))

    asyncio.run(scenario())
    assert names(store) == ["ada", "ben"]


async def behind_a_closed_gate(
    lanes: LocalLanes, lane: Lane, who: Iterable[tuple[str, str]]
) -> tuple[list[str], list[str]]:
    """Let a piece of work of each party and name come while the lane is busy; return who ran, and who not."""
    gates = [Gate(), Gate()] if lane is Lane.HEAVY else [Gate()]
    busy = [
        asyncio.create_task(lanes.run(lane, gate.hold, Party(f"busy{at}"))) for at, gate in enumerate(gates)
    ]
    for gate in gates:
        await asyncio.to_thread(gate.reached.wait, 60)
    ran: list[str] = []

    async def ask(party: str, name: str) -> str | None:
        said = f"{party}.{name}"
        try:
            await lanes.run(lane, lambda: ran.append(said), Party(party, name))
        except ServiceUnavailable:
            return said
        return None

    asked = [asyncio.create_task(ask(*one)) for one in who]
    await asyncio.sleep(0)
    gates[0].opened.set()
    refused = [said for said in await asyncio.gather(*asked) if said is not None]
    gates[-1].opened.set()
    await asyncio.gather(*busy)
    return ran, refused


@pytest.mark.parametrize(("lane", "share"), [(Lane.WRITE, 256), (Lane.HEAVY, 64), (Lane.HASHING, 20)])
def test_a_partys_flood_fills_its_own_share_and_delays_others_by_one_turn(
    lanes: LocalLanes, lane: Lane, share: int
) -> None:
    who = [("flood", "")] * 400 + [("ada", ""), ("ben", "")]
    ran, refused = asyncio.run(behind_a_closed_gate(lanes, lane, who))
    assert ran[:3] == ["flood.", "ada.", "ben."]
    assert (ran.count("flood."), len(refused)) == (share, 400 - share)


def test_one_names_flood_keeps_no_other_name_of_its_network_from_logging_in(lanes: LocalLanes) -> None:
    who = [("network", "ada")] * 400 + [("network", "ben")]
    ran, refused = asyncio.run(behind_a_closed_gate(lanes, Lane.HASHING, who))
    assert ran[:2] == ["network.ada", "network.ben"]
    assert set(refused) == {"network.ada"}


def test_a_flood_of_made_up_names_delays_other_networks_by_one_turn(lanes: LocalLanes) -> None:
    who = [("flood", f"name{number}") for number in range(1000)] + [("network", "ada")]
    ran, refused = asyncio.run(behind_a_closed_gate(lanes, Lane.HASHING, who))
    assert ran.index("network.ada") == 1
    assert (len(ran), len(refused)) == (9, 992)


def test_too_many_parties_are_refused(lanes: LocalLanes) -> None:
    ran, refused = asyncio.run(
        behind_a_closed_gate(lanes, Lane.HEAVY, [(f"party{number}", "") for number in range(70)])
    )
    assert (len(ran), len(refused)) == (64, 6)


def test_no_party_holds_two_threads_of_a_lane(lanes: LocalLanes) -> None:
    async def scenario() -> str:
        gate = Gate()
        flood = [asyncio.create_task(lanes.run(Lane.HEAVY, gate.hold, Party("flood"))) for _ in range(8)]
        await asyncio.to_thread(gate.reached.wait, 60)
        answer = await asyncio.wait_for(lanes.run(Lane.HEAVY, lambda: "served", Party("ada")), 60)
        gate.opened.set()
        await asyncio.gather(*flood)
        return answer

    assert asyncio.run(scenario()) == "served"


def test_heavy_work_that_fails_gives_its_place_back(lanes: LocalLanes) -> None:
    async def scenario() -> str:
        for _ in range(100):
            with pytest.raises(ValueError, match="fails"):
                await lanes.run(Lane.HEAVY, fail)
        return await lanes.run(Lane.HEAVY, lambda: "room")

    assert asyncio.run(scenario()) == "room"


def test_closing_finishes_what_is_under_way(store: CountingStore) -> None:
    lanes = LocalLanes(store)

    async def scenario() -> list[object]:
        closing = threading.Thread(target=lanes.close)
        results = await waiting_together(lanes, add(store, "ada"), add(store, "ben"), meanwhile=closing.start)
        await asyncio.to_thread(closing.join)
        return results

    assert asyncio.run(scenario()) == [1, 2]
    assert names(store) == ["ada", "ben"]


class Large:
    """Something that should not be held on to."""


@pytest.mark.parametrize("lane", IN_THREADS)
def test_an_idle_lane_holds_on_to_nothing_of_its_last_work(lanes: LocalLanes, lane: Lane) -> None:
    async def scenario() -> weakref.ref[Large]:
        return weakref.ref(await lanes.run(lane, Large))

    left = asyncio.run(scenario())
    until = time.monotonic() + 60
    while left() is not None:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_closing_does_not_wait_for_ever(store: CountingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_adapters.lanes._CLOSING_SECONDS", 0.01)
    lanes = LocalLanes(store)
    gates = [Gate() for _ in IN_THREADS]

    async def scenario() -> None:
        tasks = [
            asyncio.create_task(lanes.run(lane, gate.hold))
            for lane, gate in zip(IN_THREADS, gates, strict=True)
        ]
        for gate in gates:
            await asyncio.to_thread(gate.reached.wait, 60)
        lanes.close()
        for gate in gates:
            gate.opened.set()
        await asyncio.gather(*tasks)

    asyncio.run(scenario())


@pytest.mark.parametrize("lane", IN_THREADS)
def test_closed_lanes_take_no_more(lanes: LocalLanes, lane: Lane) -> None:
    asyncio.run(lanes.run(lane, lambda: None))
    lanes.close()
    with pytest.raises(ServiceUnavailable, match="stopping"):
        asyncio.run(lanes.run(lane, lambda: None))


def test_heavy_work_that_nobody_waits_for_any_more_is_not_begun(lanes: LocalLanes) -> None:
    done: list[int] = []

    async def scenario() -> None:
        gates = [Gate(), Gate()]
        busy = [
            asyncio.create_task(lanes.run(Lane.HEAVY, gate.hold, Party(str(at))))
            for at, gate in enumerate(gates)
        ]
        for gate in gates:
            await asyncio.to_thread(gate.reached.wait, 60)
        leaving = asyncio.create_task(lanes.run(Lane.HEAVY, lambda: done.append(1), Party("leaving")))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        for gate in gates:
            gate.opened.set()
        await asyncio.gather(*busy)

    asyncio.run(scenario())
    lanes.close()
    assert done == []


def test_lanes_that_never_wrote_can_be_closed() -> None:
    LocalLanes(MemoryStore()).close()


def test_a_loop_that_is_gone_is_not_answered(lanes: LocalLanes, store: CountingStore) -> None:
    gate = Gate()

    async def leave() -> None:
        task = asyncio.create_task(lanes.run(Lane.WRITE, gate.hold))
        await asyncio.to_thread(gate.reached.wait, 60)
        task.cancel()

    asyncio.run(leave())
    gate.opened.set()
    asyncio.run(lanes.run(Lane.WRITE, add(store, "ada")))
    assert names(store) == ["ada"]


def test_on_a_file_a_group_lasts_and_its_failing_part_does_not(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "mosaic.db")
    lanes = LocalLanes(store)

    def add_twice() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ben"))
            unit.users.add(a_user("ada"))

    results = asyncio.run(waiting_together(lanes, add(store, "ada"), add_twice, add(store, "cid")))
    assert isinstance(results[1], Exception)
    lanes.close()
    store.close()
    again = SqliteStore(tmp_path / "mosaic.db")
    assert names(again) == ["ada", "cid"]
    again.close()


class RacingStore(MemoryStore):
    """A store that cannot put the next transactions in a row with others, as many as a test says."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses
        self._of_this_thread = threading.local()

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        depth: int = getattr(self._of_this_thread, "depth", 0)
        self._of_this_thread.depth = depth + 1
        try:
            with super().write() as unit:
                yield unit
                if depth == 0 and self.losses:
                    self.losses -= 1
                    raise SerializationFailure("Lost")
        finally:
            self._of_this_thread.depth = depth


@pytest.mark.parametrize("lane", [Lane.WRITE, Lane.HEAVY, Lane.HASHING])
def test_what_loses_a_race_runs_again(lane: Lane) -> None:
    store = RacingStore(3)
    lanes = LocalLanes(store)

    async def all_at_once() -> None:
        await asyncio.gather(*(lanes.run(lane, add(store, f"user{number}")) for number in range(2)))

    asyncio.run(all_at_once())
    lanes.close()
    assert (names(store), store.losses) == (["user0", "user1"], 0)


def test_what_loses_every_race_fails_and_changes_nothing() -> None:
    store = RacingStore(100)
    lanes = LocalLanes(store)
    with pytest.raises(SerializationFailure):
        asyncio.run(lanes.run(Lane.WRITE, add(store, "Ada")))
    lanes.close()
    assert names(store) == []
