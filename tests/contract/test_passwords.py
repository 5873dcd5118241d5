"""argon2 and the cheap hashes of tests keep what every way of hashing passwords promises."""

import pytest

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_core.accounts.ports import Passwords
from mosaic_core.testing import CheapPasswords, PasswordsContract


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return Argon2Passwords(memory_kib=8, rounds=1)

    def test_hashes_of_other_costs_can_be_verified(self, passwords: Passwords) -> None:
        hashed = Argon2Passwords(memory_kib=16, rounds=2).hash("password")
        assert passwords.verify(hashed, "password")


class TestCheapPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return CheapPasswords()
