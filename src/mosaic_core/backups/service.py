"""The use cases of backups."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from attrs import Factory, evolve, field, frozen

from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.files import Backup, made_at
from mosaic_core.backups.lease import Heart, Lease, Stopped
from mosaic_core.backups.model import TOKENS
from mosaic_core.backups.plan import BackupChange, BackupRun
from mosaic_core.backups.policy import BackupPolicy
from mosaic_core.backups.ports import Archive, BackupFiles, Contents
from mosaic_core.backups.verified import Verified, unusable
from mosaic_core.backups.watched import Seen, Watched, nobody_watches
from mosaic_core.caller import Caller, require_admin
from mosaic_core.clock import Clock
from mosaic_core.errors import Conflict, InvalidQuery, MosaicError, Taken, UnusableBackup
from mosaic_core.store import Store, UnitOfWork, run_again
from mosaic_core.tally import Counted, NoTally, Tally
from mosaic_core.webhooks.events import Outbox

PARTS = ("zip", "json", "csv")

_log = logging.getLogger("mosaic.backups")


@frozen
class BackupState:
    """What is in force, and how it went; times are None where there was or will be no run."""

    enabled: bool
    interval_minutes: int
    last_run: dt.datetime | None
    next_run: dt.datetime | None
    last_error: str | None
    keep: int


@frozen
class Part:
    """What is called so: a backup (`zip`), or its entries and activities for people (`json`, `csv`)."""

    filename: str
    backup: str
    kind: str


@frozen
class BackupService:
    """The use cases of backups. They may take long: nobody who writes waits for them, but for a restore.

    A run has three parts: it begins, in a short transaction; the backup is made, outside of any; it ends, in
    another short one. `policy` is the operator's, for what no administrator has set.
    """

    store: Store
    clock: Clock
    audit: AuditTrail
    files: BackupFiles
    policy: BackupPolicy
    outbox: Outbox
    tally: Tally = field(factory=NoTally)
    lease: Lease = field(init=False, default=Factory(lambda self: Lease(self.clock), takes_self=True))

    def state(self, caller: Caller) -> BackupState:
        """Return what is in force, and how it went; administrators only."""
        require_admin(caller)
        with self.store.read() as unit:
            return self._state(unit)

    def overview(self, caller: Caller) -> tuple[BackupState, Sequence[Backup]]:
        """Return what is in force, how it went, and the backups; administrators only.

        Where these cannot be looked at, that is the last error.
        """
        state = self.state(caller)
        try:
            return state, self.files.every()
        except MosaicError as error:
            return evolve(state, last_error=error.message), []

    def outlook(self) -> tuple[BackupState, Backup | None]:
        """Return what is in force, how it went, and the newest backup, to whoever watches the program."""
        with self.store.read() as unit:
            state = self._state(unit)
        return state, next(iter(self.files.every()), None)

    def toggle(self, caller: Caller, change: BackupChange) -> BackupState:
        """Set whether and how often backups are made, and how many are kept; administrators only."""
        require_admin(caller)
        with self.store.write() as unit:
            plan = unit.backups.plan()
            unit.backups.keep_plan(
                evolve(
                    plan,
                    enabled=plan.enabled if change.enabled is None else change.enabled,
                    interval_minutes=change.interval_minutes or plan.interval_minutes,
                    keep=change.keep or plan.keep,
                )
            )
            state = self._state(unit)
            self.audit.note(
                unit,
                "backup.toggle",
                "Backups switched on" if state.enabled else "Backups switched off",
                caller.user_id,
                enabled=state.enabled,
                interval_minutes=state.interval_minutes,
                keep=state.keep,
            )
            return state

    def part(self, caller: Caller, filename: str) -> Part:
        """Return what the name of a file tells; administrators only.

        Raises InvalidQuery if neither a backup nor a part of one can be called so.
        """
        require_admin(caller)
        stem, _, kind = filename.rpartition(".")
        if kind not in PARTS or made_at(f"{stem}.zip") is None:
            raise InvalidQuery("No backup is called so; one is called backup-20260102-030405.zip")
        return Part(filename, f"{stem}.zip", kind)

    def contents(self, caller: Caller, filename: str) -> AbstractContextManager[Contents]:
        """Open the file of a backup; administrators only. Raises NotFound if there is none."""
        require_admin(caller)
        return self.files.contents(filename)

    def archive(self, caller: Caller, filename: str) -> AbstractContextManager[Archive]:
        """Open what is in a backup; administrators only. Raises NotFound if there is none."""
        require_admin(caller)
        return self.files.archive(filename)

    def verify(self, caller: Caller, filename: str, seen: Callable[[int], None]) -> Verified:
        """Read all of a backup, and tell whether it is sound; administrators only.

        `seen` is told how many bytes were read, again and again; what it raises ends the work, as does the
        end of the program. Raises NotFound if there is no such backup.
        """
        require_admin(caller)

        def watch(count: int) -> None:
            self.lease.go_on()
            seen(count)

        try:
            return Verified(filename, rows=self.files.verify(filename, watch))
        except UnusableBackup as error:
            return unusable(filename, error)

    def verified(self, caller: Caller, found: Verified) -> AuditEvent:
        """Return the event, to be written, that somebody has had a backup read."""
        return self.audit.event(
            "backup.verify",
            "Backup verified" if found.is_sound else "Backup found unusable",
            caller.user_id,
            "info" if found.is_sound else "warning",
            {"filename": found.filename, "verified": found.is_sound, "error": found.error},
        )

    def downloaded(self, caller: Caller, filename: str) -> AuditEvent:
        """Return the event, to be written, that somebody is given a backup or a part of it."""
        return self.audit.event(
            "backup.download", "Backup downloaded", caller.user_id, "info", {"filename": filename}
        )

    def begin(self, caller: Caller) -> BackupRun:
        """Begin a run; administrators only. Raises Conflict while somebody is at one."""
        require_admin(caller)
        with self.store.write() as unit:
            if self.lease.holds(unit.backups.run()):
                raise Conflict(Taken.BACKUP)
            return self._begun(unit)

    def make(self, run: BackupRun, user_id: int | None, seen: Seen = nobody_watches) -> Backup:
        """Make the backup of a run that has begun, and delete those that are kept no longer.

        It holds one snapshot of everything; writers go on meanwhile. If it fails, the run is over: that is
        kept as the last error, and audited. If the program ends, or others have taken over, it is as if the
        run had not been. Whatever went wrong is raised.
        """
        heart, begun = Heart(self.store, self.lease, run), self.clock.monotonic()

        def watch(done: int, total: int) -> None:
            heart.beat()
            seen(done, total)

        try:
            with self.store.read() as unit:
                made = self.files.make(Watched(unit.archive, watch), self.clock.now(), lambda _: heart.beat())
            self._prune(made, heart)
        except (Conflict, Stopped, KeyboardInterrupt):
            self._record(run)
            raise
        except Exception as error:
            self.tally.add(Counted.BACKUPS_FAILED)
            self._record(run, _in_words(error), user_id)
            raise
        taken = self.clock.monotonic() - begun
        self.tally.add_taken(Counted.BACKUPS_MADE, Counted.BACKUP_SECONDS, taken)
        return made

    def finish(self, run: BackupRun, made: Backup, user_id: int | None) -> None:
        """Note that the run ended well."""
        with self.store.write() as unit:
            _end(unit, run, None)
            self.audit.note(
                unit,
                "backup.run",
                "Backup made",
                user_id,
                filename=made.filename,
                size_bytes=made.size_bytes,
            )

    def run(self, seen: Seen = nobody_watches) -> Backup:
        """Make a backup for the operator. Raises Conflict while another one is being made here.

        A run that crashed is not waited for: that nobody is busy with the files says enough.
        """
        if self.files.is_busy():
            raise Conflict(Taken.BACKUP)
        return self._carried_out(run_again(self._begun_anyway), seen)

    def run_if_due(self) -> Backup | None:
        """Make a backup if one is due and nobody is at it: of all who ask at the same time, one does.

        Whoever failed does not try again for a while, even if the store could not take note of it: else a
        backup after the other might be made, and the old ones deleted for them.
        """
        if self.lease.rests():
            return None
        with self.store.read() as unit:
            if not self._is_due(unit):
                return None
        run = run_again(self._begun_if_due)
        if run is None:
            return None
        try:
            return self._carried_out(run, nobody_watches)
        except BaseException:
            self.lease.rest()
            raise

    def stop(self) -> None:
        """Let a run that is under way in this process end soon, without a backup."""
        self.lease.is_ending = True

    def restore(self, source: Archive, filename: str, seen: Seen = nobody_watches) -> None:
        """Take over everything from a backup, in one transaction, into the empty store.

        Personal access tokens end, as logins do: one that was deleted after the backup was made must not
        come back.

        Raises NotEmpty if the store has any row, UnusableBackup or InvalidState if something is wrong with
        the backup; nothing has changed then.
        """
        with self.store.write() as unit:
            take_all(Watched(source, seen), unit, without=(TOKENS,))
            self.audit.note(unit, "backup.restore", "Backup restored", None, filename=filename)

    def copy_from(self, other: Store, seen: Seen = nobody_watches) -> None:
        """Take over everything that another store has, in one transaction, into the empty store."""
        with other.read() as source, self.store.write() as unit:
            take_all(Watched(source.archive, seen), unit)

    def _carried_out(self, run: BackupRun, seen: Seen) -> Backup:
        made = self.make(run, None, seen)
        run_again(lambda: self.finish(run, made, None))
        return made

    def _begun_anyway(self) -> BackupRun:
        with self.store.write() as unit:
            return self._begun(unit)

    def _begun_if_due(self) -> BackupRun | None:
        with self.store.write() as unit:
            return self._begun(unit) if self._is_due(unit) else None

    def _begun(self, unit: UnitOfWork) -> BackupRun:
        latest = unit.backups.run()
        run = BackupRun(number=1 + (latest.number if latest else 0), since=self.clock.now())
        unit.backups.keep_run(run)
        return run

    def _is_due(self, unit: UnitOfWork) -> bool:
        if self.lease.holds(unit.backups.run()):
            return False
        next_run = self._state(unit).next_run
        return next_run is not None and next_run <= self.clock.now()

    def _state(self, unit: UnitOfWork) -> BackupState:
        plan = unit.backups.plan()
        policy = self.policy.as_set(plan)
        since = plan.last_run or (_first_account(unit) if policy.enabled else None)
        return BackupState(
            enabled=policy.enabled,
            interval_minutes=policy.interval_minutes,
            last_run=plan.last_run,
            next_run=policy.next_run(since, self.clock.now(), failed=plan.last_error is not None),
            last_error=plan.last_error,
            keep=policy.keep,
        )

    def _prune(self, made: Backup, heart: Heart) -> None:
        """Delete the backups that are kept no longer; if that fails, the one that was made counts."""

        def is_good(backup: Backup) -> bool:
            heart.beat()
            return backup.filename == made.filename or self.files.is_sound(backup.filename)

        try:
            with self.store.read() as unit:
                policy = self.policy.as_set(unit.backups.plan())
            now = max(self.clock.now(), made.created_at)
            for surplus in policy.surplus(self.files.every(), now, is_good):
                self.files.delete(surplus.filename)
        except (Conflict, Stopped):
            raise
        except MosaicError as error:
            _log.warning("old backups not deleted: %s", error.message)

    def _record(self, run: BackupRun, error: str | None = None, user_id: int | None = None) -> None:
        """Note that the run is over; where an error is told, that it failed. The log has it in any case."""
        try:
            run_again(lambda: self._fail(run, error, user_id))
        except MosaicError:
            _log.warning("how a backup ended was not stored: %s", error or "it was given up")

    def _fail(self, run: BackupRun, error: str | None, user_id: int | None) -> None:
        with self.store.write() as unit:
            if error is None:
                _let_go(unit, run)
                return
            _end(unit, run, error)
            unit.audit.add(self.audit.event("backup.run_failed", error, user_id, "warning", {}))
            self.outbox.backup_failed(unit, error)


def _end(unit: UnitOfWork, run: BackupRun, error: str | None) -> None:
    unit.backups.keep_plan(evolve(unit.backups.plan(), last_run=run.since, last_error=error))
    _let_go(unit, run)


def _let_go(unit: UnitOfWork, run: BackupRun) -> None:
    """Let others begin, unless they have taken over already."""
    latest = unit.backups.run()
    if latest is not None and latest.number == run.number:
        unit.backups.keep_run(evolve(latest, is_over=True))


def _first_account(unit: UnitOfWork) -> dt.datetime | None:
    """Return since when there may be anything to back up."""
    return min((user.created_at for user in unit.users.every()), default=None)


def _in_words(error: Exception) -> str:
    """Return what to tell of the error: never a path or a secret."""
    if isinstance(error, MosaicError):
        return error.message
    return f"Something went wrong that nobody expected ({type(error).__name__})"
