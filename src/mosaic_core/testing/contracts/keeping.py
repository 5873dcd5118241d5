"""The plainest cache that keeps anything."""

from collections.abc import Callable
from typing import Any, TypeVar

from mosaic_core.caching import Cache, CacheKey

T = TypeVar("T")


class KeepingCache(Cache):
    """Keeps every value until it is forgotten; for one thread."""

    def __init__(self) -> None:
        self._values: dict[CacheKey, Any] = {}

    def get(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:  # noqa: ARG002  # never expires
        """Return the kept value, else the computed one."""
        if key not in self._values:
            self._values[key] = compute()
        value: T = self._values[key]
        return value

    def forget(self, prefix: str, user_id: int | None = None) -> None:
        """Forget the values under `prefix`, of one user or of all."""
        for key in [*self._values]:
            if key.prefix == prefix and user_id in {None, key.scope.user_id}:
                del self._values[key]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
