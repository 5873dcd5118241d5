"""The stranger's store with one fault each, as authors of stores make them."""

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

from attrs import evolve

from mosaic_core.accounts.model import StoredSession, User
from mosaic_core.activities.model import Activity
from mosaic_core.backups.model import ENTRIES, REVOKED_TOKENS, LastIds, Table
from mosaic_core.pending import Mark
from mosaic_core.wearables.model import Source
from strangers_store import (
    Activities,
    Archive,
    Owner,
    Sessions,
    StrangersStore,
    Tables,
    Unit,
    Users,
    Wearables,
    Webhooks,
    copied,
    drop,
)

Kinds = Mapping[str, Callable[[Unit], Any]]


class LosesSavepoints(StrangersStore):
    """A nested write that fails is not undone."""

    def undo(self, writer: Unit, mark: Mark, before: Tables) -> None:  # noqa: ARG002  # lost
        writer.pending.back_to(mark)


class LosesSavepointsOfInterrupts(StrangersStore):
    """A nested write that is interrupted is not undone."""

    @contextmanager
    def write(self) -> Iterator[Unit]:
        writer = self.writer()
        if writer is None:
            with super().write() as unit:
                yield unit
            return
        mark, before = writer.pending.mark(), copied(writer.tables)
        try:
            yield writer
        except Exception:
            self.undo(writer, mark, before)
            raise


class StaysOpen(StrangersStore):
    """A closed store goes on."""

    def require_open(self) -> None:
        pass


class InsertsWhatItReplaces(StrangersStore):
    """A user who is replaced and not there is added."""

    class Inserting(Users):
        def update(self, user: User) -> None:
            if self.get(user.id) is None:
                self.to_write("users")[user.id] = user
            super().update(user)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "users": Inserting}


class LosesWrites(StrangersStore):
    """A writer starts from what it saw before the one ahead of it had committed."""

    @contextmanager
    def write(self) -> Iterator[Unit]:
        seen = self.tables
        with super().write() as unit:
            if unit.tables == self.tables:
                unit.tables = copied(seen)
            yield unit


class OrdersByPlainText(StrangersStore):
    """Names are ordered by their plain text, capitals first."""

    class Ordered(Activities):
        def owned(self, owner: Owner) -> Sequence[Activity]:
            return sorted(super().owned(owner), key=lambda one: one.name)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "activities": Ordered}


class ReadsStale(StrangersStore):
    """A read inside a write sees the last commit."""

    def seen_inside(self, writer: Unit) -> Tables:
        writer.pending.settle(writer)
        return self.tables


class MovesSnapshots(StrangersStore):
    """What a commit changes shows in reads that are open."""

    def commit(self, unit: Unit) -> None:
        unit.pending.settle(unit)
        self.tables.update(unit.tables)


class GivesIdsTwice(StrangersStore):
    """A new user gets the id above all that there are."""

    class Numbered(Users):
        def add(self, user: User) -> User:
            self.unit.store.numbers = itertools.count(max(self.rows("users"), default=999) + 1)
            return super().add(user)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "users": Numbered}


class TellsCasesApart(StrangersStore):
    """Usernames that differ in case alone are two."""

    class Exact(Users):
        def find(self, username: str) -> User | None:
            return next((one for one in self.every() if one.username == username), None)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "users": Exact}


class ActsTooEarly(StrangersStore):
    """Actions run before the commit."""

    def commit(self, unit: Unit) -> None:
        unit.pending.run_actions()
        super().commit(unit)


class ActsAfterRollback(StrangersStore):
    """The actions of a nested write run though it was undone."""

    def undo(self, writer: Unit, mark: Mark, before: Tables) -> None:
        writer.tables = before
        writer.pending.back_to(mark._replace(actions=writer.pending.mark().actions))


class ForgetsDays(StrangersStore):
    """Touched days are not summed up before the commit."""

    def commit(self, unit: Unit) -> None:
        self.tables = unit.tables


class ForgetsUndoneDays(StrangersStore):
    """Days that a read had summed up inside an undone part count as summed up."""

    def undo(self, writer: Unit, mark: Mark, before: Tables) -> None:
        writer.tables = before
        writer.pending.back_to(mark._replace(settled=mark.touched))


class TellsOthersRows(StrangersStore):
    """Everybody's sources are told."""

    class Open(Wearables):
        def sources(self, user_id: int) -> Sequence[Source]:  # noqa: ARG002  # not asked for
            return sorted(self.rows("sources").values(), key=lambda one: (one.priority, one.id))

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "wearables": Open}


class RestoresUnderNewIds(StrangersStore):
    """Entries that are taken over get new ids."""

    class Renumbering(Archive):
        def add(self, table: Table[Any], rows: Iterable[Any]) -> None:
            renumbered = (evolve(row, id=self.new_id()) for row in rows)
            super().add(table, renumbered if table is ENTRIES else rows)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "archive": Renumbering}


class ForgetsGivenIds(StrangersStore):
    """What was given before counts no more once everything was taken over."""

    class Forgetting(Archive):
        def set_last_ids(self, last: LastIds) -> None:
            pass

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "archive": Forgetting}


class RestoresRevokedTokens(StrangersStore):
    """Revoked tokens are left behind."""

    class Forgiving(Archive):
        def rows(self, table: Table[Any]) -> Iterator[Any]:
            return iter(()) if table is REVOKED_TOKENS else super().rows(table)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "archive": Forgiving}


class ReplacesLogins(StrangersStore):
    """A login that is added again replaces the first."""

    class Replacing(Sessions):
        def add(self, session: StoredSession) -> None:
            drop(self.to_write("logins"), lambda one: one.token_id == session.token_id)
            super().add(session)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "sessions": Replacing}


class GivesUpOthersEvents(StrangersStore):
    """What waits too long for one webhook is given up for all."""

    class Generous(Webhooks):
        def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
            for other in self.rows("webhooks"):
                if other != webhook_id:
                    super().remove_before(other, instant)
            return super().remove_before(webhook_id, instant)

    kinds: ClassVar[Kinds] = {**StrangersStore.kinds, "webhooks": Generous}


class WritesThroughReads(StrangersStore):
    """A write through a read is done, inside of a write."""

    @contextmanager
    def read(self) -> Iterator[Unit]:
        writer = self.writer()
        with nullcontext(writer) if writer else super().read() as unit:
            unit.pending.settle(unit)
            yield unit


FAULTS: Mapping[str, type[StrangersStore]] = {
    "none": StrangersStore,
    **{fault.__name__: fault for fault in StrangersStore.__subclasses__()},
}
