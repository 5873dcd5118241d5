"""A store and its transactions."""

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from mosaic_core.accounts.ports import SessionRepository, UserRepository
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.backups.ports import ArchiveRepository, BackupRepository
from mosaic_core.entries.model import Meeting, Met, TodayRow, today_row
from mosaic_core.entries.ports import EntryRepository, StagedEntryRepository, Staging
from mosaic_core.errors import SerializationFailure, TakesLong
from mosaic_core.idempotency.ports import IdempotencyRepository
from mosaic_core.paging import Page
from mosaic_core.pending import Pending
from mosaic_core.rules.ports import RuleRepository
from mosaic_core.schedules.ports import PastRepository, PauseRepository
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.texts import name_key
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

    is_hurried: bool = False
    """Whether its reads raise TakesLong rather than take long; see `Store.hurried`."""

    users: UserRepository
    sessions: SessionRepository
    tokens: TokenRepository
    webhooks: WebhookRepository
    activities: ActivityRepository
    entries: EntryRepository
    staged: StagedEntryRepository
    pauses: PauseRepository
    pasts: PastRepository
    rules: RuleRepository
    summaries: SummaryRepository
    wearables: WearableRepository
    audit: AuditRepository
    idempotency: IdempotencyRepository
    backups: BackupRepository
    archive: ArchiveRepository
    pending: Pending

    # These ask several repositories. A store across a network may answer each on one way there and back.

    def expect(self, meetings: Iterable[Meeting]) -> None:  # noqa: ARG002  # for those across a network
        """Hear what `met` will be asked, probably: a store across a network may answer all of it at once.

        It changes no answer, whatever is written in between.
        """
        return

    def met(self, owner: int | None, name: str, day: dt.date) -> Met:
        """Return what an entry of the owner's, of an activity of that name, meets on the day."""
        place = (day, name_key(name))
        activity = self.activities.find(owner, name)
        entry_id = self.entries.ids(owner, [place]).get(place)
        if owner is None:
            return Met(activity, entry_id, is_shared=False)
        activity = activity or self.activities.find(None, name)
        if entry_id is not None:
            return Met(activity, entry_id, is_shared=False)
        shared_id = self.entries.ids(None, [place]).get(place)
        return Met(activity, shared_id, is_shared=shared_id is not None)

    def sheet(self, user_id: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return what is active on the day of the user's and the shared activities.

        By name regardless of case. The user's own activity of a name, active or not, comes before the shared
        one; the same goes for the entries.
        """
        shared, shared_entries = self.activities.owned(None), self.entries.on(None, day)
        if not shared and not shared_entries:
            return self.entries.today(user_id, day, page)
        own, own_entries = self.activities.owned(user_id), self.entries.on(user_id, day)
        activities = {name_key(one.name): one for one in (*shared, *own)}
        entries = {name_key(one.activity): one for one in (*shared_entries, *own_entries)}
        rows = [
            today_row(one, entries.get(key)) for key, one in sorted(activities.items()) if one.active_on(day)
        ]
        return page.of(rows)


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

    def look(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit that reads, for one question to it.

        What it answers is consistent in itself; a second answer may be of a later state. A store across a
        network needs one way there and back for that, where a snapshot may need more.
        """
        return self.read()

    def hurried(self) -> AbstractContextManager[object]:
        """Return what makes reads of this thread raise TakesLong, while it is open, rather than take long.

        For threads that others wait for: what was given up can be read again in one that nobody waits for.
        It may be opened again and again, and in several threads at once.
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

    def require_answers(self) -> None:
        """Raise ServiceUnavailable while the store gives no answer and others are to find out when it does.

        It returns at once, so that nobody has to wait behind those who try.
        """
        return

    async def awaited_elsewhere(self) -> int:
        """Return what `elsewhere` does, while the event loop turns.

        Raises TakesLong where a thread has to ask `elsewhere`.
        """
        raise TakesLong

    async def awaited(
        self,
        use_case: Callable[[], T],  # noqa: ARG002  # a store may do it
        elsewhere: int,  # noqa: ARG002
        take_turn: Callable[[], Awaitable[None]],  # noqa: ARG002
    ) -> T:
        """Run a use case that reads, on the event loop, which turns while the store is waited for.

        `elsewhere` is what the use case is told, if it asks. Before it first takes what only a few may have
        at once, such as a connection, `take_turn` is awaited. Raises TakesLong where it has to run in a
        thread instead, from its beginning.
        """
        raise TakesLong

    def told(self, elsewhere: int) -> AbstractContextManager[object]:  # noqa: ARG002
        """Return what lets this thread take that for the answer of `elsewhere`, while it is open.

        A store may ignore it.
        """
        return nullcontext()

    def state(self) -> str:
        """Return a text for all that is committed, as the last question of `elsewhere` found it.

        Each commit of any process gives another text, and no text ever stands for anything else, whatever
        becomes of the database. What is read after that has at least those commits. A store across a network
        has this, whose servers may share what they compute; others return "", and so does one that has just
        changed: what changes so often is not worth sharing.
        """
        return ""

    def check(self) -> None:
        """Read real data; raise ServiceUnavailable if the store is damaged or cannot be reached."""
        ...

    def close(self) -> None:
        """Release files and connections. Closing again has no effect.

        After that, everything else raises ServiceUnavailable, with a message that says "closed".
        """
        ...


@frozen
class Foretold(Generic[T]):
    """A use case of which it is known beforehand what it will ask `UnitOfWork.met`.

    Whoever runs several of them in one transaction has that `expect` the meetings of all.
    """

    use_case: Callable[[], T]
    meetings: Sequence[Meeting]

    def __call__(self) -> T:
        """Run the use case."""
        return self.use_case()


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
