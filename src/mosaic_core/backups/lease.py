"""Whether somebody is still at the run that they began."""

import math

from attrs import define, evolve, field

from mosaic_core.backups.plan import BackupRun
from mosaic_core.clock import Clock
from mosaic_core.errors import Conflict, MosaicError, ServiceUnavailable, Taken
from mosaic_core.store import Store, run_again

BEAT_SECONDS = 5.0
"""So often whoever makes a backup says that they are still at it."""

LEASE_SECONDS = 30.0
"""After so long without a beat others may begin: a few beats may fail, because the store is busy."""

REST_SECONDS = 300.0
"""After a failure a process does not try again for so long."""


class Stopped(ServiceUnavailable):
    """The program ends, and the run with it."""


@define(eq=False)
class Lease:
    """What this process has seen of runs, whether it rests after a failure, and whether it ends.

    A run counts as given up when its beats have not grown for a while by the monotonic clock of the process
    that looks. So it does not matter how the clocks of others are set, nor whether whoever began it crashed,
    was frozen or lost the store. Whoever has not looked before cannot know, and has to look again.
    """

    clock: Clock
    is_ending: bool = field(default=False, init=False)
    _seen: BackupRun | None = field(default=None, init=False)
    _since: float = field(default=0.0, init=False)
    _rests_until: float = field(default=-math.inf, init=False)

    def go_on(self) -> None:
        """Raise Stopped if the program ends."""
        if self.is_ending:
            raise Stopped("The server is stopping", {"retry_after": 10})

    def rest(self) -> None:
        """Let this process begin nothing by itself for a while."""
        self._rests_until = self.clock.monotonic() + REST_SECONDS

    def rests(self) -> bool:
        """Return whether that while lasts."""
        return self.clock.monotonic() < self._rests_until

    def holds(self, run: BackupRun | None) -> bool:
        """Return whether somebody may still be at the run, as it was just read from the store."""
        if run is None or run.is_over:
            return False
        now = self.clock.monotonic()
        if run != self._seen:
            self._seen, self._since = run, now
        return now - self._since < LEASE_SECONDS


class Heart:
    """Says every few seconds that somebody is at a run; to be called again and again while the work goes on.

    What it raises ends the work: Stopped, if the program ends, Conflict, if others have taken over.
    """

    def __init__(self, store: Store, lease: Lease, run: BackupRun) -> None:
        self._store = store
        self._lease = lease
        self._run = run
        self._next = lease.clock.monotonic() + BEAT_SECONDS

    def beat(self) -> None:
        """Say so, if it is time."""
        self._lease.go_on()
        now = self._lease.clock.monotonic()
        if now >= self._next:
            self._next = now + BEAT_SECONDS
            self._say()

    def _say(self) -> None:
        beaten = evolve(self._run, beats=self._run.beats + 1)
        try:
            run_again(lambda: self._keep(beaten))
        except Conflict:
            raise
        except MosaicError:
            return  # the next beat may succeed
        self._run = beaten

    def _keep(self, beaten: BackupRun) -> None:
        with self._store.write() as unit:
            latest = unit.backups.run()
            if latest is None or latest.number != beaten.number:
                raise Conflict(Taken.BACKUP)
            unit.backups.keep_run(beaten)
