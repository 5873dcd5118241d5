"""A store and its transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from mosaic_core.accounts.ports import UserRepository
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.entries.ports import EntryRepository, StagedEntryRepository, Staging
from mosaic_core.idempotency.ports import IdempotencyRepository
from mosaic_core.stats.ports import DayRepository
from mosaic_core.wearables.ports import WearableRepository


class UnitOfWork(Protocol):
    """One transaction. Everything reached through it sees the same state and shares its fate.

    Writing what belongs to a user who is gone raises Unauthorized.
    """

    users: UserRepository
    activities: ActivityRepository
    entries: EntryRepository
    staged: StagedEntryRepository
    days: DayRepository
    wearables: WearableRepository
    audit: AuditRepository
    idempotency: IdempotencyRepository

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

    def stage(self) -> Staging:
        """Open an empty staging. Whoever asks closes it, after the last unit of work that used it."""
        ...

    def check(self) -> None:
        """Read real data; raise ServiceUnavailable if the store is damaged or out of reach."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...
