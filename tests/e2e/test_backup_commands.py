"""`mosaic backup` and `mosaic copy`, run as a person runs them."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from support_server import Start, run, with_ada

PASSPHRASE = "a passphrase that is good"


def output(folder: Path, *arguments: str, **variables: str) -> str:
    """Return what a command that succeeds prints."""
    done = run(folder, *arguments, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refusal(code: int, folder: Path, *arguments: str, **variables: str) -> str:
    """Return the one line in which a command says why it fails, with that exit code."""
    done = run(folder, *arguments, **variables)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def made(folder: Path, **variables: str) -> Path:
    """Make a backup and return it."""
    name = output(folder, "backup", "run", **variables).split()[0]
    return folder / "data" / "backups" / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which Ada has an account."""
    with_ada(tmp_path)
    return tmp_path


@pytest.fixture
def passphrase(folder: Path) -> dict[str, str]:
    file = folder / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    return {"backup_passphrase_file": str(file)}


def users(folder: Path, **variables: str) -> list[str]:
    return [line.split("\t")[1] for line in output(folder, "user", "list", **variables).splitlines()]


def test_a_backup_of_a_running_server_is_made_checked_and_restored(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = server.anyone.registered("ada")
    ada.add_entry("Run", value=3).went(201)
    backup = made(tmp_path)
    told = output(tmp_path, "backup", "list").split()
    assert told[0] == backup.name
    assert int(told[1]) == backup.stat().st_size
    assert output(tmp_path, "backup", "verify", str(backup)).startswith(f"{backup.name} is sound: ")
    assert output(tmp_path, "backup", "verify", backup.name).startswith(f"{backup.name} is sound: ")
    ada.add_entry("Later", value=1).went(201)
    assert "--replace" in refusal(6, tmp_path, "backup", "restore", "--yes", str(backup))
    assert "stop the server" in refusal(7, tmp_path, "backup", "restore", "--yes", str(backup), "--replace")
    server.stop()
    restored = output(tmp_path, "backup", "restore", "--yes", str(backup), "--replace")
    assert "is kept as" in restored
    assert "Everybody has to log in again" in restored
    assert "Personal access tokens have ended" in restored
    server.start()
    again = evolve(server.anyone.logged_in("ada"), port=server.port)
    assert [row["activity"] for row in again.get("/entries").json] == ["Run"]
    ids = [line["event_type"] for line in again.get("/logs/activity").json["items"]]
    assert "backup.restore" in ids
    evolve(ada, port=server.port).get("/user").failed(401, "unauthorized")
    kept = next((tmp_path / "data").glob("mosaic.db.before-*"))
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT count(*) FROM entries").fetchone() == (2,)


def test_a_running_server_goes_on_with_what_was_restored_into_its_empty_store(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, start: Start
) -> None:
    backup = made(folder)
    (folder / "data" / "mosaic.db").unlink()
    server = start()
    output(folder, "backup", "restore", "--yes", str(backup))
    server.anyone.logged_in("ada").get("/user").went(200)
    assert tmp_path_factory.getbasetemp().exists()


def test_a_backup_is_restored_into_another_folder(folder: Path) -> None:
    backup = made(folder)
    told = output(folder, "backup", "restore", "--yes", str(backup), "--into", "other")
    assert f"restored into {folder / 'other' / 'mosaic.db'}\n" in told
    assert users(folder, data_dir=str(folder / "other")) == ["ada"]
    assert (folder / "other" / "mosaic.db").stat().st_mode & 0o777 == 0o600
    refusal(6, folder, "backup", "restore", "--yes", str(backup), "--into", "other")
    output(folder, "backup", "restore", "--yes", str(backup), "--into", "third", "--replace")


def test_after_a_restore_nobody_is_taken_for_whom_their_id_was_given_to_next(
    start: Start, tmp_path: Path
) -> None:
    server = start()
    server.anyone.registered("ada")
    backup = made(tmp_path)
    eve = server.anyone.registered("eve")
    server.stop()
    output(tmp_path, "backup", "restore", "--yes", str(backup), "--replace")
    output(tmp_path, "user", "add", "boss", "--admin", "--password-stdin", stdin="a long passphrase")
    server.start()
    evolve(eve, port=server.port).get("/user").failed(401, "unauthorized")


def test_a_secret_that_is_set_is_told_to_be_changed(folder: Path) -> None:
    told = output(folder, "backup", "restore", "--yes", str(made(folder)), "--replace", jwt_secret="s" * 32)
    assert "Set another MOSAIC_JWT_SECRET" in told


def test_what_lies_in_the_folder_and_is_no_backup_is_passed_over(folder: Path) -> None:
    backup = made(folder)
    backup.with_name("backup-20200101-000000.zip").mkdir()
    backup.with_name("backup-20200101-000001.zip").symlink_to(backup)
    assert [line.split("\t")[0] for line in output(folder, "backup", "list").splitlines()] == [backup.name]
    assert len({made(folder, backup_keep="1").name, backup.name}) == 2
    assert not backup.exists()


def test_a_passphrase_of_no_use_stops_the_start(folder: Path) -> None:
    assert "MOSAIC_BACKUP_PASSPHRASE_FILE" in refusal(1, folder, "serve", backup_passphrase_file="absent")


def test_a_url_that_cannot_be_copied_is_not_repeated(folder: Path) -> None:
    for code, scheme in ((1, "mysql"), (7, "postgresql")):
        url = f"{scheme}://u:hidden@no.invalid/db"
        told = refusal(code, folder, "copy", "--from", url, "--to", "sqlite:///new.db")
        assert "hidden" not in told
    (folder / "empty.db").touch()
    refusal(1, folder, "copy", "--from", "sqlite:///empty.db", "--to", "sqlite:///new.db")
    assert (folder / "empty.db").stat().st_size == 0


def test_only_as_many_backups_are_kept_as_the_setting_says(folder: Path) -> None:
    names = [made(folder, backup_keep="2").name for _ in range(3)]
    listed = [line.split("\t")[0] for line in output(folder, "backup", "list").splitlines()]
    assert listed == names[:0:-1]


def test_a_damaged_backup_is_noticed_and_nothing_is_changed(folder: Path) -> None:
    backup = made(folder)
    whole = backup.read_bytes()
    for place in range(0, len(whole), len(whole) // 5):
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        refusal(3, folder, "backup", "verify", str(backup))
        refusal(3, folder, "backup", "restore", "--yes", str(backup), "--replace")
        refusal(3, folder, "backup", "restore", "--yes", str(backup), "--into", "other")
    assert not (folder / "other").exists()
    assert users(folder) == ["ada"]
    assert not list((folder / "data").glob("mosaic.db.*"))


def test_what_is_no_backup_is_told(folder: Path) -> None:
    (folder / "file").write_text("no backup")
    refusal(3, folder, "backup", "verify", "file")
    assert refusal(1, folder, "backup", "verify", "absent") == "Error: There is no file absent\n"
    refusal(1, folder, "backup", "verify", "backup-20260101-000000.zip")
    refusal(1, folder, "backup", "restore", "--yes", str(folder / "file"), database_url="memory:")


def test_an_encrypted_backup_wants_its_passphrase(folder: Path, passphrase: dict[str, str]) -> None:
    backup = made(folder, **passphrase)
    assert b"ada" not in backup.read_bytes()
    output(folder, "backup", "verify", str(backup), **passphrase)
    output(folder, "backup", "restore", "--yes", str(backup), "--into", "other", **passphrase)
    assert "names no passphrase" in refusal(5, folder, "backup", "verify", str(backup))
    (folder / "passphrase").write_text("another passphrase\n")
    told = refusal(5, folder, "backup", "verify", str(backup), **passphrase)
    assert "passphrase is wrong" in told
    assert "another passphrase" not in told


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (PASSPHRASE, 0o640, "others may read"),
        ("short", 0o600, "fewer than 12 characters"),
        (None, 0o600, "readable file"),
    ],
)
def test_a_passphrase_that_is_not_kept_well_is_refused(
    folder: Path, passphrase: dict[str, str], content: str | None, mode: int, told: str
) -> None:
    file = folder / "passphrase"
    file.unlink()
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    line = refusal(5, folder, "backup", "run", **passphrase)
    assert "MOSAIC_BACKUP_PASSPHRASE_FILE" in line
    assert told in line
    assert content is None or content not in line
    assert not list((folder / "data" / "backups").glob("*backup-*"))


def test_a_store_is_copied_into_an_empty_one(folder: Path) -> None:
    old, new = (f"sqlite:///{folder / name}" for name in ("data/mosaic.db", "new/mosaic.db"))
    (folder / "new").mkdir()
    output(folder, "copy", "--from", old, "--to", new)
    assert users(folder, database_url=new) == ["ada"]
    assert "data already" in refusal(6, folder, "copy", "--from", old, "--to", new)
    refusal(1, folder, "copy", "--from", f"sqlite:///{folder / 'absent.db'}", "--to", new)
    refusal(1, folder, "copy", "--from", "memory:", "--to", new)


def test_exit_codes_are_documented(tmp_path: Path) -> None:
    for arguments in (("backup", "--help"), ("copy", "--help")):
        told = output(tmp_path, *arguments)
        for code, word in ((3, "damaged"), (4, "newer"), (5, "passphrase"), (6, "data already"), (9, "full")):
            assert any(line.split()[:1] == [str(code)] and word in line for line in told.splitlines())


def test_backups_are_made_one_at_a_time_by_whichever_process(folder: Path) -> None:
    ended = []
    runs = [threading.Thread(target=lambda: ended.append(run(folder, "backup", "run"))) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert {one.returncode for one in ended} <= {0, 8}
    assert 0 in {one.returncode for one in ended}
    listed = output(folder, "backup", "list").splitlines()
    assert len(listed) == sum(one.returncode == 0 for one in ended)
    assert os.listdir(folder / "data" / "backups")  # noqa: PTH208  # names
