"""The unit of work on one PostgreSQL connection."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import psycopg

from mosaic_adapters.postgresql.activities import PostgresqlActivities
from mosaic_adapters.postgresql.archive import PostgresqlArchive
from mosaic_adapters.postgresql.audit import PostgresqlAudit
from mosaic_adapters.postgresql.backups import PostgresqlBackups
from mosaic_adapters.postgresql.entries import PostgresqlEntries
from mosaic_adapters.postgresql.errors import translation
from mosaic_adapters.postgresql.idempotency import PostgresqlIdempotency
from mosaic_adapters.postgresql.links import Beginning, Seat
from mosaic_adapters.postgresql.pasts import PostgresqlPasts
from mosaic_adapters.postgresql.pauses import PostgresqlPauses
from mosaic_adapters.postgresql.rules import PostgresqlRules
from mosaic_adapters.postgresql.runs import current_run
from mosaic_adapters.postgresql.sessions import PostgresqlSessions
from mosaic_adapters.postgresql.staged_entries import PostgresqlStagedEntries
from mosaic_adapters.postgresql.summaries import PostgresqlSummaries
from mosaic_adapters.postgresql.together import met, met_by_a_write, sheet
from mosaic_adapters.postgresql.tokens import PostgresqlTokens
from mosaic_adapters.postgresql.transaction import SHARED, Looking, Transaction, Writing
from mosaic_adapters.postgresql.trips import Statement
from mosaic_adapters.postgresql.users import PostgresqlUsers
from mosaic_adapters.postgresql.wearables import PostgresqlWearables
from mosaic_adapters.postgresql.webhooks import PostgresqlWebhooks
from mosaic_core.entries.model import Meeting, Met, TodayRow
from mosaic_core.paging import Page
from mosaic_core.pending import Mark, Pending, SettledSummaries
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.store import UnitOfWork

_REPOSITORIES: Mapping[str, Callable[[Transaction], object]] = {
    "users": PostgresqlUsers,
    "sessions": PostgresqlSessions,
    "tokens": PostgresqlTokens,
    "webhooks": PostgresqlWebhooks,
    "activities": PostgresqlActivities,
    "entries": PostgresqlEntries,
    "staged": PostgresqlStagedEntries,
    "pauses": PostgresqlPauses,
    "pasts": PostgresqlPasts,
    "rules": PostgresqlRules,
    "summaries": PostgresqlSummaries,
    "wearables": PostgresqlWearables,
    "audit": PostgresqlAudit,
    "idempotency": PostgresqlIdempotency,
    "backups": PostgresqlBackups,
    "archive": PostgresqlArchive,
}


class PostgresqlUnit(UnitOfWork):
    """A transaction and its repositories."""

    users: PostgresqlUsers
    sessions: PostgresqlSessions
    tokens: PostgresqlTokens
    webhooks: PostgresqlWebhooks
    activities: PostgresqlActivities
    entries: PostgresqlEntries
    staged: PostgresqlStagedEntries
    pauses: PostgresqlPauses
    pasts: PostgresqlPasts
    rules: PostgresqlRules
    summaries: SummaryRepository
    wearables: PostgresqlWearables
    audit: PostgresqlAudit
    idempotency: PostgresqlIdempotency
    backups: PostgresqlBackups
    archive: PostgresqlArchive

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
        self.is_hurried = current_run() is not None
        self.pending = Pending()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # each repository, which is made when it is asked for
        if name not in _REPOSITORIES:
            raise AttributeError(name)
        repository = self.__dict__[name] = _REPOSITORIES[name](self._in)
        return repository

    def met(self, owner: int | None, name: str, day: dt.date) -> Met:
        """Return what an entry of the owner's, of an activity of that name, meets on the day."""
        return met(self._in, owner, name, day)

    def sheet(self, user_id: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        """Return what is active on the day of the user's and the shared activities."""
        return sheet(self._in, user_id, day, page)


class WriterUnit(PostgresqlUnit):
    """The unit of a transaction that writes."""

    def __init__(self, seat: Seat, beginning: Beginning, *, comes_again: bool = False) -> None:
        self._transaction = Writing(seat, beginning, comes_again=comes_again)
        self._seat = seat
        super().__init__(self._transaction)

    @property
    def is_begun(self) -> bool:
        """Whether anything was read or changed."""
        return self._transaction.is_begun

    @property
    def has_lost_race(self) -> bool:
        """Whether it, or a part of it, and another one waited for each other."""
        return self._transaction.has_lost_race

    def expect(self, meetings: Iterable[Meeting]) -> None:
        """Hear what `met` will be asked: the first that is asked of an owner asks for all."""
        for meeting in meetings:
            self._transaction.see(meeting.owner, SHARED)
            self._transaction.places.expect([meeting])

    def met(self, owner: int | None, name: str, day: dt.date) -> Met:
        """Return what an entry of the owner's, of an activity of that name, meets on the day."""
        return met_by_a_write(self._transaction, owner, name, day)

    def settle(self) -> None:
        """Sum up the days that were written. Raises what made the database give up the transaction."""
        self._transaction.require_sound()
        self.pending.settle(self)

    def commit(self, *last: Statement) -> None:
        """Run the last statements and commit."""
        self._transaction.commit(*last)

    def roll_back(self) -> None:
        """Undo everything."""
        self._transaction.roll_back()

    def reader(self) -> PostgresqlUnit:
        """Return a unit that sees what was written so far, days summed up, and takes no changes."""
        unit = PostgresqlUnit(Looking(self._transaction, self._seat))
        settled = unit.summaries
        unit.summaries = SettledSummaries(self.settle, lambda: settled)
        return unit

    def begin_part(self) -> Mark:
        """Begin a part of the transaction that can be undone alone; return what that takes."""
        self._transaction.begin_part()
        return self.pending.mark()

    def end_part(self) -> None:
        """End the part that began last."""
        self._transaction.end_part()

    def undo_part(self, mark: Mark) -> None:
        """Undo the part that began last, with that mark."""
        self.pending.back_to(mark)
        self._transaction.undo_part()


class Part(AbstractContextManager[WriterUnit]):
    """A write inside another one: undone alone if it raises.

    Writes that come together are a part each. A generator takes three times as long for that.
    """

    def __init__(self, unit: WriterUnit) -> None:
        self._unit = unit

    def __enter__(self) -> WriterUnit:
        """Begin it."""
        self._mark = self._unit.begin_part()
        return self._unit

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, or undo it. Raises Mosaic's errors for PostgreSQL's."""
        if error is None:
            self._unit.end_part()
            return
        self._unit.undo_part(self._mark)
        known = translation(error) if isinstance(error, psycopg.Error) else None
        if known is not None:
            raise known from error
