"""Rate limits: how often one client may call, and the headers that tell it."""

import math
from collections.abc import Mapping
from typing import Any

from mosaic_core.clock import Clock
from mosaic_core.commons import Commons, NoCommons
from mosaic_core.errors import TooManyRequests
from mosaic_http.sliding_window import SlidingWindow


class RateLimiter:
    """A sliding window for every name and client. It counts its refusals.

    Calls are counted over all servers where the `commons` can be asked, and in this process: what that
    refuses nobody has to be asked about, and it holds while nobody can.
    """

    def __init__(
        self, limits: Mapping[str, tuple[int, int]], clock: Clock, commons: Commons | None = None
    ) -> None:
        self._commons = commons or NoCommons()
        self._windows = {
            name: SlidingWindow(clock, limit, seconds) for name, (limit, seconds) in limits.items()
        }
        self.names = tuple(sorted(limits))
        self.refusals = dict.fromkeys(self.names, 0)

    async def hit(self, name: str, client: str) -> None:
        """Count a call. Raises TooManyRequests, with the whole seconds to wait, when it is one too many."""
        window = self._windows.get(name)
        if window is None or (left := await self._left(name, window, client)) == 0:
            return
        self.refusals[name] += 1
        wait = max(1, math.ceil(left))
        raise TooManyRequests(
            f"Too many requests; try again in {wait} s", {"retry_after": wait, "limit": window.limit}
        )

    async def _left(self, name: str, window: SlidingWindow, client: str) -> float:
        """Count a call and return 0; or count nothing and return the seconds until the next one may come."""
        if not self._commons.is_elsewhere:
            return window.hit(client)
        if (left := window.left(client)) > 0:
            return left
        left = await self._commons.call(name, client, window.limit, window.seconds) or 0.0
        if left > 0:
            window.refuse(client, left)
            return left
        return window.hit(client)


def limit_headers(details: Mapping[str, Any]) -> dict[str, str]:
    """Return the `RateLimit-*` headers for the details of a TooManyRequests; none for other details."""
    if "limit" not in details:
        return {}
    return {
        "RateLimit-Limit": str(details["limit"]),
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": str(details["retry_after"]),
    }
