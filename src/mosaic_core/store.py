"""A store and its transactions."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from mosaic_core.accounts.ports import SessionRepository, UserRepository
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.backups.ports import ArchiveRepository, BackupRepository
from mosaic_core.entries.ports import EntryRepository, StagedEntryRepository, Staging
from mosaic_core.errors import SerializationFailure
from mosaic_core.idempotency.ports import IdempotencyRepository
from mosaic_core.pending import Pending
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.tokens.ports import TokenRepository
from mosaic_core.wearables.ports import RecordStaging, WearableRepository
from mosaic_core.wearables.staging import PlainRecordStaging
from mosaic_core.webhooks.ports import WebhookRepository

T = TypeVar("T")

_ATTEMPTS = 5
"""A use case that loses a race so often meets more than bad luck."""


class UnitOfWork(Protocol):
    """One transaction. Everything reached through it sees the same state and shares its fate.

    A unit is valid inside its `with` block; using it afterwards is an error. One that reads may be handed
    from thread to thread, as long as only one uses it at a time; one that writes stays in the thread that
    opened it.

    New rows get ids above all that their table has given before, gaps allowed; the id of a row to be added is
    ignored. Replacing or deleting a row that is not there changes nothing. Writing what belongs to a user who
    is gone raises Unauthorized.
    """

    users: UserRepository
    sessions: SessionRepository
    tokens: TokenRepository
    webhooks: WebhookRepository
    activities: ActivityRepository
    entries: EntryRepository
    staged: StagedEntryRepository
    summaries: SummaryRepository
    wearables: WearableRepository
    audit: AuditRepository
    idempotency: IdempotencyRepository
    backups: BackupRepository
    archive: ArchiveRepository
    pending: Pending


class Store(Protocol):
    """Opens transactions.

    Writes take effect as if one came after another. Raises ServiceUnavailable when the store cannot be
    reached or is busy beyond its wait limit, StorageFull when a write finds no room, SerializationFailure
    when a transaction cannot be serialized with others: the same use case, run again, may succeed.
    """

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open one consistent snapshot, which no writer delays.

        Inside a write of the same thread it shows what was written so far, days summed up (see
        `SettledSummaries`). A change through it raises ReadOnly, at the latest when the block ends, and
        leaves a write around it as it was.
        """
        ...

    def hurried(self) -> AbstractContextManager[object]:
        """Return what makes reads of this thread raise TakesLong, while it is open, rather than take long.

        For threads that others wait for: what was given up can be read again in one that nobody waits for.
        A store may ignore it, and reads inside a write take what they need.
        """
        return nullcontext()

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that commits durably at the end and rolls back on any exception.

        Before the commit it sums up the touched days (`pending.settle`), and after it runs
        the actions (`pending.run_actions`), which can fail nothing.

        Inside another write of the same thread it is a savepoint of that one: an exception undoes this part
        alone, the outermost end commits.
        """
        ...

    def stage(self) -> Staging:
        """Open an empty staging. The caller closes it, after the last unit of work that uses it."""
        ...

    def stage_records(self) -> RecordStaging:
        """Open an empty staging for the records of a large wearable batch. Whoever asks closes it.

        Left as it is, it keeps them in memory.
        """
        return PlainRecordStaging()

    def elsewhere(self) -> int:
        """Return a number that has grown if another process has committed since it was last asked.

        Commits of this store object may raise it too, but need not; a store of one process may always return
        0. Within one turn of an event loop the store may give the answer again that it gave before: what runs
        in one turn was asked before it.
        """
        ...

    def check(self) -> None:
        """Read real data; raise ServiceUnavailable if the store is damaged or cannot be reached."""
        ...

    def close(self) -> None:
        """Release files and connections. Closing again has no effect.

        After that, everything else raises ServiceUnavailable, with a message that says "closed".
        """
        ...


def run_again(use_case: Callable[[], T]) -> T:
    """Run the use case; run it again, a few times, after a SerializationFailure.

    To be called outside of any transaction.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return use_case()
        except SerializationFailure:
            continue
    return use_case()
