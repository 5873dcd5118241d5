"""Rate limits: how often one client may call, and the headers that tell it."""

import math
from collections.abc import Mapping
from typing import Any

from mosaic_core.clock import Clock
from mosaic_core.errors import TooManyRequests
from mosaic_http.sliding_window import SlidingWindow


class RateLimiter:
    """A sliding window for every name and client, counted in this process. It counts its refusals."""

    def __init__(self, limits: Mapping[str, tuple[int, int]], clock: Clock) -> None:
        self._windows = {
            name: SlidingWindow(clock, limit, seconds) for name, (limit, seconds) in limits.items()
        }
        self.names = tuple(sorted(limits))
        self.refusals = dict.fromkeys(self.names, 0)

    def hit(self, name: str, client: str) -> None:
        """Count a call. Raises TooManyRequests, with the whole seconds to wait, when it is one too many."""
        window = self._windows.get(name)
        if window is None or (left := window.hit(client)) == 0:
            return
        self.refusals[name] += 1
        wait = max(1, math.ceil(left))
        raise TooManyRequests(
            f"Too many requests; try again in {wait} s", {"retry_after": wait, "limit": window.limit}
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
