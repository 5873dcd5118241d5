"""The PostgreSQL store keeps what every store promises, also where its tables are split by owner."""

from collections.abc import Callable, Iterator

import pytest

from mosaic_adapters.postgresql import revision
from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_core.store import Store
from mosaic_core.testing import StoreSuite
from support_postgresql import UNHURRIED, emptied, the_database


class TestPostgresqlStore(StoreSuite):
    reopens = True
    several_processes = True
    partitions = 0

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let each state be told, however young it is."""
        monkeypatch.setattr(revision, "QUIET_SECONDS", -3600.0)

    @pytest.fixture
    def store(self, open_again: Callable[[], Store]) -> Store:
        return open_again()

    @pytest.fixture
    def open_again(self) -> Iterator[Callable[[], Store]]:
        url = emptied(the_database(self.partitions))
        opened: list[Store] = []

        def open_one() -> Store:
            opened.append(PostgresqlStore(url, busy_timeout=UNHURRIED))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()


@pytest.mark.postgresql
class TestPartitionedPostgresqlStore(TestPostgresqlStore):
    partitions = 8
