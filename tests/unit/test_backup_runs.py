"""Runs of backups: one at a time, whoever crashes; each leaves what a reader of the status needs to know."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.backups.files import Backup, file_name, newest_first
from mosaic_core.backups.lease import BEAT_SECONDS, LEASE_SECONDS, Lease
from mosaic_core.backups.model import ENTRIES
from mosaic_core.backups.plan import BackupChange, BackupPlan, BackupRun
from mosaic_core.backups.ports import Archive, BackupFiles, Contents
from mosaic_core.backups.service import BackupState
from mosaic_core.caller import Caller
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    InvalidQuery,
    LockedBackup,
    MosaicError,
    NewerBackup,
    NotFound,
    ServiceUnavailable,
    StorageFull,
    UnusableBackup,
)
from mosaic_core.paging import Page
from mosaic_core.policy import Policy
from mosaic_core.store import Store
from mosaic_core.testing import NOON, TODAY, a_caller
from support import PASSWORDS, FixedClock, registered

DAY = dt.timedelta(days=1)


@define(eq=False)
class HeldFiles(BackupFiles):
    """Backups that are no more than their names; each is made in steps, between which a test acts."""

    backups: list[Backup] = field(factory=list)
    steps: list[Callable[[], object]] = field(factory=list)
    damaged: set[str] = field(factory=set)
    entries: list[int] = field(factory=list)
    busy: bool = False

    def make(self, archive: Archive, created_at: dt.datetime, seen: Callable[[int], None]) -> Backup:
        for step in self.steps:
            step()
            seen(1)
        self.entries.append(len(list(archive.rows(ENTRIES))))
        name = file_name(created_at, [one.filename for one in self.backups])
        made = Backup(name, 1, created_at, "hash")
        self.backups.append(made)
        return made

    def is_busy(self) -> bool:
        return self.busy

    def every(self) -> Sequence[Backup]:
        return newest_first(self.backups)

    def is_sound(self, filename: str) -> bool:
        return filename not in self.damaged

    def verify(self, filename: str, seen: Callable[[int], None]) -> int:  # noqa: ARG002  # all are alike
        for step in self.steps:
            step()
            seen(1)
        return 7

    def delete(self, filename: str) -> None:
        self.backups = [one for one in self.backups if one.filename != filename]

    @contextmanager
    def contents(self, filename: str) -> Iterator[Contents]:  # noqa: ARG002  # all are alike
        yield Contents(1, iter([b"x"]))

    @contextmanager
    def archive(self, filename: str) -> Iterator[Archive]:  # noqa: ARG002  # there is none
        raise NotFound("There is no such backup")
        yield


class TroubledStore(MemoryStore):
    """A store that takes no writes while it has a trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: MosaicError | None = None

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        if self.trouble is not None:
            raise self.trouble
        with super().write() as unit:
            yield unit


@pytest.fixture
def store() -> TroubledStore:
    return TroubledStore()


@pytest.fixture
def files() -> HeldFiles:
    return HeldFiles()


@pytest.fixture
def mosaic(store: TroubledStore, files: HeldFiles, clock: FixedClock) -> Mosaic:
    return a_worker(store, files, clock)


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "Ada")


def a_worker(store: Store, files: BackupFiles, clock: FixedClock) -> Mosaic:
    """Return what one of several processes has: its own Mosaic over the shared store."""
    return Mosaic.over(
        store, clock=clock, backup_files=files, policy=Policy(backup_keep=3), passwords=PASSWORDS
    )


def events(mosaic: Mosaic) -> list[tuple[str, int | None, str, str]]:
    with mosaic.store.read() as unit:
        found = unit.audit.page(AuditFilter(), Page(None))
    return [
        (one.event_type, one.user_id, one.level, one.message)
        for one in reversed(found)
        if one.event_type.startswith("backup.")
    ]


def plan(mosaic: Mosaic) -> BackupPlan:
    with mosaic.store.read() as unit:
        return unit.backups.plan()


def latest(mosaic: Mosaic) -> BackupRun:
    with mosaic.store.read() as unit:
        run = unit.backups.run()
    assert run is not None
    return run


def failing(error: BaseException) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail


def test_at_first_the_operators_policy_is_in_force(mosaic: Mosaic, ada: Caller) -> None:
    assert mosaic.backups.state(ada) == BackupState(
        enabled=True, interval_minutes=1440, last_run=None, next_run=NOON + DAY, last_error=None, keep=3
    )


def test_what_is_set_leaves_the_rest_as_it_was(mosaic: Mosaic, ada: Caller) -> None:
    for change, told in [
        (BackupChange(keep=7), (True, 1440, 7)),
        (BackupChange(enabled=False), (False, 1440, 7)),
        (BackupChange(interval_minutes=5), (False, 5, 7)),
        (BackupChange(enabled=True), (True, 5, 7)),
    ]:
        state = mosaic.backups.toggle(ada, change)
        assert (state.enabled, state.interval_minutes, state.keep) == told
        assert mosaic.backups.state(ada) == state
    assert events(mosaic)[:2] == [
        ("backup.toggle", ada.user_id, "info", "Backups switched on"),
        ("backup.toggle", ada.user_id, "info", "Backups switched off"),
    ]


def test_only_administrators_have_to_do_with_backups(mosaic: Mosaic, ada: Caller) -> None:
    anyone, backups = a_caller(ada.user_id), mosaic.backups
    for use_case in (
        lambda: backups.state(anyone),
        lambda: backups.overview(anyone),
        lambda: backups.toggle(anyone, BackupChange(keep=1)),
        lambda: backups.begin(anyone),
        lambda: backups.part(anyone, "backup-20240601-120000.zip"),
        lambda: backups.contents(anyone, "backup-20240601-120000.zip"),
        lambda: backups.verify(anyone, "backup-20240601-120000.zip", lambda _: None),
        lambda: backups.archive(anyone, "backup-20240601-120000.zip"),
    ):
        with pytest.raises(Forbidden):
            use_case()
    assert plan(mosaic) == BackupPlan()


def test_a_run_that_goes_well_is_kept_and_audited(mosaic: Mosaic, ada: Caller, clock: FixedClock) -> None:
    run = mosaic.backups.begin(ada)
    clock.advance(minutes=3)
    made = mosaic.backups.make(run, ada.user_id)
    mosaic.backups.finish(run, made, ada.user_id)
    assert plan(mosaic) == BackupPlan(last_run=NOON)
    assert latest(mosaic).is_over
    assert events(mosaic) == [("backup.run", ada.user_id, "info", "Backup made")]
    assert mosaic.backups.overview(ada)[1] == [made]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageFull("There is no room"), "There is no room"),
        (ValueError("/home/ada/secret"), "Something went wrong that nobody expected (ValueError)"),
    ],
)
def test_a_run_that_fails_says_so_in_words_that_hide_what_should_be_hidden(
    mosaic: Mosaic, files: HeldFiles, ada: Caller, error: Exception, words: str
) -> None:
    mosaic.backups.toggle(ada, BackupChange(interval_minutes=90))
    files.steps = [failing(error)]
    run = mosaic.backups.begin(ada)
    with pytest.raises(type(error)):
        mosaic.backups.make(run, ada.user_id)
    state = mosaic.backups.state(ada)
    assert (state.last_run, state.last_error, state.next_run) == (NOON, words, NOON + DAY / 24)
    assert events(mosaic)[1:] == [("backup.run_failed", ada.user_id, "warning", words)]
    files.steps = []
    mosaic.backups.run()
    assert plan(mosaic).last_error is None


def test_how_a_run_failed_is_told_by_the_log_where_the_store_takes_nothing(
    mosaic: Mosaic,
    store: TroubledStore,
    files: HeldFiles,
    ada: Caller,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full() -> None:
        store.trouble = StorageFull("There is no room anywhere")
        raise store.trouble

    files.steps = [full]
    run = mosaic.backups.begin(ada)
    with pytest.raises(StorageFull):
        mosaic.backups.make(run, ada.user_id)
    assert "There is no room anywhere" in caplog.text
    store.trouble = None
    files.steps = []
    with pytest.raises(Conflict):
        mosaic.backups.begin(ada)
    clock.advance(seconds=LEASE_SECONDS)
    assert mosaic.backups.begin(ada).number == run.number + 1


def test_one_run_goes_on_at_a_time(mosaic: Mosaic, files: HeldFiles, ada: Caller, clock: FixedClock) -> None:
    other = a_worker(mosaic.store, files, clock)

    def meanwhile() -> None:
        clock.advance(seconds=BEAT_SECONDS + 1)
        for worker in (mosaic, other):
            with pytest.raises(Conflict, match="being made already"):
                worker.backups.begin(ada)
            assert worker.backups.run_if_due() is None

    files.steps = [meanwhile] * 50
    clock.advance(days=2)
    assert mosaic.backups.run_if_due() is not None
    assert len(files.backups) == 1
    assert other.backups.begin(ada).number == 2


def test_a_beat_that_fails_ends_nothing(
    mosaic: Mosaic, store: TroubledStore, files: HeldFiles, ada: Caller, clock: FixedClock
) -> None:
    def trouble() -> None:
        store.trouble = ServiceUnavailable("The database is busy")
        clock.advance(seconds=BEAT_SECONDS)

    def better() -> None:
        store.trouble = None
        clock.advance(seconds=BEAT_SECONDS)
        assert latest(mosaic).beats == 1

    def later() -> None:
        assert latest(mosaic).beats == 2
        clock.advance(seconds=BEAT_SECONDS - 1)

    def too_early() -> None:
        assert latest(mosaic).beats == 2

    beat = partial(clock.advance, seconds=BEAT_SECONDS)
    files.steps = [beat, trouble, better, later, too_early]
    run = mosaic.backups.begin(ada)
    mosaic.backups.finish(run, mosaic.backups.make(run, None), None)
    assert plan(mosaic).last_error is None


def test_whoever_was_silent_for_too_long_gives_way(
    mosaic: Mosaic, files: HeldFiles, ada: Caller, clock: FixedClock
) -> None:
    others = a_worker(mosaic.store, HeldFiles(), clock)
    taken: list[BackupRun] = []

    def frozen() -> None:
        with pytest.raises(Conflict):
            others.backups.begin(ada)
        clock.advance(seconds=LEASE_SECONDS)
        taken.append(others.backups.begin(ada))

    files.steps = [frozen]
    run = mosaic.backups.begin(ada)
    with pytest.raises(Conflict):
        mosaic.backups.make(run, ada.user_id)
    assert latest(mosaic) == taken[0]
    assert (files.backups, plan(mosaic), events(mosaic)) == ([], BackupPlan(), [])


def test_a_run_that_was_overtaken_at_its_end_leaves_the_others_alone(mosaic: Mosaic, ada: Caller) -> None:
    run = mosaic.backups.begin(ada)
    made = mosaic.backups.make(run, None)
    with mosaic.store.write() as unit:
        unit.backups.keep_run(BackupRun(number=run.number + 1, since=NOON))
    mosaic.backups.finish(run, made, None)
    assert plan(mosaic).last_run == NOON
    assert not latest(mosaic).is_over


def test_nobody_but_who_looks_again_knows_that_a_run_was_given_up(clock: FixedClock) -> None:
    run, lease = BackupRun(number=1, since=NOON), Lease(clock)
    assert not lease.holds(None)
    clock.advance(days=1)
    assert lease.holds(run)
    clock.instant -= 30 * DAY
    assert lease.holds(run)
    clock.advance(seconds=LEASE_SECONDS)
    assert not lease.holds(run)
    assert lease.holds(evolve(run, beats=1))
    assert not lease.holds(evolve(run, beats=1, is_over=True))


@given(waits=st.lists(st.floats(0, LEASE_SECONDS - 0.1), max_size=20), after=st.floats(0, 100))
def test_a_run_is_held_as_long_as_it_beats_and_not_for_long_after(waits: list[float], after: float) -> None:
    clock = FixedClock()
    lease, run = Lease(clock), BackupRun(number=1, since=NOON)
    for beats, wait in enumerate(waits):
        assert lease.holds(evolve(run, beats=beats))
        clock.seconds += wait
        assert lease.holds(evolve(run, beats=beats))
    assert lease.holds(evolve(run, beats=len(waits)))
    began = clock.seconds
    clock.seconds += after
    assert lease.holds(evolve(run, beats=len(waits))) == (clock.seconds - began < LEASE_SECONDS)


def test_a_program_that_ends_gives_its_run_up_as_if_it_had_not_been(
    mosaic: Mosaic, files: HeldFiles, ada: Caller, clock: FixedClock
) -> None:
    files.steps = [mosaic.backups.stop]
    clock.advance(days=2)
    with pytest.raises(ServiceUnavailable, match="stopping"):
        mosaic.backups.run_if_due()
    assert (files.backups, plan(mosaic), events(mosaic)) == ([], BackupPlan(), [])
    files.steps = []
    next_start = a_worker(mosaic.store, files, clock)
    assert next_start.backups.run_if_due() is not None
    assert next_start.backups.state(ada).next_run == NOON + 3 * DAY


def test_a_check_of_a_backup_is_watched_and_ends_with_the_program(
    mosaic: Mosaic, files: HeldFiles, ada: Caller
) -> None:
    told: list[int] = []
    files.steps = [lambda: None] * 3
    assert mosaic.backups.verify(ada, "a", told.append).rows == 7
    assert told == [1, 1, 1]
    files.steps = [mosaic.backups.stop]
    with pytest.raises(ServiceUnavailable, match="stopping"):
        mosaic.backups.verify(ada, "a", told.append)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnusableBackup("It has changed"), "damaged"),
        (NewerBackup("It is of tomorrow"), "newer"),
        (LockedBackup("It is encrypted"), "locked"),
    ],
)
def test_a_backup_that_cannot_be_relied_on_is_told_and_audited(
    mosaic: Mosaic, files: HeldFiles, ada: Caller, error: MosaicError, reason: str
) -> None:
    files.steps = [failing(error)]
    found = mosaic.backups.verify(ada, "a", lambda _: None)
    assert (found.is_sound, found.rows, found.reason, found.error) == (False, None, reason, error.message)
    event = mosaic.backups.verified(ada, found)
    assert (event.event_type, event.level, event.user_id) == ("backup.verify", "warning", ada.user_id)
    assert event.context == {"filename": "a", "verified": False, "error": error.message}


def test_somebody_who_loses_patience_gives_their_run_up(mosaic: Mosaic, files: HeldFiles) -> None:
    files.steps = [failing(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        mosaic.backups.run()
    assert (plan(mosaic), events(mosaic), latest(mosaic).is_over) == (BackupPlan(), [], True)


def test_an_operator_waits_for_no_run_that_crashed(mosaic: Mosaic, files: HeldFiles, ada: Caller) -> None:
    crashed = mosaic.backups.begin(ada)
    files.busy = True
    with pytest.raises(Conflict):
        mosaic.backups.run()
    files.busy = False
    mosaic.backups.run()
    assert latest(mosaic) == BackupRun(number=crashed.number + 1, since=NOON, is_over=True)
    assert events(mosaic) == [("backup.run", None, "info", "Backup made")]


def test_a_run_is_made_when_it_is_due_and_not_before(
    mosaic: Mosaic, ada: Caller, files: HeldFiles, clock: FixedClock
) -> None:
    mosaic.backups.toggle(ada, BackupChange(interval_minutes=60))
    made = []
    for _ in range(13):
        made.append(mosaic.backups.run_if_due())
        clock.advance(minutes=15)
    assert [made.index(one) for one in made if one] == [4, 8, 12]
    mosaic.backups.toggle(ada, BackupChange(enabled=False))
    clock.advance(days=2)
    assert mosaic.backups.run_if_due() is None
    assert len(files.backups) == 3


def test_a_run_that_was_missed_is_made_once(mosaic: Mosaic, ada: Caller, clock: FixedClock) -> None:
    assert ada.is_admin
    clock.advance(days=40)
    assert mosaic.backups.run_if_due() is not None
    assert mosaic.backups.run_if_due() is None


def test_where_nobody_has_an_account_nothing_is_due(mosaic: Mosaic, clock: FixedClock) -> None:
    clock.advance(days=40)
    assert mosaic.backups.run_if_due() is None


def test_of_all_who_find_a_run_due_one_makes_it(
    mosaic: Mosaic, store: TroubledStore, files: HeldFiles, ada: Caller, clock: FixedClock
) -> None:
    class Overtaken(TroubledStore):
        """Between looking and beginning, another worker makes the whole run."""

        @contextmanager
        def read(self) -> Iterator[MemoryUnit]:
            with store.read() as unit:
                yield unit
            if not files.backups:
                mosaic.backups.run_if_due()

        @contextmanager
        def write(self) -> Iterator[MemoryUnit]:
            with store.write() as unit:
                yield unit

    assert ada.is_admin
    clock.advance(days=2)
    late = a_worker(Overtaken(), files, clock)
    assert late.backups.run_if_due() is None
    assert len(files.backups) == 1


def test_a_failed_run_is_tried_again_within_the_hour(
    mosaic: Mosaic, ada: Caller, files: HeldFiles, clock: FixedClock
) -> None:
    assert ada.is_admin
    clock.advance(days=2)
    files.steps = [failing(StorageFull("There is no room"))]
    with pytest.raises(StorageFull):
        mosaic.backups.run_if_due()
    clock.advance(minutes=59)
    assert mosaic.backups.run_if_due() is None
    clock.advance(minutes=1)
    files.steps = []
    assert mosaic.backups.run_if_due() is not None


def test_where_the_end_of_a_run_cannot_be_stored_the_old_backups_are_not_lost_to_repetitions(
    mosaic: Mosaic, store: TroubledStore, ada: Caller, files: HeldFiles, clock: FixedClock
) -> None:
    def full() -> None:
        store.trouble = StorageFull("There is no room")

    assert ada.is_admin
    clock.advance(days=2)
    files.steps = [full]
    with pytest.raises(StorageFull):
        mosaic.backups.run_if_due()
    assert len(files.backups) == 1
    store.trouble = None
    for _ in range(59):
        clock.advance(seconds=5)
        assert mosaic.backups.run_if_due() is None
    files.steps = []
    clock.advance(seconds=5)
    assert mosaic.backups.run_if_due() is None
    clock.advance(seconds=LEASE_SECONDS)
    assert mosaic.backups.run_if_due() is not None


def test_a_clock_that_is_set_back_during_a_run_costs_no_backup(
    mosaic: Mosaic, files: HeldFiles, clock: FixedClock
) -> None:
    for _ in range(3):
        mosaic.backups.run()
        clock.advance(hours=1)

    class Late(HeldFiles):
        """The clock is set back once the backup is there."""

        def every(self) -> Sequence[Backup]:
            clock.instant = NOON - DAY
            return super().every()

    late = Late(files.backups)
    made = a_worker(mosaic.store, late, clock).backups.run()
    assert made in late.backups
    assert len(late.backups) == 3


def test_backups_beyond_those_that_are_kept_are_deleted_but_for_damaged_ones(
    mosaic: Mosaic, files: HeldFiles, clock: FixedClock
) -> None:
    made = []
    for number in range(6):
        made.append(mosaic.backups.run())
        if number == 0:
            files.damaged.add(made[0].filename)
        clock.advance(hours=1)
    assert list(files.every()) == [made[5], made[4], made[3], made[0]]


def test_a_backup_counts_even_if_old_ones_cannot_be_deleted(
    store: TroubledStore, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    class Stuck(HeldFiles):
        def delete(self, filename: str) -> None:
            raise ServiceUnavailable(f"The backup cannot be deleted: {len(filename)}")

    mosaic = a_worker(store, Stuck(), clock)
    for _ in range(4):
        mosaic.backups.run()
    assert "cannot be deleted" in caplog.text
    assert plan(mosaic).last_error is None


def test_a_program_that_ends_while_it_deletes_old_ones_ends_soon(
    store: TroubledStore, clock: FixedClock
) -> None:
    class Ending(HeldFiles):
        def every(self) -> Sequence[Backup]:
            ending.backups.stop()
            return super().every()

    ending = a_worker(store, Ending(), clock)
    with pytest.raises(ServiceUnavailable, match="stopping"):
        ending.backups.run()
    assert latest(ending).is_over


def test_names_tell_which_part_of_which_backup_is_wanted(mosaic: Mosaic, ada: Caller) -> None:
    for kind in ("zip", "json", "csv"):
        part = mosaic.backups.part(ada, f"backup-20240601-120000-2.{kind}")
        assert (part.backup, part.kind) == ("backup-20240601-120000-2.zip", kind)
    for name in ("", "zip", "backup-20240601-120000", "backup-20240601-120000.tar", "mosaic.db"):
        with pytest.raises(InvalidQuery):
            mosaic.backups.part(ada, name)


def test_a_backup_is_opened_and_that_is_noted(mosaic: Mosaic, ada: Caller) -> None:
    with mosaic.backups.contents(ada, "backup-20240601-120000.zip") as contents:
        assert list(contents.blocks) == [b"x"]
    with pytest.raises(NotFound), mosaic.backups.archive(ada, "backup-20240601-120000.zip"):
        pass
    mosaic.backups.audit.keep(mosaic.backups.downloaded(ada, "backup-20240601-120000.json"))
    assert events(mosaic) == [("backup.download", ada.user_id, "info", "Backup downloaded")]


def test_a_snapshot_that_is_being_backed_up_keeps_no_writer_waiting(
    mosaic: Mosaic, files: HeldFiles, ada: Caller
) -> None:
    person = mosaic.person("Ada")
    files.steps = [lambda: person.add("Running", 1.0, date=TODAY)]
    mosaic.backups.run()
    assert ada.is_admin
    assert len(person.entries()) == 1
    assert files.entries == [0]
