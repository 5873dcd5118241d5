"""The cache in this process's memory."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakSet

from attrs import define
from cachetools import LRUCache

from mosaic_core.caching import Cache, CacheCounts, CacheKey, CacheScope
from mosaic_core.clock import Clock

T = TypeVar("T")

_SCOPES = 4096
_VALUES_PER_SCOPE = 32
_PROBE = CacheKey("probe", CacheScope(0, is_admin=False))
_PROBES = 3

_Group = tuple[str, int]
_Slot = tuple[bool, tuple[str, ...]]
"""The address of a value in its group. Plain tuples are compared several times faster than objects."""
_Values = dict[_Slot, tuple[float, Any]]


@define(eq=False)
class _Lease:
    """A computation under way. It is no longer valid once its key is forgotten."""

    key: CacheKey
    valid: bool = True


class CachetoolsCache(Cache):
    """Bounded twice: it drops the least recently used of too many users, and a user's oldest values."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._groups: LRUCache[_Group, _Values] = LRUCache(_SCOPES)
        self._leases: WeakSet[_Lease] = WeakSet()
        self._hits: defaultdict[str, int] = defaultdict(int)
        self._misses: defaultdict[str, int] = defaultdict(int)

    def get(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:
        """Return the live value, else the computed one, kept unless its key was forgotten meanwhile."""
        now = self._clock.monotonic()
        try:
            with self._lock:
                expires, value = self._groups[key.prefix, key.scope.user_id][key.scope.is_admin, key.parts]
                if expires > now:
                    self._hits[key.prefix] += 1
                    found: T = value
                    return found
        except KeyError:
            pass
        return self._computed(key, seconds, compute)

    def forget(self, prefix: str, user_id: int | None = None) -> None:
        """Forget the values under `prefix`, of one user or of all."""
        with self._lock:
            if user_id is not None:
                self._groups.pop((prefix, user_id), None)
            else:
                for group in [group for group in self._groups if group[0] == prefix]:
                    del self._groups[group]
            if self._leases:
                self._end_leases(prefix, user_id)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._groups.clear()
            for lease in self._leases:
                lease.valid = False

    def works(self) -> bool:
        """Return whether a value that is kept is found again, unless the cache is cleared in between."""
        return any(self._keeps(object()) for _ in range(_PROBES))

    def counts(self) -> Mapping[str, CacheCounts]:
        """Return what was asked for, by prefix."""
        with self._lock:
            prefixes = self._hits.keys() | self._misses.keys()
            return {one: CacheCounts(self._hits[one], self._misses[one]) for one in prefixes}

    def _end_leases(self, prefix: str, user_id: int | None) -> None:
        for lease in self._leases:
            key = lease.key
            if key.prefix == prefix and user_id in {None, key.scope.user_id}:
                lease.valid = False

    def _computed(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:
        lease = _Lease(key)
        with self._lock:
            self._leases.add(lease)
        value = compute()
        with self._lock:
            self._misses[key.prefix] += 1  # now: what is given up is computed, and counted, elsewhere
            self._leases.discard(lease)
            if lease.valid:
                self._put(key, self._clock.monotonic() + seconds, value)
        return value

    def _keeps(self, value: object) -> bool:
        try:
            self.get(_PROBE, 60, lambda: value)
            return self.get(_PROBE, 60, object) is value
        finally:
            self.forget(_PROBE.prefix)

    def _put(self, key: CacheKey, expires: float, value: object) -> None:
        group, slot = (key.prefix, key.scope.user_id), (key.scope.is_admin, key.parts)
        try:
            values = self._groups[group]
        except KeyError:
            values = self._groups[group] = {}
        values.pop(slot, None)
        if len(values) == _VALUES_PER_SCOPE:
            del values[next(iter(values))]
        values[slot] = expires, value
