"""A store in memory: nothing is kept when the program ends."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mosaic_adapters.memory.activities import MemoryActivities
from mosaic_adapters.memory.archive import MemoryArchive
from mosaic_adapters.memory.audit import MemoryAudit
from mosaic_adapters.memory.backups import MemoryBackups
from mosaic_adapters.memory.entries import MemoryEntries
from mosaic_adapters.memory.idempotency import MemoryIdempotency
from mosaic_adapters.memory.state import Draft, State
from mosaic_adapters.memory.summaries import MemorySummaries
from mosaic_adapters.memory.users import MemoryUsers
from mosaic_adapters.memory.wearables import MemoryWearables
from mosaic_core.entries.staging import PlainStagedEntries, PlainStaging
from mosaic_core.pending import Pending
from mosaic_core.store import Store, UnitOfWork


class MemoryUnit(UnitOfWork):
    """A draft of the state, and its repositories."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.users = MemoryUsers(draft)
        self.activities = MemoryActivities(draft)
        self.entries = MemoryEntries(draft)
        self.staged = PlainStagedEntries(self.entries)
        self.summaries = MemorySummaries(draft)
        self.wearables = MemoryWearables(draft)
        self.audit = MemoryAudit(draft)
        self.idempotency = MemoryIdempotency(draft)
        self.backups = MemoryBackups(draft)
        self.archive = MemoryArchive(draft)
        self.pending = Pending()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the block alone if it raises."""
        state, mark = self.draft.state, self.pending.mark()
        try:
            yield
        except BaseException:
            self.draft.state = state
            self.pending.back_to(mark)
            raise


class MemoryStore(Store):
    """One immutable state. Readers look at it as it was when they came; one writer at a time replaces it."""

    def __init__(self) -> None:
        self._state = State()
        self._writing = threading.Lock()
        self._of_thread = threading.local()

    @contextmanager
    def read(self) -> Iterator[MemoryUnit]:
        """Open a snapshot; inside a write of this thread, one of what was written so far."""
        writer = self._writer()
        if writer is not None:
            writer.pending.settle(writer)
        state = writer.draft.state if writer else self._state
        yield MemoryUnit(Draft(state, sealed=True))

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        """Open a transaction, or a savepoint inside this thread's own."""
        writer = self._writer()
        if writer is not None:
            with writer.savepoint():
                yield writer
            return
        with self._writing:
            unit = MemoryUnit(Draft(self._state))
            self._of_thread.unit = unit
            try:
                yield unit
                unit.pending.settle(unit)
                self._state = unit.draft.state
            finally:
                unit.draft.sealed = True
                self._of_thread.unit = None
        unit.pending.run_actions()

    def elsewhere(self) -> int:
        """Return 0: no other process sees this memory."""
        return 0

    def stage(self) -> PlainStaging:
        """Open an empty staging."""
        return PlainStaging()

    def check(self) -> None:
        """Do nothing: memory is always within reach."""

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _writer(self) -> MemoryUnit | None:
        unit: MemoryUnit | None = getattr(self._of_thread, "unit", None)
        return unit
