"""What idempotency needs from a store."""

import datetime as dt
from typing import Protocol

from mosaic_core.idempotency.model import IdempotencyRecord


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
