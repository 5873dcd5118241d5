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
from mosaic_adapters.memory.pasts import MemoryPasts
from mosaic_adapters.memory.pauses import MemoryPauses
from mosaic_adapters.memory.rules import MemoryRules
from mosaic_adapters.memory.sessions import MemorySessions
from mosaic_adapters.memory.state import Draft, State
from mosaic_adapters.memory.summaries import MemorySummaries
from mosaic_adapters.memory.tokens import MemoryTokens
from mosaic_adapters.memory.users import MemoryUsers
from mosaic_adapters.memory.wearables import MemoryWearables
from mosaic_adapters.memory.webhooks import MemoryWebhooks
from mosaic_core.entries.staging import PlainStagedEntries, PlainStaging
from mosaic_core.errors import ServiceUnavailable
from mosaic_core.pending import Pending, SettledSummaries
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.store import Store, UnitOfWork


class MemoryUnit(UnitOfWork):
    """A draft of the state, and its repositories."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.users = MemoryUsers(draft)
        self.sessions = MemorySessions(draft)
        self.tokens = MemoryTokens(draft)
        self.webhooks = MemoryWebhooks(draft)
        self.activities = MemoryActivities(draft)
        self.entries = MemoryEntries(draft)
        self.staged = PlainStagedEntries(self.entries)
        self.pauses = MemoryPauses(draft)
        self.pasts = MemoryPasts(draft)
        self.rules = MemoryRules(draft)
        self.summaries: SummaryRepository = MemorySummaries(draft)
        self.wearables = MemoryWearables(draft)
        self.audit = MemoryAudit(draft)
        self.idempotency = MemoryIdempotency(draft)
        self.backups = MemoryBackups(draft)
        self.archive = MemoryArchive(draft)
        self.pending = Pending()

    def reader(self) -> "MemoryUnit":
        """Return a unit that sees what was written so far, days summed up, and takes no changes."""
        unit = MemoryUnit(Draft(self.draft.state, sealed=True))
        unit.summaries = SettledSummaries(
            lambda: self.pending.settle(self), lambda: MemorySummaries(Draft(self.draft.state, sealed=True))
        )
        return unit

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

    def __init__(self, busy_timeout: float = 5.0) -> None:
        """Make an empty store; a write waits for others for so many seconds."""
        self._busy_timeout = busy_timeout
        self._is_closed = False
        self._state = State()
        self._writing = threading.Lock()
        self._of_thread = threading.local()

    @contextmanager
    def read(self) -> Iterator[MemoryUnit]:
        """Open a snapshot; inside a write of this thread, one of what was written so far."""
        self._require_open()
        writer = self._writer()
        yield MemoryUnit(Draft(self._state, sealed=True)) if writer is None else writer.reader()

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        """Open a transaction, or a savepoint inside this thread's own."""
        self._require_open()
        writer = self._writer()
        if writer is not None:
            with writer.savepoint():
                yield writer
            return
        with self._turn():
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
        self._require_open()
        return 0

    def stage(self) -> PlainStaging:
        """Open an empty staging."""
        self._require_open()
        return PlainStaging()

    def check(self) -> None:
        """Return: memory is always within reach."""
        self._require_open()

    def close(self) -> None:
        """Take no more work."""
        self._is_closed = True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=self._busy_timeout):
            raise ServiceUnavailable("The store is busy", {"retry_after": 1})
        try:
            yield
        finally:
            self._writing.release()

    def _require_open(self) -> None:
        if self._is_closed:
            raise ServiceUnavailable("The store is closed")

    def _writer(self) -> MemoryUnit | None:
        unit: MemoryUnit | None = getattr(self._of_thread, "unit", None)
        return unit
