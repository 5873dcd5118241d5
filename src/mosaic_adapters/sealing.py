"""Texts that lie where others may look, and that only whoever has the server's secret can read."""

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mosaic_core.idempotency.ports import Sealing

_NONCE_BYTES = 12


class AesSealing(Sealing):
    """Encrypts with a key that all workers have, and that no other purpose shares."""

    def __init__(self, secret: bytes, purpose: bytes = b"mosaic idempotency record 1") -> None:
        self._cipher = AESGCM(hmac.digest(secret, purpose, sha256))

    def seal(self, text: bytes, about: bytes) -> bytes:
        """Return the text, encrypted, and bound to what it is about."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """Return the text; None if it was not sealed with the same secret, or is about something else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (ValueError, InvalidTag):
            return None
