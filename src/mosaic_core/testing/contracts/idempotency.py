"""What every store promises about idempotency records."""

import datetime as dt

from mosaic_core.idempotency.model import Answer
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.factories import NOON, a_record


def later(hours: int) -> dt.datetime:
    return NOON + dt.timedelta(hours=hours)


class IdempotencyRepositoryContract(StoreFixtures):
    """What every store promises about idempotency records."""

    def test_a_record_comes_back_as_it_was_put(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.idempotency.put(a_record(ada))
        with store.read() as unit:
            assert unit.idempotency.find(ada, "key") == a_record(ada)

    def test_keys_belong_to_one_user_and_are_told_apart_by_case(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            unit.idempotency.put(a_record(ada))
        with store.read() as unit:
            assert unit.idempotency.find(ben, "key") is None
            assert unit.idempotency.find(ada, "KEY") is None

    def test_a_record_takes_the_place_of_an_earlier_one(self, store: Store, ada: int) -> None:
        after = a_record(ada, created_at=later(30), fingerprint="other", answer=Answer(200, b""))
        with store.write() as unit:
            unit.idempotency.put(a_record(ada))
            unit.idempotency.put(after)
            assert unit.idempotency.find(ada, "key") == after

    def test_records_made_before_an_instant_are_forgotten(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            unit.idempotency.put(a_record(ada, "old", created_at=later(-2)))
            unit.idempotency.put(a_record(ben, "old", created_at=later(-1)))
            unit.idempotency.put(a_record(ben, "new"))
            assert unit.idempotency.delete_before(NOON) == 2
            assert unit.idempotency.delete_before(NOON) == 0
            assert unit.idempotency.find(ada, "old") is None
            assert unit.idempotency.find(ben, "old") is None
            assert unit.idempotency.find(ben, "new") == a_record(ben, "new")
