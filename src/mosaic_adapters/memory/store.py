"""A store in memory: nothing is kept when the program ends."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mosaic_adapters.memory.activities import MemoryActivities
from mosaic_adapters.memory.audit import MemoryAudit
from mosaic_adapters.memory.days import MemoryDays
from mosaic_adapters.memory.entries import MemoryEntries
from mosaic_adapters.memory.idempotency import MemoryIdempotency
from mosaic_adapters.memory.staging import MemoryStagedEntries, MemoryStaging
from mosaic_adapters.memory.state import Draft, State
from mosaic_adapters.memory.users import MemoryUsers
from mosaic_adapters.memory.wearables import MemoryWearables
from mosaic_core.store import Store, UnitOfWork


class MemoryUnit(UnitOfWork):
    """A draft of the state, its repositories, and what is to be done after the commit."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.actions: list[Callable[[], None]] = []
        self.users = MemoryUsers(draft)
        self.activities = MemoryActivities(draft)
        self.entries = MemoryEntries(draft)
        self.staged = MemoryStagedEntries(draft)
        self.days = MemoryDays(draft)
        self.wearables = MemoryWearables(draft)
        self.audit = MemoryAudit(draft)
        self.idempotency = MemoryIdempotency(draft)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run `action` once the draft has become the state."""
        self.actions.append(action)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo the block alone if it raises."""
        state, actions = self.draft.state, len(self.actions)
        try:
            yield
        except BaseException:
            self.draft.state = state
            del self.actions[actions:]
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
        yield MemoryUnit(Draft(writer.draft.state if writer else self._state, sealed=True))

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
                self._state = unit.draft.state
            finally:
                unit.draft.sealed = True
                self._of_thread.unit = None
        for action in unit.actions:
            action()

    def stage(self) -> MemoryStaging:
        """Open an empty staging."""
        return MemoryStaging()

    def check(self) -> None:
        """Do nothing: memory is always within reach."""

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _writer(self) -> MemoryUnit | None:
        unit: MemoryUnit | None = getattr(self._of_thread, "unit", None)
        return unit
