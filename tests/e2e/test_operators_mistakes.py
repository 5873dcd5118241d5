"""What an operator gets wrong is told in one line, with the path and the reason, and changes nothing."""

import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from mosaic_core.app import Mosaic
from mosaic_http import program
from mosaic_http.commands import opening
from support_server import MOSAIC, PASSWORD, PATIENCE, Start, environment, patiently, run, with_ada

COMMANDS = [
    ("user", "list"),
    ("user", "set-password", "ada", "--password-stdin"),
    ("user", "set-admin", "ada"),
    ("user", "delete", "ada", "--yes"),
    ("export", "json", "--user", "ada"),
    ("wearables", "reprocess"),
    ("backup", "run"),
    ("copy", "--from", "sqlite:///data/mosaic.db", "--to", "sqlite:///new.db"),
]


@pytest.fixture(scope="module")
def busy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Ada has an account, an entry and a token, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("busy")
    with_ada(folder)
    assert run(folder, "log", "Running", "--user", "ada").returncode == 0
    assert run(folder, "token", "add", "watch", "--user", "ada").returncode == 0
    return folder


def reason(folder: Path, *arguments: str, stdin: str = "", **variables: str) -> str:
    """Return the one line in which a command says why it fails."""
    done = run(folder, *arguments, stdin=stdin, **variables)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    return done.stderr.removeprefix("Error: ").rstrip("\n")


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_command_in_the_wrong_folder_names_the_database_it_missed_and_makes_none(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    told = reason(tmp_path, *arguments, stdin=PASSWORD)
    assert told.startswith(f"There is no database {tmp_path / 'data' / 'mosaic.db'}")
    assert list(tmp_path.iterdir()) == []


def test_no_secret_is_made_beside_a_database_that_lies_elsewhere(tmp_path: Path) -> None:
    with_ada(tmp_path).rename(tmp_path / "elsewhere.db")
    (tmp_path / "data" / "secret").unlink()
    listed = run(tmp_path, "user", "list", database_url="sqlite:///elsewhere.db")
    assert (listed.returncode, listed.stdout) == (0, "1\tada\tadmin\tada\n")
    assert list((tmp_path / "data").iterdir()) == []


def test_deleting_an_account_asks_first(tmp_path: Path) -> None:
    with_ada(tmp_path)
    run(tmp_path, "user", "add", "ben", "--password-stdin", stdin=PASSWORD)
    for stdin, told in (("", "--yes does it without asking"), ("n\n", "Nothing was changed")):
        done = run(tmp_path, "user", "delete", "ben", stdin=stdin)
        assert done.returncode == 1
        assert "Delete the account ben with all that it owns?" in done.stderr
        assert told in done.stderr
    assert "ben" in run(tmp_path, "user", "list").stdout
    assert run(tmp_path, "user", "delete", "ben", stdin="y\n").stdout == "User ben deleted\n"
    assert "ben" not in run(tmp_path, "user", "list").stdout


def test_restoring_asks_first(tmp_path: Path) -> None:
    with_ada(tmp_path)
    name = run(tmp_path, "backup", "run").stdout.split()[0]
    done = run(tmp_path, "backup", "restore", name, "--into", "other", stdin="n\n")
    assert done.returncode == 1
    assert str(tmp_path / "other" / "mosaic.db") in done.stderr
    assert not (tmp_path / "other").exists()
    assert run(tmp_path, "backup", "restore", name, "--into", "other", stdin="y\n").returncode == 0


def test_an_import_of_which_every_row_was_refused_fails(tmp_path: Path) -> None:
    with_ada(tmp_path)
    for rows, code in (("yesterday,Running\n", 3), ("2026-01-02,Running\nyesterday,Running\n", 0), ("", 0)):
        (tmp_path / "rows.csv").write_text("date,activity\n" + rows)
        done = run(tmp_path, "import", "csv", "rows.csv", "--user", "ada")
        assert done.returncode == code
        assert ("Error: No row was taken" in done.stderr) == (code == 3)


@pytest.mark.parametrize("arguments", [("user", "list"), ("serve", "--port", "0")], ids=["list", "serve"])
def test_a_damaged_database_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    database = with_ada(tmp_path)
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    assert reason(tmp_path, *arguments) == (
        f"{database} is a damaged SQLite database; nothing was changed in it"
    )


@pytest.mark.parametrize("arguments", [("user", "list"), ("serve", "--port", "0")], ids=["list", "serve"])
def test_a_read_only_database_is_named(small_disk: Path, arguments: tuple[str, ...]) -> None:
    database = with_ada(small_disk)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)  # noqa: S607  # as when it was mounted
    assert reason(small_disk, *arguments) == f"{database} is read-only"


def test_a_database_that_another_program_holds_is_named(tmp_path: Path) -> None:
    database = with_ada(tmp_path)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        told = reason(tmp_path, "user", "list", busy_timeout="0.1")
    assert told.startswith(f"{database} is locked by another program")


def test_a_database_of_a_newer_version_is_named(tmp_path: Path) -> None:
    database = with_ada(tmp_path)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 999")
    assert (
        reason(tmp_path, "user", "list") == f"{database}: The database was made by a newer version of Mosaic"
    )


def test_a_relative_database_is_named_with_its_whole_path(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "such" / "place.db"
    url = "sqlite:///no/such/place.db"
    assert str(missing) in reason(tmp_path, "user", "list", database_url=url)
    assert reason(tmp_path, "serve", "--port", "0", database_url=url) == (
        f"{missing} cannot be made: No such file or directory"
    )


def test_a_folder_in_the_place_of_the_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "data" / "mosaic.db").mkdir(parents=True)
    assert str(tmp_path / "data" / "mosaic.db") in reason(tmp_path, "user", "list")


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert reason(tmp_path, "serve", "--port", "0", data_dir="file/data") == (
        f"MOSAIC_DATA_DIR names {tmp_path / 'file' / 'data'}, which cannot be made: Not a directory"
    )


def test_a_database_that_may_not_be_reached_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> Mosaic:
        raise PermissionError(13, "Permission denied", "/srv/data/mosaic.db")

    monkeypatch.setattr(opening, "build", denied)
    monkeypatch.setenv("MOSAIC_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["mosaic", "user", "list"])
    with pytest.raises(SystemExit) as refusal:
        program.main()
    assert refusal.value.code == "Error: /srv/data/mosaic.db: Permission denied"


@pytest.mark.parametrize(
    "arguments",
    [
        ("today", "--user", "ada"),
        ("agenda", "--user", "ada"),
        ("history", "Running", "--user", "ada"),
        ("token", "list"),
        ("config",),
        ("backup", "--help"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_output_that_takes_no_more_is_told_in_one_line(
    busy_folder: Path, arguments: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [MOSAIC, *arguments],
            cwd=busy_folder,
            env=environment(busy_folder),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"Error: No space left on device\n"


@pytest.mark.parametrize("arguments", [("nope.zip",), ("nope.zip", "--into", "new", "--yes")])
def test_restoring_from_a_file_that_is_not_there_asks_nothing(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert reason(tmp_path, "backup", "restore", *arguments) == "There is no file nope.zip"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("today",),
        ("agenda",),
        ("log", "Running"),
        ("history", "Running"),
        ("export", "json"),
        ("token", "list"),
        ("wearables", "reprocess"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_name_that_is_no_utf_8_is_nobodys(busy_folder: Path, arguments: tuple[str, ...]) -> None:
    assert reason(busy_folder, *arguments, "--user", "\udcff") == r"There is no user named \udcff"


@pytest.mark.parametrize("command", [("add", "ada"), ("set-password", "ada")])
def test_without_a_terminal_nobody_is_asked_for_a_password(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert reason(tmp_path, "user", *command) == (
        "There is no terminal to ask for a password; --password-stdin reads one line of input"
    )


def test_where_there_are_no_backups_that_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "backup", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"There is no backup in {tmp_path / 'data' / 'backups'}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["no.such.host.invalid", "-", "a" * 64 + ".example", "203.0.113.9"])
def test_a_bad_host_is_named(tmp_path: Path, host: str) -> None:
    told = reason(tmp_path, "serve", "--port", "0", host=host)
    assert told.startswith(f"Cannot listen on {host} port 0: ")
    assert "Unknown error" not in told
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("path", ["mosaic", "/a b", "/a//b", "/user", "/api"])
def test_a_root_path_that_makes_no_sense_is_named(tmp_path: Path, path: str) -> None:
    assert reason(tmp_path, "serve", "--port", "0", root_path=path).startswith("MOSAIC_ROOT_PATH must ")


def test_host_and_port_are_settings_and_options_win(tmp_path: Path) -> None:
    assert "on 203.0.113.9 port 81:" in reason(tmp_path, "serve", host="203.0.113.9", port="81")
    assert "on 203.0.113.8 port 82:" in reason(
        tmp_path, "serve", "--host", "203.0.113.8", "--port", "82", host="203.0.113.9", port="81"
    )


def said_on_a_terminal(folder: Path) -> str:
    """Start a server on a terminal, stop it, and return what it printed."""
    ours, theirs = pty.openpty()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [MOSAIC, "serve", "--port", "0"],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=log,
        )
    os.close(theirs)
    for _ in patiently():
        if b"startup complete" in (folder / "log").read_bytes():
            break
    process.terminate()
    assert process.wait(PATIENCE) == 0
    with open(ours, "rb", buffering=0) as terminal:  # noqa: PTH123  # a descriptor
        return terminal.read(10_000).decode()


def test_the_first_start_on_a_terminal_says_what_comes_next_once(tmp_path: Path) -> None:
    first = said_on_a_terminal(tmp_path)
    address = first.splitlines()[0].removeprefix("Mosaic serves on ")
    assert f"Data: {tmp_path / 'data' / 'mosaic.db'}" in first
    assert "The first one becomes the administrator" in first.replace("the first", "The first")
    assert f"POST {address}/register" in first
    assert "mosaic user add NAME" in first
    assert len(said_on_a_terminal(tmp_path).splitlines()) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_that_is_asked_to_end_while_it_starts_ends_with_0(tmp_path: Path, workers: int) -> None:
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(
            [MOSAIC, "serve", "--port", "0", "--workers", str(workers)],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        for _ in patiently():
            if b"Data: " in (tmp_path / "out").read_bytes():
                break
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_a_proxy_that_is_not_trusted_is_warned_about_once(start: Start) -> None:
    server = start()
    for _ in range(3):
        server.anyone.get("/healthz", headers={"X-Forwarded-Proto": "https"}).went(200)
    server.anyone.get("/", headers={"X-Forwarded-Proto": "http"}).went(200)
    assert server.stop() == 0
    (warning,) = [event for event in server.events() if event["level"] == "warning"]
    assert "127.0.0.1" in warning["event"]
    assert "MOSAIC_TRUSTED_PROXIES" in warning["event"]


def test_a_trusted_proxy_is_not_warned_about(start: Start) -> None:
    server = start(trusted_proxies="127.0.0.1")
    server.anyone.get("/", headers={"X-Forwarded-Proto": "https"}).went(200)
    assert server.stop() == 0
    assert [event for event in server.events() if event["level"] == "warning"] == []


@pytest.mark.parametrize("prefix", ["", "/mosaic"])
def test_below_a_root_path_every_path_answers_and_cookies_are_for_it_alone(start: Start, prefix: str) -> None:
    """The proxy may take the root path off, or leave it on."""
    server = start(root_path="/mosaic")
    person = server.anyone.registered("ada")
    login = server.anyone.post(
        f"{prefix}/login", {"username": "ada", "password": PASSWORD, "cookie": True}
    ).went(200)
    assert "; Path=/mosaic;" in login.headers["Set-Cookie"] + ";"
    assert "; Path=/mosaic;" in person.post(f"{prefix}/logout").went(200).headers["Set-Cookie"] + ";"
    server.anyone.get("/mosaic").went(200)
    server.anyone.get("/mosaicked").failed(404, "not_found")
