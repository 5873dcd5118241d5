"""The use cases of backups, over a folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from mosaic_adapters.backups.folder import BackupFolder
from mosaic_adapters.backups.passphrase import read_passphrase
from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.settings import Settings
from mosaic_adapters.wiring import build
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.backups.model import TABLES
from mosaic_core.backups.ports import Archive
from mosaic_core.backups.verified import Verified
from mosaic_core.backups.watched import Watched, nobody_watches
from mosaic_core.errors import Conflict, InvalidState, LockedBackup, NotEmpty, NotFound, ServiceUnavailable
from mosaic_core.paging import Page
from mosaic_core.policy import Policy
from mosaic_core.testing import a_caller, a_token, a_webhook
from mosaic_core.testing.archives import held
from support import PASSWORDS, FixedClock
from support_backups import fill

KEEP_TWO = Policy(backup_keep=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "backups"


@pytest.fixture
def files(folder: Path) -> BackupFolder:
    return BackupFolder(folder, lambda: None)


@pytest.fixture
def mosaic(files: BackupFolder, clock: FixedClock) -> Iterator[Mosaic]:
    with Mosaic.over(MemoryStore(), clock=clock, backup_files=files, policy=KEEP_TWO) as made:
        made.person("Ada").add("Run", 2.5)
        yield made


def audited(mosaic: Mosaic) -> list[tuple[str, str]]:
    with mosaic.store.read() as unit:
        events = unit.audit.page(AuditFilter(), Page(None))
    return [(one.event_type, one.message) for one in events if one.event_type.startswith("backup.")]


def test_a_backup_is_made_listed_and_restored(mosaic: Mosaic, files: BackupFolder) -> None:
    with mosaic.store.read() as unit:
        before = held(unit.archive)
    made = mosaic.backups.run()
    assert made.filename == "backup-20240601-120000.zip"
    assert files.every() == [made]
    path = files.path(made.filename)
    assert path.stat().st_size == made.size_bytes
    with Mosaic.over(MemoryStore(), clock=mosaic.clock) as other, files.opened(path) as source:
        other.backups.restore(source, made.filename)
        with other.store.read() as unit:
            after = held(unit.archive).tables
            assert after["audit_events"][:-1] == before.tables["audit_events"]
            assert {**after, "audit_events": []} == {**before.tables, "audit_events": []}
        assert audited(other) == [("backup.restore", "Backup restored")]
    assert audited(mosaic) == [("backup.run", "Backup made")]


def test_nothing_is_restored_over_data(mosaic: Mosaic, files: BackupFolder) -> None:
    made = mosaic.backups.run()
    with files.opened(files.path(made.filename)) as source, pytest.raises(NotEmpty):
        mosaic.backups.restore(source, made.filename)
    assert len(audited(mosaic)) == 1


def test_a_store_is_copied_into_an_empty_one(mosaic: Mosaic, clock: FixedClock) -> None:
    fill_other = Mosaic.over(MemoryStore(), clock=clock)
    fill_other.backups.copy_from(mosaic.store)
    with mosaic.store.read() as one, fill_other.store.read() as other:
        assert held(one.archive) == held(other.archive)
    with pytest.raises(NotEmpty):
        fill_other.backups.copy_from(mosaic.store)


def test_a_copy_takes_tokens_along_and_a_restore_does_not(
    mosaic: Mosaic, files: BackupFolder, clock: FixedClock
) -> None:
    """A token that was deleted after the backup was made must not come back."""
    with mosaic.store.write() as unit:
        token = unit.tokens.add(a_token(mosaic.person("Ada").user_id))
        webhook = unit.webhooks.add(a_webhook(token.user_id))
    with Mosaic.over(MemoryStore(), clock=clock) as copy:
        copy.backups.copy_from(mosaic.store)
        with copy.store.read() as unit:
            assert unit.tokens.of(token.user_id) == [token]
    made = mosaic.backups.run()
    with (
        Mosaic.over(MemoryStore(), clock=clock) as other,
        files.opened(files.path(made.filename)) as source,
    ):
        other.backups.restore(source, made.filename)
        with other.store.read() as unit:
            assert unit.tokens.of(token.user_id) == []
            assert unit.webhooks.of(token.user_id) == [webhook]


def test_only_as_many_as_are_wanted_are_kept(mosaic: Mosaic, files: BackupFolder, clock: FixedClock) -> None:
    made = []
    for _ in range(4):
        made.append(mosaic.backups.run())
        clock.advance(hours=1)
    assert list(files.every()) == [made[3], made[2]]


def test_files_of_other_names_are_left_alone(mosaic: Mosaic, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "backup-mine.zip").write_text("mine")
    (folder / ".backup-20240601-110000.zip.part").write_text("left by a process that was killed")
    made = mosaic.backups.run()
    assert {file.name for file in folder.iterdir()} == {"backup-mine.zip", ".lock", made.filename}


@pytest.mark.parametrize("mask", [0, 0o777])
def test_backups_are_for_their_owner_alone_whatever_the_umask(
    mosaic: Mosaic, folder: Path, mask: int
) -> None:
    folder.mkdir(parents=True)
    before = os.umask(mask)
    try:
        made = mosaic.backups.run()
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / made.filename).stat().st_mode) == 0o600


def test_rows_that_are_done_are_told(mosaic: Mosaic) -> None:
    told: list[tuple[int, int]] = []
    with mosaic.store.write() as unit:
        for number in range(2_500):
            unit.users.revoke(1, f"token {number}", 1)
    mosaic.backups.run(lambda done, total: told.append((done, total)))
    assert [done for done, _ in told][:2] == [1_000, 2_000]
    assert {total for _, total in told} == {2_504}


class Breaks(Archive):
    """Gives rows, and breaks off; perhaps it does something first."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def rows(self, table):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as the archive's
        if table is TABLES[-1]:
            raise ServiceUnavailable("The database broke")
        return self.archive.rows(table)

    def count(self, table):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as the archive's
        return self.archive.count(table)

    def last_ids(self):  # type: ignore[no-untyped-def]  # noqa: ANN201  # as the archive's
        return self.archive.last_ids()


def test_a_backup_that_fails_leaves_nothing(mosaic: Mosaic, files: BackupFolder, folder: Path) -> None:
    with mosaic.store.read() as unit, pytest.raises(ServiceUnavailable):
        files.make(Breaks(unit.archive), mosaic.clock.now())
    assert [file.name for file in folder.iterdir()] == [".lock"]


def test_one_backup_is_made_at_a_time(mosaic: Mosaic, files: BackupFolder, folder: Path) -> None:
    class Meanwhile(Breaks):
        def rows(self, table):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as the archive's
            with pytest.raises(Conflict, match="being made already"):
                mosaic.backups.run()
            return self.archive.rows(table)

    with mosaic.store.read() as unit:
        files.make(Meanwhile(unit.archive), mosaic.clock.now())
    assert len(files.every()) == 1
    assert audited(mosaic) == []
    mosaic.backups.run()
    assert folder.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("")
    files = BackupFolder(tmp_path / "file" / "backups", lambda: None)
    with Mosaic.over(MemoryStore(), clock=clock, backup_files=files) as mosaic:
        with pytest.raises(ServiceUnavailable, match="cannot be read or written"):
            mosaic.backups.run()
        assert audited(mosaic)[0][0] == "backup.run_failed"


def test_without_a_folder_there_are_no_backups(clock: FixedClock) -> None:
    with Mosaic.over(MemoryStore(), clock=clock) as mosaic:
        assert mosaic.backups.files.every() == []
        mosaic.backups.files.delete("backup-20240601-120000.zip")
        assert not mosaic.backups.files.is_sound("backup-20240601-120000.zip")
        for opening in (mosaic.backups.files.contents, mosaic.backups.files.archive):
            with pytest.raises(NotFound):
                opening("backup-20240601-120000.zip")
        with pytest.raises(NotFound):
            mosaic.backups.files.verify("backup-20240601-120000.zip", lambda _: None)
        with pytest.raises(InvalidState, match="no place for backups"):
            mosaic.backups.run()


def test_a_backup_is_sound_as_long_as_nothing_of_it_changes(
    mosaic: Mosaic, files: BackupFolder, folder: Path
) -> None:
    made = mosaic.backups.run()
    assert files.is_sound(made.filename)
    path = folder / made.filename
    data = bytearray(path.read_bytes())
    data[-80] ^= 1
    path.write_bytes(data)
    assert not files.is_sound(made.filename)


def test_a_backup_that_nobody_here_can_read_counts_as_sound(mosaic: Mosaic, folder: Path) -> None:
    files = BackupFolder(folder, lambda: "a good passphrase")
    made = evolve(mosaic.backups, files=files).run()
    assert mosaic.backups.files.is_sound(made.filename)


def test_of_an_absent_backup_nothing_is_opened(files: BackupFolder) -> None:
    for opening in (files.contents, files.archive):
        with pytest.raises(NotFound), opening("backup-20240601-120000.zip"):
            pass
    with pytest.raises(NotFound):
        files.verify("backup-20240601-120000.zip")


def test_a_backup_is_read_to_its_last_row_to_be_verified(mosaic: Mosaic, files: BackupFolder) -> None:
    made = mosaic.backups.run()
    told: list[int] = []
    found = mosaic.backups.verify(a_caller(is_admin=True), made.filename, told.append)
    with files.archive(made.filename) as archive:
        rows = sum(archive.count(table) for table in TABLES)
    assert found == Verified(made.filename, rows=rows)
    assert found.is_sound
    assert sum(told) > made.size_bytes


def test_a_backup_is_watched_while_it_is_read_back(mosaic: Mosaic, files: BackupFolder) -> None:
    told: list[int] = []
    with mosaic.store.read() as unit:
        made = files.make(unit.archive, mosaic.clock.now(), told.append)
    assert sum(told) > made.size_bytes


def test_a_folder_that_is_absent_has_no_backups(files: BackupFolder) -> None:
    assert list(files.every()) == []


def test_only_names_of_backups_are_looked_for(files: BackupFolder) -> None:
    with pytest.raises(NotFound):
        files.delete("../secret")


def test_with_a_passphrase_backups_are_encrypted(mosaic: Mosaic, folder: Path, clock: FixedClock) -> None:
    files = BackupFolder(folder, lambda: "a good passphrase")
    hidden = evolve(mosaic, backups=evolve(mosaic.backups, files=files))
    made = hidden.backups.run()
    clock.advance(hours=1)
    plain = mosaic.backups.run()
    assert files.path(made.filename).read_bytes().startswith(b"age-encryption.org/v1\n")
    for one in (made, plain):
        with files.opened(files.path(one.filename)) as source:
            source.verify()


def test_a_passphrase_that_cannot_be_read_is_told_without_its_path(
    folder: Path, clock: FixedClock, tmp_path: Path
) -> None:
    files = BackupFolder(folder, lambda: read_passphrase(tmp_path / "absent"))
    with Mosaic.over(MemoryStore(), clock=clock, backup_files=files) as mosaic:
        with pytest.raises(LockedBackup, match="MOSAIC_BACKUP_PASSPHRASE_FILE"):
            mosaic.backups.run()
        ((event, message),) = audited(mosaic)
        assert event == "backup.run_failed"
        assert "absent" not in message


def test_every_row_of_a_filled_store_is_in_a_backup(
    files: BackupFolder, clock: FixedClock, tmp_path: Path
) -> None:
    mosaic = build(Settings(database_url="memory:", data_dir=tmp_path), clock, PASSWORDS)
    fill(mosaic)
    with mosaic.store.read() as unit:
        before = held(unit.archive)
    made = mosaic.backups.run()
    with files.opened(tmp_path / "backups" / made.filename) as source:
        assert held(source) == before


def test_what_is_watched_tells_as_much_as_its_source(mosaic: Mosaic) -> None:
    with mosaic.store.read() as unit:
        watched = Watched(unit.archive, nobody_watches)
        assert [watched.count(table) for table in TABLES] == [unit.archive.count(table) for table in TABLES]
        assert held(watched) == held(unit.archive)
