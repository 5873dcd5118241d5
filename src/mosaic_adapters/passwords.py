"""Password hashing with argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mosaic_core.accounts.ports import Passwords


class Argon2Passwords(Passwords):
    """argon2id; the defaults are the minimum of OWASP's Password Storage Cheat Sheet (19 MiB, 2 rounds)."""

    def __init__(self, memory_kib: int = 19456, rounds: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._nobodys_hash = self._hasher.hash("a password that nobody has")

    def hash(self, password: str) -> str:
        """Return a salted hash."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password is the hashed one; without a hash, False after the same time."""
        try:
            self._hasher.verify(password_hash or self._nobodys_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None
