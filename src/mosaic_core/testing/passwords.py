"""Cheap password hashes."""

import hashlib
import secrets

from mosaic_core.accounts.ports import Passwords


class CheapPasswords(Passwords):
    """Salted SHA-256, for tests alone: it is no argon2 and takes a guesser microseconds."""

    def hash(self, password: str) -> str:
        """Return a salted hash, different each time."""
        salt = secrets.token_hex(8)
        return f"{salt}${_digest(salt, password)}"

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password is the hashed one."""
        salt, _, digest = (password_hash or "").partition("$")
        return secrets.compare_digest(digest, _digest(salt, password))


def _digest(salt: str, password: str) -> str:
    return hashlib.sha256(f"{salt}{password}".encode()).hexdigest()
