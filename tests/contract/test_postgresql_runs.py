"""What runs on an event loop while it waits for PostgreSQL."""

import asyncio
import datetime as dt
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import psycopg
import pytest

from mosaic_adapters.lanes import NetworkLanes
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.postgresql.links import Link
from mosaic_adapters.postgresql.runs import Run, current_run
from mosaic_adapters.postgresql.unit import PostgresqlUnit
from mosaic_core.errors import ServiceUnavailable, TakesLong
from mosaic_core.lanes import Lane
from mosaic_core.stats.model import CategoryDay, DaySummary
from mosaic_core.testing import TODAY, a_user
from support_postgresql import emptied, the_database
from support_server import patiently

T = TypeVar("T")


@pytest.fixture
def url() -> str:
    return emptied(the_database())


@pytest.fixture
def store(url: str) -> Iterator[PostgresqlStore]:
    made = opened(url)
    yield made
    made.close()


def opened(url: str, busy_timeout: float = 60.0) -> PostgresqlStore:
    """Return a store with two connections at hand beside the one for the question."""
    store = PostgresqlStore(url, 3, busy_timeout)
    store.elsewhere()
    with store.look() as one, store.look() as other:
        for unit in (one, other):
            asked(unit, "SELECT 1")
    return store


def asked(unit: PostgresqlUnit, sql: str) -> object:
    """Return the one value that the statement tells."""
    ((value,),) = unit._in.rows(sql)  # noqa: SLF001  # any statement at all
    return value


def is_answered(link: "psycopg.Connection[tuple[object, ...]]", since: object) -> bool:
    """Return whether a question what others have committed, asked since then, is answered."""
    found = link.execute(
        """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
           AND query LIKE '%%FROM revision%%' AND query_start > %s""",
        (since,),
    )
    return found.fetchone() is not None


async def at_once() -> None:
    pass


def tell(store: PostgresqlStore, sql: str) -> Callable[[], object]:
    def read() -> object:
        with store.look() as unit:
            return asked(unit, sql)

    return read


async def on_loop(
    store: PostgresqlStore, work: Callable[[], T], take_turn: Callable[[], Awaitable[None]] = at_once
) -> T:
    return await store.awaited(work, 7, take_turn)


def end_sessions(url: str, where: str = "true") -> None:
    """End the sessions in the database for which that is so, and see them gone."""
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(
            f"""SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"""  # noqa: S608
        )


def test_a_read_runs_in_the_thread_of_the_loop_and_knows_what_it_was_told(store: PostgresqlStore) -> None:
    def read() -> tuple[object, int, int]:
        with store.read() as unit:
            return asked(unit, "SELECT 5"), store.elsewhere(), threading.get_ident()

    assert asyncio.run(on_loop(store, read)) == (5, 7, threading.get_ident())
    assert current_run() is None


def test_the_loop_turns_while_reads_wait_side_by_side(store: PostgresqlStore, url: str) -> None:
    async def scenario() -> list[object]:
        with psycopg.connect(url) as link:
            link.execute("SELECT pg_advisory_xact_lock(1)")
            waits = asyncio.create_task(on_loop(store, tell(store, "SELECT pg_advisory_xact_lock(1)::text")))
            quick = await on_loop(store, tell(store, "SELECT 2"))
            assert not waits.done()
        return [quick, await waits]

    assert asyncio.run(scenario()) == [2, ""]


def test_a_statement_that_takes_too_long_is_told_and_its_connection_goes_on(url: str) -> None:
    store = opened(url, busy_timeout=0.5)

    async def scenario() -> object:
        with pytest.raises(ServiceUnavailable, match="busy"):
            await on_loop(store, tell(store, "SELECT pg_sleep(60)"))
        return await on_loop(store, tell(store, "SELECT 3"))

    assert asyncio.run(scenario()) == 3
    store.close()


def test_without_a_connection_at_hand_a_read_is_left_to_a_thread(store: PostgresqlStore) -> None:
    async def both_and_another() -> object:
        with store.look() as one, store.look() as other:
            assert [asked(one, "SELECT 1"), asked(other, "SELECT 1")] == [1, 1]
            return await on_loop(store, tell(store, "SELECT 1"))

    with pytest.raises(TakesLong):
        asyncio.run(both_and_another())
    assert asyncio.run(on_loop(store, tell(store, "SELECT 4"))) == 4


def test_lost_connections_are_left_to_a_thread_which_makes_new_ones(store: PostgresqlStore, url: str) -> None:
    end_sessions(url)

    async def scenario() -> object:
        with pytest.raises(TakesLong):
            await store.awaited_elsewhere()
        with pytest.raises(TakesLong):
            await on_loop(store, tell(store, "SELECT 1"))
        assert await asyncio.to_thread(store.elsewhere) == 0
        assert await asyncio.to_thread(tell(store, "SELECT 6")) == 6
        return await store.awaited_elsewhere(), await on_loop(store, tell(store, "SELECT 6"))

    assert asyncio.run(scenario()) == (0, 6)


def test_a_question_that_takes_too_long_is_told_and_the_next_one_is_asked_anew(url: str) -> None:
    store = opened(url, busy_timeout=0.5)

    async def scenario() -> int:
        with psycopg.connect(url) as link:
            link.execute("LOCK TABLE revision IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(ServiceUnavailable, match="busy"):
                await store.awaited_elsewhere()
        return await asyncio.to_thread(store.elsewhere)

    assert asyncio.run(scenario()) == asyncio.run(store.awaited_elsewhere()) == 0
    store.close()


def test_one_lost_connection_is_passed_over(store: PostgresqlStore, url: str) -> None:
    end_sessions(url, "pid = (SELECT max(pid) FROM pg_stat_activity WHERE query = 'SELECT 1')")
    assert asyncio.run(on_loop(store, tell(store, "SELECT 1"))) == 1


def test_while_the_database_is_silent_reads_and_questions_are_left_to_threads(store: PostgresqlStore) -> None:
    store._links.fell_silent()  # noqa: SLF001  # as after a wait in vain

    async def scenario() -> None:
        with pytest.raises(TakesLong):
            await store.awaited_elsewhere()
        with pytest.raises(TakesLong):
            await on_loop(store, tell(store, "SELECT 1"))

    asyncio.run(scenario())
    with pytest.raises(ServiceUnavailable):
        store.elsewhere()


def test_while_somebody_tries_whether_the_database_answers_all_others_are_told_at_once(
    store: PostgresqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries, may_end = threading.Event(), threading.Event()

    def connect() -> Link:
        tries.set()
        assert may_end.wait(60)
        raise psycopg.OperationalError("no answer")

    lanes = NetworkLanes(store, 3)

    async def scenario() -> None:
        first = asyncio.create_task(lanes.run(Lane.READ, tell(store, "SELECT 1")))
        await asyncio.to_thread(tries.wait, 60)
        with pytest.raises(ServiceUnavailable, match="cannot be reached"):
            await asyncio.wait_for(lanes.run(Lane.READ, tell(store, "SELECT 1")), 30)
        assert not first.done()
        may_end.set()
        with pytest.raises(ServiceUnavailable, match="cannot be reached"):
            await first

    store._links.fell_silent()  # noqa: SLF001  # as after a wait in vain
    store._links._next_try = 0.0  # noqa: SLF001  # it is time to try again
    store._revision.close()  # noqa: SLF001  # its connection is lost
    monkeypatch.setattr(store._links, "connect", connect)  # noqa: SLF001
    try:
        asyncio.run(scenario())
    finally:
        may_end.set()
        lanes.close()


def test_a_database_that_gives_no_answer_is_given_up_in_time(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.postgresql.links._GRACE_SECONDS", 0.1)
    store = opened(url, busy_timeout=0.2)

    def hang() -> None:
        with store.read() as unit:
            asked(unit, "SELECT set_config('statement_timeout', '0', true)")
            asked(unit, "SELECT pg_sleep(60)")

    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        asyncio.run(on_loop(store, hang))
    assert store._links.is_silent  # noqa: SLF001
    store.close()


def test_a_task_that_is_ended_gives_its_connection_up_and_its_seat_back(store: PostgresqlStore) -> None:
    async def scenario() -> list[object]:
        waits = [asyncio.create_task(on_loop(store, tell(store, "SELECT pg_sleep(60)"))) for _ in range(2)]
        await asyncio.sleep(0)
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        assert all(one.cancelled() for one in waits)
        return await asyncio.gather(*[asyncio.to_thread(tell(store, "SELECT 8")) for _ in range(2)])

    assert asyncio.run(scenario()) == [8, 8]


def test_a_loop_that_ends_in_the_middle_of_a_question_leaves_it_to_the_next(store: PostgresqlStore) -> None:
    async def left() -> None:
        asyncio.create_task(store.awaited_elsewhere())  # noqa: RUF006  # nobody waits for it
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(left())
    assert store.elsewhere() == 0
    assert asyncio.run(store.awaited_elsewhere()) == 0


def test_a_late_answer_does_not_bring_a_state_back_that_is_over(store: PostgresqlStore, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("INSERT INTO revision VALUES (1, 1, 1, now() - interval '1 hour')")

    async def scenario() -> list[str]:
        with psycopg.connect(url, autocommit=True) as link:
            (now,) = link.execute("SELECT clock_timestamp()").fetchone() or ()
            late = asyncio.create_task(store.awaited_elsewhere())
            await asyncio.sleep(0)  # it is asked; what is answered waits for the loop to turn
            for _ in patiently():
                if is_answered(link, now):
                    break
            link.execute("UPDATE revision SET number = 2, raised_at = now()")
        store.elsewhere()
        states = [store.state()]
        await late
        return [*states, store.state()]

    store.elsewhere()
    assert store.state()
    assert asyncio.run(scenario()) == ["", ""]


def test_turns_are_taken_before_connections(store: PostgresqlStore) -> None:
    taken: list[str] = []

    async def take_turn() -> None:
        await asyncio.sleep(0)
        taken.append("turn")

    def read() -> object:
        taken.append("begun")
        return tell(store, "SELECT 1")()

    assert asyncio.run(on_loop(store, read, take_turn)) == 1
    assert taken == ["begun", "turn"]


def test_what_waits_longer_on_the_way_to_others_is_left_to_threads(store: PostgresqlStore) -> None:
    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ada"))

    def hurried() -> bool:
        with store.look() as unit:
            return unit.is_hurried

    assert asyncio.run(on_loop(store, hurried))
    for work in (write, store.state):
        with pytest.raises(TakesLong):
            asyncio.run(on_loop(store, work))


def test_very_many_values_are_left_to_a_thread(store: PostgresqlStore) -> None:
    def counted(number: int) -> Callable[[], int]:
        def read() -> int:
            with store.look() as unit:
                return len(unit._in.rows(f"SELECT generate_series(1, {number})"))  # noqa: SLF001  # as above

        return read

    assert asyncio.run(on_loop(store, counted(20_000))) == 20_000
    with pytest.raises(TakesLong):
        asyncio.run(on_loop(store, counted(20_001)))
    assert counted(20_001)() == 20_001


def test_very_long_summaries_are_left_to_a_thread(store: PostgresqlStore) -> None:
    def keep(user_id: int, day: dt.date, characters: int) -> None:
        of_category = CategoryDay("Health", 1, 1.0, 1.0, 1, 0, ("x" * characters,))
        with store.write() as unit:
            unit.summaries.replace(user_id, {day: DaySummary(day, 1.0, (of_category,))})

    def read() -> int:
        with store.look() as unit:
            return len(unit.summaries.summaries(ada, TODAY, TODAY + dt.timedelta(days=1)))

    with store.write() as unit:
        ada = unit.users.add(a_user("ada")).id
    keep(ada, TODAY, 2**17 - 1000)
    assert asyncio.run(on_loop(store, read)) == 1
    keep(ada, TODAY + dt.timedelta(days=1), 1000)
    with pytest.raises(TakesLong):
        asyncio.run(on_loop(store, read))
    assert read() == 2


def test_threads_that_ran_loops_end_with_nothing_left(store: PostgresqlStore) -> None:
    told: list[object] = []
    for number in range(3):
        read = tell(store, f"SELECT {number}")
        thread = threading.Thread(target=lambda read=read: told.append(asyncio.run(on_loop(store, read))))
        thread.start()
        thread.join()
    assert told == [0, 1, 2]


def test_a_failure_is_raised_and_the_next_run_is_carried_all_the_same() -> None:
    def fail() -> int:
        raise ValueError("mine")

    async def scenario() -> int:
        for _ in range(3):
            with pytest.raises(ValueError, match="mine"):
                await Run(fail).result()
        number: int = await Run(lambda: 9).result()
        return number

    assert asyncio.run(scenario()) == 9


def test_where_event_loops_watch_no_sockets_all_is_left_to_threads(
    store: PostgresqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_adapters.postgresql.database._LOOPS_WATCH_SOCKETS", False)

    async def scenario() -> int:
        return await store.awaited_elsewhere()

    with pytest.raises(TakesLong):
        asyncio.run(scenario())
