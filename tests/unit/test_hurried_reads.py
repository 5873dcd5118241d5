"""Reads that others wait for are given up when they turn out to be long, and go on where nobody waits."""

import asyncio
import datetime as dt
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_adapters.lanes import LocalLanes
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import TakesLong
from mosaic_core.lanes import Lane
from mosaic_core.paging import Page
from mosaic_core.store import UnitOfWork
from support import TODAY, a_user, an_activity, an_entry

MANY = 12_000

Read = Callable[[UnitOfWork], object]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A database with very many activities of somebody, each with an entry on one day; and who that is."""
    path = tmp_path_factory.mktemp("full") / "mosaic.db"
    with closing(SqliteStore(path)) as store, store.write() as unit:
        user = unit.users.add(a_user("ada"))
        for number in range(MANY):
            unit.activities.add(an_activity(user.id, f"Activity {number}", active=number == 0))
        unit.entries.add_many([an_entry(user.id, f"Activity {number}", TODAY) for number in range(MANY)])
        unit.pending.touch(user.id, [TODAY])
    return path, user.id


@pytest.fixture
def store(full: tuple[Path, int], tmp_path: Path) -> Iterator[SqliteStore]:
    path = tmp_path / "mosaic.db"
    shutil.copy(full[0], path)
    made = SqliteStore(path)
    yield made
    made.close()


@pytest.fixture
def owner(full: tuple[Path, int]) -> int:
    return full[1]


def long_reads(owner: int) -> dict[str, Read]:
    return {
        "activities": lambda unit: unit.activities.owned(owner),
        "goals": lambda unit: unit.activities.goals(owner, TODAY),
        "a page of activities": lambda unit: unit.activities.page(
            owner, Page(1), shared=False, inactive=True
        ),
        "today": lambda unit: unit.entries.today(owner, TODAY, Page(200)),
        "a day": lambda unit: unit.entries.on(owner, TODAY),
        "every entry": lambda unit: list(unit.entries.every(owner, Page(None), shared=False)),
        "a category": lambda unit: unit.entries.page(
            owner, EntryFilter(category="none"), Page(1), shared=False
        ),
        "summed-up days": lambda unit: unit.summaries.summaries(owner, TODAY, TODAY),
    }


@pytest.mark.parametrize("name", long_reads(0))
def test_a_long_read_is_given_up_by_a_thread_in_a_hurry_and_by_no_other(
    store: SqliteStore, owner: int, name: str
) -> None:
    read = long_reads(owner)[name]

    def asked() -> object:
        with store.read() as unit:
            return read(unit)

    expected = asked()
    with store.hurried(), ThreadPoolExecutor(1) as other:
        with pytest.raises(TakesLong):
            asked()
        assert other.submit(asked).result() == expected


def test_after_a_read_that_was_given_up_short_ones_go_on(store: SqliteStore, owner: int) -> None:
    with store.hurried():
        for _ in range(3):
            with pytest.raises(TakesLong), store.read() as unit:
                unit.activities.owned(owner)
            with store.read() as unit:
                assert len(unit.entries.page(owner, EntryFilter(), Page(500), shared=False)) == 500
    with store.read() as unit:
        assert len(unit.activities.owned(owner)) == MANY


def test_a_short_read_is_not_given_up_however_often_it_is_done(store: SqliteStore, owner: int) -> None:
    with store.hurried():
        for _ in range(300):
            with store.read() as unit:
                assert len(unit.entries.page(owner, EntryFilter(), Page(100), shared=False)) == 100


def test_a_page_far_from_the_beginning_is_found_without_a_look_at_what_lies_before(
    store: SqliteStore, owner: int
) -> None:
    with store.write() as unit:
        for back in range(1, 4):
            day = TODAY - dt.timedelta(days=back)
            unit.entries.add_many([an_entry(owner, f"Activity {number}", day) for number in range(MANY)])
    last = 4 * MANY - 10
    near = 2_000
    with store.hurried(), store.read() as unit:
        found = unit.entries.page(owner, EntryFilter(), Page(100, near), shared=False)
    with store.read() as unit:
        every = list(unit.entries.page(owner, EntryFilter(), Page(None), shared=False))
        assert unit.entries.page(owner, EntryFilter(), Page(100, last), shared=False) == every[last:]
        assert unit.entries.page(owner, EntryFilter(), Page(100, 4 * MANY), shared=False) == []
    assert found == every[near : near + 100]


def test_a_write_of_a_thread_in_a_hurry_reads_what_it_needs(store: SqliteStore, owner: int) -> None:
    with store.hurried(), store.write() as unit:
        assert len(unit.activities.owned(owner)) == MANY
        with store.read() as inner:
            assert len(inner.activities.owned(owner)) == MANY


def test_a_long_read_moves_from_the_event_loop_to_a_thread(store: SqliteStore, owner: int) -> None:
    lanes = LocalLanes(store)
    threads = []

    def read() -> int:
        threads.append(threading.current_thread())
        with store.read() as unit:
            return len(unit.activities.owned(owner))

    assert asyncio.run(lanes.run(Lane.READ, read)) == MANY
    lanes.close()
    assert [thread is threading.main_thread() for thread in threads] == [True, False]
