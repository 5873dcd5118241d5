"""The cache in this process's memory."""

from collections.abc import Callable
from threading import Lock
from typing import Any, cast
from weakref import WeakSet

from attrs import define
from cachetools import LRUCache

from mosaic_core.caching import Cache, CacheKey
from mosaic_core.clock import Clock

_SCOPES = 4096
_VALUES_PER_SCOPE = 32

_Group = tuple[str, int]
_Place = tuple[bool, tuple[str, ...]]
"""Where a value lies in its group. Plain tuples are compared several times faster than objects."""
_Values = dict[_Place, tuple[float, Any]]


@define(eq=False)
class _Lease:
    key: CacheKey
    valid: bool = True


class CachetoolsCache(Cache):
    """Bounded twice: of too many users the one unused for longest goes, of one user's values the oldest.

    `overtaken` tells whether somebody changed the store behind its back; `catch_up` then forgets all.
    """

    def __init__(self, clock: Clock, overtaken: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._overtaken = overtaken
        self._lock = Lock()
        self._catching_up = Lock()
        self._groups: LRUCache[_Group, _Values] = LRUCache(_SCOPES)
        self._leases: WeakSet[_Lease] = WeakSet()

    def catch_up(self) -> None:
        """Forget everything if another process has changed the store."""
        with self._catching_up:
            if self._overtaken():
                self.clear()

    def get(self, key: CacheKey) -> object | None:
        """Return the live value, or None."""
        try:
            with self._lock:
                expires, value = self._groups[_group(key)][_place(key)]
        except KeyError:
            return None
        found: object = value if expires > self._clock.monotonic() else None
        return found

    def lease(self, key: CacheKey) -> object:
        """Announce that a value is about to be computed."""
        lease = _Lease(key)
        with self._lock:
            self._leases.add(lease)
        return lease

    def fill(self, lease: object, value: object, seconds: float) -> None:
        """Keep the value, unless its key was invalidated since the lease was taken."""
        taken = cast("_Lease", lease)
        with self._lock:
            self._leases.discard(taken)
            if taken.valid:
                self._put(taken.key, self._clock.monotonic() + seconds, value)

    def invalidate(self, prefix: str, user_id: int | None = None) -> None:
        """Forget the values under `prefix`, of one user or of all."""
        with self._lock:
            if user_id is not None:
                self._groups.pop((prefix, user_id), None)
            else:
                for group in [group for group in self._groups if group[0] == prefix]:
                    del self._groups[group]
            for lease in self._leases:
                key = lease.key
                if key.prefix == prefix and user_id in {None, key.scope.user_id}:
                    lease.valid = False

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._groups.clear()
            for lease in self._leases:
                lease.valid = False

    def _put(self, key: CacheKey, expires: float, value: object) -> None:
        group, place = _group(key), _place(key)
        try:
            values = self._groups[group]
        except KeyError:
            values = self._groups[group] = {}
        values.pop(place, None)
        if len(values) == _VALUES_PER_SCOPE:
            del values[next(iter(values))]
        values[place] = expires, value


def _group(key: CacheKey) -> _Group:
    return key.prefix, key.scope.user_id


def _place(key: CacheKey) -> _Place:
    return key.scope.is_admin, key.parts
