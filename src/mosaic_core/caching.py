"""What is kept of answers that are asked for again and again."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from attrs import frozen

T = TypeVar("T")


@frozen
class CacheScope:
    """Whose view a cached value is: one user's, in one role."""

    user_id: int
    is_admin: bool


@frozen
class CacheKey:
    """Where a cached value lies."""

    prefix: str
    scope: CacheScope
    parts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The key as one text, `prefix::user:ID::role:R::parts`; different keys have different texts."""
        role = "admin" if self.scope.is_admin else "user"
        parts = [part.replace("%", "%25").replace(":", "%3A") for part in self.parts]
        return "::".join([self.prefix, f"user:{self.scope.user_id}", f"role:{role}", *parts])


class Cache(Protocol):
    """A bounded, expiring store of immutable values."""

    def catch_up(self) -> None:
        """Forget everything if another process has changed the store since this was last asked.

        Knowing who calls begins with it, so that what follows is as fresh as that.
        """
        ...

    def get(self, key: CacheKey) -> object | None:
        """Return the live value, or None."""
        ...

    def lease(self, key: CacheKey) -> object:
        """Announce that a value for `key` is about to be computed; return the lease that `fill` wants."""
        ...

    def fill(self, lease: object, value: object, seconds: float) -> None:
        """Keep the value, unless its key was invalidated since the lease was taken."""
        ...

    def invalidate(self, prefix: str, user_id: int | None = None) -> None:
        """Forget the values under `prefix`, of one user in every role or of all users."""
        ...

    def clear(self) -> None:
        """Forget everything."""
        ...


def cached(cache: Cache, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:
    """Return the value of `key`, computed and kept for so many seconds if the cache has none.

    The lease is taken before `compute` reads, so that a value that a commit has overtaken is never kept.
    """
    found = cache.get(key)
    if found is not None:
        return found  # type: ignore[return-value]  # a key holds what its own compute returned
    lease = cache.lease(key)
    value = compute()
    cache.fill(lease, value, seconds)
    return value
