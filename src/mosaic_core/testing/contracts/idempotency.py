"""What every store promises about idempotency records."""

import datetime as dt
from collections.abc import Callable

import pytest

from mosaic_core.idempotency.model import Answer
from mosaic_core.idempotency.ports import Sealing
from mosaic_core.store import Store
from mosaic_core.testing.contracts.credentials import SECRET
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


class SealingContract:
    """What every way of sealing promises. Override `make_sealing`."""

    @pytest.fixture
    def make_sealing(self) -> Callable[[bytes], Sealing]:
        """Return a function that makes what seals with the given secret of 32 bytes."""
        raise NotImplementedError("override the fixture `make_sealing`")

    @pytest.fixture
    def sealing(self, make_sealing: Callable[[bytes], Sealing]) -> Sealing:
        """Return what is tested."""
        return make_sealing(SECRET)

    @pytest.mark.parametrize("text", [b"", b"mos_1_secret", bytes(range(256)) * 100])
    def test_a_text_is_what_was_sealed_also_in_another_process(
        self, sealing: Sealing, make_sealing: Callable[[bytes], Sealing], text: bytes
    ) -> None:
        assert make_sealing(SECRET).open(sealing.seal(text, b"about"), b"about") == text

    def test_a_text_that_another_secret_sealed_is_not_opened(
        self, sealing: Sealing, make_sealing: Callable[[bytes], Sealing]
    ) -> None:
        other = make_sealing(b"another secret, 32 bytes long...")
        assert other.open(sealing.seal(b"text", b"about"), b"about") is None

    def test_a_text_about_something_else_is_not_opened(self, sealing: Sealing) -> None:
        assert sealing.open(sealing.seal(b"text", b"about"), b"About") is None

    def test_a_text_that_was_changed_anywhere_is_not_opened(self, sealing: Sealing) -> None:
        sealed = sealing.seal(b"text", b"about")
        for place in range(len(sealed)):
            changed = bytes([sealed[place] ^ 1])
            assert sealing.open(sealed[:place] + changed + sealed[place + 1 :], b"about") is None

    @pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 12, b"x" * 100])
    def test_what_was_never_sealed_is_not_opened(self, sealing: Sealing, sealed: bytes) -> None:
        assert sealing.open(sealed, b"about") is None

    def test_nothing_of_a_text_nor_of_what_it_is_about_is_told(self, sealing: Sealing) -> None:
        sealed = sealing.seal(b"a text that is long enough", b"about that")
        assert sealed != sealing.seal(b"a text that is long enough", b"about that")
        assert not any(word in sealed for word in (b"text", b"long", b"about", b"that"))
