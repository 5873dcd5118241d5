"""Accounts whose names an earlier version told apart stay apart, whichever store they are taken into."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.model import RawRow
from mosaic_core.errors import InvalidState
from mosaic_core.store import Store
from mosaic_core.testing import NOON, a_user
from mosaic_core.testing.archives import HeldArchive, held
from support_postgresql import UNHURRIED, emptied, the_database

COMPOSED, DECOMPOSED = "Ren\u00e9e", "Rene\u0301e"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    make: dict[str, Callable[[], Store]] = {
        "memory": MemoryStore,
        "sqlite": lambda: SqliteStore(tmp_path / "mosaic.db"),
        "postgresql": lambda: PostgresqlStore(emptied(the_database()), busy_timeout=UNHURRIED),
    }
    made = make[request.param]()
    yield made
    made.close()


@pytest.mark.parametrize("names", [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)])
def test_twins_are_found_by_their_exact_spelling(store: Store, names: tuple[str, str]) -> None:
    twins = [evolve(a_user(name), id=number) for number, name in enumerate(names, 1)]
    with store.write() as unit:
        take_all(HeldArchive({"users": twins}), unit)
        assert [unit.users.find(name) for name in names] == twins
        assert unit.users.find(COMPOSED.upper()) == twins[names.index(COMPOSED)]
        assert held(unit.archive).tables["users"] == twins
        unit.users.delete(twins[0].id)
        assert unit.users.find(names[1]) == twins[1]


def test_a_name_that_one_account_has_is_found_in_any_composition(store: Store) -> None:
    with store.write() as unit:
        take_all(HeldArchive({"users": [evolve(a_user(DECOMPOSED), id=1)]}), unit)
        assert unit.users.find(COMPOSED) == unit.users.find(DECOMPOSED.upper()) == unit.users.get(1)


def test_records_want_their_source(store: Store) -> None:
    row = RawRow(1, 1, 5, "key", "steps", "processed", "UTC", NOON.date(), 0, NOON, "{}")
    archive = HeldArchive({"users": [evolve(a_user(), id=1)], "wearable_raw": [row]})
    with pytest.raises(InvalidState, match="wearable_raw contradict"), store.write() as unit:
        take_all(archive, unit)
