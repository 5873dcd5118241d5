"""Every adapter of a port, for the one suite of that port."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.store import Store
from support import FixedClock, a_user

STORES: Mapping[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "mosaic.db"),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = STORES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def ada(store: Store) -> int:
    """The id of a user, who is an administrator."""
    with store.write() as unit:
        return unit.users.add(a_user("Ada", is_admin=True)).id


@pytest.fixture
def ben(store: Store, ada: int) -> int:  # noqa: ARG001  # Ada's id comes first
    """The id of another user."""
    with store.write() as unit:
        return unit.users.add(a_user("ben")).id
