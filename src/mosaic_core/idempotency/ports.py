"""What idempotency needs from a store."""

import datetime as dt
from typing import Protocol

from mosaic_core.idempotency.model import IdempotencyRecord


class Sealing(Protocol):
    """Makes texts unreadable for whoever sees the store or a backup of it."""

    def seal(self, text: bytes, about: bytes) -> bytes:
        """Return the text, unreadable without the secret of this port; what it is `about` is not in it."""
        ...

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """Return the text; None if it was sealed with another secret, about something else, or changed."""
        ...


class IdempotencyRepository(Protocol):
    """Keeps one record per user and key, as long as the user exists."""

    def find(self, user_id: int, key: str) -> IdempotencyRecord | None:
        """Return the user's record under the key, however old."""
        ...

    def put(self, record: IdempotencyRecord) -> None:
        """Keep the record in place of an earlier one."""
        ...

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the records made before the instant; return how many there were."""
        ...
