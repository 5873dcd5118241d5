"""Whom it costs time that Valkey is away: one caller in a while."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

PROBE_SECONDS = 3.0
"""So long after it gave no answer somebody tries again."""

_SILENCE = (TimeoutError, RedisTimeout)
_FAILURES = (RedisError, OSError)

_log = logging.getLogger("mosaic.valkey")


class Away(Exception):
    """It gives no answer."""


class Breaker:
    """Remembers that Valkey is away, so that nobody waits for it, and lets one caller in a while try.

    It is silent if nobody has had an answer since the question that waited too long: where others have, it is
    this process that is slow, and only that one question is given up. Threads and event loops may share it.
    Coming and going are logged once each.
    """

    def __init__(self, place: str) -> None:
        """`place` is how messages name it."""
        self._place = place
        self._lock = threading.Lock()
        self._is_away = False
        self._next_try = 0.0
        self._heard_at = 0.0
        self.unanswered = 0

    @contextmanager
    def asking(self, *, always: bool = False) -> Iterator[None]:
        """Run a block that asks. Raises Away if it fails, or at once while there is nothing to hope for.

        With `always` it is run in any case.
        """
        if self._is_away and not self._is_due() and not always:
            raise Away
        begun = time.monotonic()
        try:
            yield
        except _FAILURES as error:
            if not isinstance(error, _SILENCE) or self._heard_at <= begun:
                self._lost(type(error).__name__)
            with self._lock:
                self.unanswered += 1
            raise Away from None
        self._heard()

    def _is_due(self) -> bool:
        """Return whether the caller is the one to try."""
        with self._lock:
            if time.monotonic() < self._next_try:
                return False
            self._next_try = time.monotonic() + PROBE_SECONDS
            return True

    def _lost(self, reason: str) -> None:
        with self._lock:
            was_there, self._is_away = not self._is_away, True
            self._next_try = time.monotonic() + PROBE_SECONDS
        if was_there:
            _log.warning("%s gives no answer (%s); this process counts by itself", self._place, reason)

    def _heard(self) -> None:
        self._heard_at = time.monotonic()
        if not self._is_away:
            return
        with self._lock:
            was_away, self._is_away = self._is_away, False
        if was_away:
            _log.warning("%s answers again; counts are shared", self._place)
