"""Caching: values that are kept so that they need not be computed again."""

from collections.abc import Callable, Mapping
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
    """The address of a cached value."""

    prefix: str
    scope: CacheScope
    parts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The key as one text, `prefix::user:ID::role:R::parts`; different keys have different texts."""
        role = "admin" if self.scope.is_admin else "user"
        parts = [part.replace("%", "%25").replace(":", "%3A") for part in self.parts]
        return "::".join([self.prefix, f"user:{self.scope.user_id}", f"role:{role}", *parts])


@frozen
class CacheCounts:
    """How often a value was found, and how often it was not, since this process began to use the cache."""

    hits: int = 0
    misses: int = 0


class Cache(Protocol):
    """A bounded, expiring store of immutable values."""

    def get(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:
        """Return the live value of `key`, else what `compute` returns, which is kept for so many seconds.

        A computed value is not kept if its key was forgotten since the computation began, nor if the
        computation raises. A cache that cannot be reached computes.
        """
        ...

    def forget(self, prefix: str, user_id: int | None = None) -> None:
        """Forget the values under `prefix`, of one user in every role or of all users.

        May raise if it cannot; the caller must then treat the cache as stale until `clear` succeeds.
        """
        ...

    def clear(self) -> None:
        """Forget everything. May raise if it cannot."""
        ...

    def works(self) -> bool:
        """Return whether the cache can be reached and does what it should; it never raises."""
        return True

    def counts(self) -> Mapping[str, CacheCounts]:
        """Return what this process has asked for, by prefix; a cache need not count."""
        return {}


class NoCache(Cache):
    """Keeps nothing."""

    def get(self, key: CacheKey, seconds: float, compute: Callable[[], T]) -> T:  # noqa: ARG002  # the port's
        """Return what `compute` returns."""
        return compute()

    def forget(self, prefix: str, user_id: int | None = None) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""
