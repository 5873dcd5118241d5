"""What every store promises about idempotency records."""

import datetime as dt

from attrs import evolve

from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.store import Store
from support import NOON


def a_record(user_id: int, key: str = "key", hours: int = 0) -> IdempotencyRecord:
    made = NOON + dt.timedelta(hours=hours)
    return IdempotencyRecord(
        user_id, key, "POST /add_entry 12ab", Answer(201, b'{"message": "\xc3\xa9\x00"}'), made
    )


def test_a_record_comes_back_as_it_was_put(store: Store, ada: int) -> None:
    with store.write() as unit:
        unit.idempotency.put(a_record(ada))
    with store.read() as unit:
        assert unit.idempotency.find(ada, "key") == a_record(ada)


def test_keys_belong_to_one_user_and_are_told_apart_by_case(store: Store, ada: int, ben: int) -> None:
    with store.write() as unit:
        unit.idempotency.put(a_record(ada))
    with store.read() as unit:
        assert unit.idempotency.find(ben, "key") is None
        assert unit.idempotency.find(ada, "KEY") is None


def test_a_record_takes_the_place_of_an_earlier_one(store: Store, ada: int) -> None:
    later = evolve(a_record(ada, hours=30), fingerprint="other", answer=Answer(200, b""))
    with store.write() as unit:
        unit.idempotency.put(a_record(ada))
        unit.idempotency.put(later)
        assert unit.idempotency.find(ada, "key") == later


def test_records_made_before_an_instant_are_forgotten(store: Store, ada: int, ben: int) -> None:
    with store.write() as unit:
        unit.idempotency.put(a_record(ada, "old", -2))
        unit.idempotency.put(a_record(ben, "old", -1))
        unit.idempotency.put(a_record(ben, "new", 0))
        assert unit.idempotency.forget_before(NOON) == 2
        assert unit.idempotency.forget_before(NOON) == 0
        assert unit.idempotency.find(ada, "old") is None
        assert unit.idempotency.find(ben, "old") is None
        assert unit.idempotency.find(ben, "new") == a_record(ben, "new", 0)
