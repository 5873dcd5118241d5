"""What servers share, in a Valkey or Redis."""

import asyncio
import hmac
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from mosaic_adapters.release import VERSION
from mosaic_adapters.sealing import AesSealing
from mosaic_adapters.valkey.breaker import Away, Breaker
from mosaic_adapters.valkey.connections import (
    PATIENCE_SECONDS,
    for_event_loop,
    for_threads,
    told_place,
)
from mosaic_core.commons import FAILURE_SECONDS, Commons

_VALUE = f"value of {VERSION}"
"""Another version may show the same differently."""
_LONGEST_VALUE = 2**18
_VALUES_WAITING = 64
"""More than the threads of one process compute at the same moment."""


class ValkeyCommons(Commons):
    """Counts and values under the names that a secret gives them, in bytes that the secret opens.

    So whoever reads Valkey learns nothing of anybody, installations with secrets of their own may share one,
    and what a stranger puts there is taken for nothing. Every call and every value costs one trip to it, the
    refusal of a call two. It uses nothing but keys that expire by themselves.

    It is waited for a quarter of a second at most. After that it is away: everybody is told so at once, and
    one caller in a while tries whether it is back.
    """

    is_elsewhere = True

    def __init__(self, url: str, secret: bytes, patience: float | None = None) -> None:
        """Name the server; nothing is asked yet. Raises ValueError if the URL says what cannot be.

        `patience` is in seconds, for each answer.
        """
        self._patience = patience = patience or PATIENCE_SECONDS
        self._breaker = Breaker(told_place(url))
        self._secret = hmac.digest(secret, b"mosaic commons 1", sha256)
        self._sealing = AesSealing(secret, b"mosaic shared value 1")
        try:
            self._client = for_threads(url, patience)
        except TypeError:
            raise ValueError("has a parameter that is not known") from None
        self._calls = for_event_loop(url, patience)
        self._windows = _windows(self._calls)
        self._items: dict[tuple[str, int, int], RateLimitItem] = {}
        self._keeper = _Keeper(self)

    async def call(self, name: str, client: str, limit: int, seconds: int) -> float | None:
        """Count a call, by the machine's clock, in the list of times that `limits` keeps of each client.

        The list is gone when nothing was added for so many seconds of Valkey's own clock, whatever clocks of
        servers say.
        """
        item = self._item(name, limit, seconds)
        try:
            with self._breaker.asking():
                async with asyncio.timeout(self._patience):
                    return await self._counted(item, self._name("call", f"{name}\n{client}"))
        except Away:
            return None

    def failures(self, keys: Sequence[str]) -> Sequence[int] | None:
        """Return how often there was a failure under each key."""
        try:
            with self._breaker.asking():
                return [int(number or 0) for number in self._client.mget(self._failure_names(keys))]
        except Away:
            return None

    def failed(self, keys: Sequence[str]) -> None:
        """Count a failure under each key."""
        try:
            with self._breaker.asking(), self._client.pipeline() as together:
                for name in self._failure_names(keys):
                    together.incr(name)
                    together.expire(name, FAILURE_SECONDS)
                together.execute()
        except Away:
            return

    def forget_failures(self, keys: Sequence[str]) -> None:
        """Forget the failures under the keys."""
        try:
            with self._breaker.asking():
                self._client.delete(*self._failure_names(keys))
        except Away:
            return

    def value(self, key: str) -> bytes | None:
        """Return the value that a server kept under the key."""
        name = self._name(_VALUE, key)
        try:
            with self._breaker.asking():
                sealed: Any = self._client.get(name)
        except Away:
            return None
        return None if sealed is None else self._sealing.open(sealed, name)

    def keep(self, key: str, value: bytes, seconds: float) -> None:
        """Hand the value to the thread that keeps values, if it is not too large and not too many wait."""
        if len(value) <= _LONGEST_VALUE:
            self._keeper.take(key, value, time.monotonic() + seconds)

    def write(self, key: str, value: bytes, seconds: float) -> None:
        """Keep the value now, if it has any time left."""
        name = self._name(_VALUE, key)
        sealed = self._sealing.seal(value, name)
        try:
            with self._breaker.asking():
                if seconds > 0:
                    self._client.set(name, sealed, px=round(seconds * 1000))
        except Away:
            return

    def works(self) -> bool:
        """Return whether it answers now."""
        try:
            with self._breaker.asking(always=True):
                return bool(self._client.ping())
        except Away:
            return False

    def unanswered(self) -> int:
        """Return how many questions had no answer in time; those that nobody asked do not count."""
        return self._breaker.unanswered

    async def leave(self) -> None:
        """Release the connections of this event loop."""
        with suppress(RedisError, OSError):  # a connection that was lost anyway
            await self._calls.disconnect()

    def close(self) -> None:
        """Release the connections of threads."""
        self._keeper.close()
        self._client.close()
        self._client.connection_pool.disconnect()

    async def _counted(self, item: RateLimitItem, client: bytes) -> float:
        who = client.decode()
        if await self._windows.hit(item, who):
            return 0.0
        stats = await self._windows.get_window_stats(item, who)
        return min(max(stats.reset_time - time.time(), 0.001), item.get_expiry())

    def _item(self, name: str, limit: int, seconds: int) -> RateLimitItem:
        key = name, limit, seconds
        if key not in self._items:
            self._items[key] = RateLimitItemPerSecond(limit, seconds, namespace="mosaic")
        return self._items[key]

    def _failure_names(self, keys: Sequence[str]) -> list[bytes]:
        return [self._name("failures", key) for key in keys]

    def _name(self, kind: str, key: str) -> bytes:
        """Return the name of a key in Valkey."""
        digest = hmac.digest(self._secret, f"{kind}\n{key}".encode("utf-8", "surrogatepass"), sha256)
        return b"mosaic:" + digest[:16].hex().encode()


class _Keeper:
    """The thread that keeps values; it starts with the first one."""

    def __init__(self, commons: ValkeyCommons) -> None:
        self._commons = commons
        self._waiting: queue.Queue[tuple[str, bytes, float] | None] = queue.Queue(_VALUES_WAITING)
        self._thread = threading.Thread(target=self._keep, name="mosaic-keeper", daemon=True)
        self._starting = threading.Lock()

    def take(self, key: str, value: bytes, until: float) -> None:
        """Keep the value until then, on the monotonic clock; drop it if too many wait."""
        with self._starting:
            if self._thread.ident is None:
                self._thread.start()
        with suppress(queue.Full):
            self._waiting.put_nowait((key, value, until))

    def close(self) -> None:
        """Let the thread end."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join(PATIENCE_SECONDS * 2)

    def _keep(self) -> None:
        while (one := self._waiting.get()) is not None:
            key, value, until = one
            self._commons.write(key, value, until - time.monotonic())


def _windows(connections: ConnectionPool) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix="mosaic",
        connection_pool=connections,  # type: ignore[arg-type]  # its documentation has it
    )
    return MovingWindowRateLimiter(storage)
