"""Sealing with AES keeps what every way of sealing promises."""

from collections.abc import Callable

import pytest

from mosaic_adapters.sealing import AesSealing
from mosaic_core.idempotency.ports import Sealing
from mosaic_core.testing import SealingContract


class TestAesSealing(SealingContract):
    @pytest.fixture
    def make_sealing(self) -> Callable[[bytes], Sealing]:
        return AesSealing


def test_what_one_purpose_sealed_another_does_not_open() -> None:
    secret = b"a secret of 32 bytes, or of more"
    sealed = AesSealing(secret, b"one").seal(b"text", b"")
    assert AesSealing(secret, b"another").open(sealed, b"") is None
