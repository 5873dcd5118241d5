"""Rate limits: how often one client may call, and the headers that tell it."""

import math
import time
from collections.abc import Mapping
from typing import Any

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from mosaic_core.errors import TooManyRequests


class RateLimiter:
    """A sliding window for every name and client, counted in this process."""

    def __init__(self, limits: Mapping[str, tuple[int, int]]) -> None:
        self._items = {
            name: RateLimitItemPerSecond(limit, seconds) for name, (limit, seconds) in limits.items()
        }
        self._limiter = MovingWindowRateLimiter(MemoryStorage()) if limits else None

    def hit(self, name: str, client: str) -> None:
        """Count a call. Raises TooManyRequests, with the whole seconds to wait, when it is one too many."""
        item = self._items.get(name)
        if item is None or self._limiter is None or self._limiter.hit(item, name, client):
            return
        reset, _ = self._limiter.get_window_stats(item, name, client)
        wait = max(1, math.ceil(reset - time.time()))
        raise TooManyRequests(
            f"Too many requests; try again in {wait} s", {"retry_after": wait, "limit": item.amount}
        )


def limit_headers(details: Mapping[str, Any]) -> dict[str, str]:
    """Return the `RateLimit-*` headers for the details of a TooManyRequests; none for other details."""
    if "limit" not in details:
        return {}
    return {
        "RateLimit-Limit": str(details["limit"]),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(details["retry_after"]),
    }
