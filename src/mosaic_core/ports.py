"""What every slice needs from outside: a store, a clock, a cache, lanes to run in."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

from attrs import frozen

if TYPE_CHECKING:
    from mosaic_core.accounts.ports import UserRepository
    from mosaic_core.activities.ports import ActivityRepository
    from mosaic_core.audit.ports import AuditRepository
    from mosaic_core.entries.ports import EntryRepository
    from mosaic_core.idempotency.ports import IdempotencyRepository
    from mosaic_core.stats.ports import DayRepository
    from mosaic_core.wearables.ports import WearableRepository

T = TypeVar("T")


@frozen
class Page:
    """A part of an ordered list: at most `limit` rows after the first `offset`. No limit means all."""

    limit: int | None = 100
    offset: int = 0


class UnitOfWork(Protocol):
    """One transaction. Everything reached through it sees the same state and shares its fate.

    Writing what belongs to a user who is gone raises Unauthorized.
    """

    users: "UserRepository"
    activities: "ActivityRepository"
    entries: "EntryRepository"
    days: "DayRepository"
    wearables: "WearableRepository"
    audit: "AuditRepository"
    idempotency: "IdempotencyRepository"

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once everything written here is durable; never, if it is rolled back."""
        ...


class Store(Protocol):
    """Opens transactions.

    Raises ServiceUnavailable when the store is out of reach or busy beyond its wait limit, StorageFull when a
    write finds no room.
    """

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open one consistent snapshot. It is not delayed by writers. Writing through it is an error."""
        ...

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that commits durably at the end and rolls back on any exception.

        Inside another write of the same thread it is a savepoint of that one: an exception undoes this part
        alone, the outermost end commits.
        """
        ...

    def check(self) -> None:
        """Read real data; raise ServiceUnavailable if the store is damaged or out of reach."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that only grow, for measuring intervals."""
        ...


class NewId(Protocol):
    """Makes texts that nobody can guess and that never come twice."""

    def __call__(self) -> str:
        """Return a new one."""
        ...


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


class Lanes(Protocol):
    """Decides where a use case runs, so that none delays the others.

    What is to run in a thread after `close` raises ServiceUnavailable.
    """

    async def read(self, use_case: Callable[[], T]) -> T:
        """Run a short read."""
        ...

    async def write(self, use_case: Callable[[], T]) -> T:
        """Run a write: its changes are durable when this returns."""
        ...

    async def heavy(self, use_case: Callable[[], T]) -> T:
        """Run something that computes or writes for long. Raises ServiceUnavailable when too many wait."""
        ...

    async def hashing(self, use_case: Callable[[], T]) -> T:
        """Run something that hashes a password. Raises ServiceUnavailable when too many wait."""
        ...

    def close(self) -> None:
        """Finish what is under way, if that does not take long, and end the threads."""
        ...
