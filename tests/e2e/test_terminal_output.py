"""What the commands print cannot drive a terminal, whatever names are stored."""

from pathlib import Path

from mosaic_adapters.sqlite.database import SqliteStore
from support import a_user
from support_server import run

NASTY = "a\x1b[2J\tb\u202e"
SHOWN = r"a\x1b[2J\tb\u202e"


def with_nasty_user(folder: Path) -> None:
    """Keep a user as only an earlier version took them, in the folder's database."""
    folder.joinpath("data").mkdir(exist_ok=True)
    store = SqliteStore(database(folder))
    with store.write() as unit:
        unit.users.add(a_user(NASTY, display_name="👨\u200d👧 [red]\n"))
    store.close()


def database(folder: Path) -> Path:
    done = run(folder, "config")
    settings = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return Path(settings["MOSAIC_DATABASE_URL"].removeprefix("sqlite:///"))


def test_names_are_listed_in_printable_text(tmp_path: Path) -> None:
    with_nasty_user(tmp_path)
    assert run(tmp_path, "user", "list").stdout == f"1\t{SHOWN}\tuser\t👨\u200d👧 [red]\\n\n"


def test_an_account_with_such_a_name_is_managed(tmp_path: Path) -> None:
    with_nasty_user(tmp_path)
    done = run(tmp_path, "user", "set-password", NASTY, "--password-stdin", stdin="a new password\n")
    assert (done.returncode, done.stdout) == (0, f"Password of {SHOWN} set\n")
    assert run(tmp_path, "wearables", "reprocess", "--user", NASTY).returncode == 0


def test_errors_and_reports_are_printable_text(tmp_path: Path) -> None:
    with_nasty_user(tmp_path)
    unknown = run(tmp_path, "user", "set-admin", NASTY + "\r")
    assert unknown.stderr == f"Error: There is no user named {SHOWN}\\r\n"
    file = tmp_path / "days.csv"
    file.write_text("date,activity\n2026-01-02,\x1b[2J\n\x1b[2J,Running\n")
    report = run(tmp_path, "import", "csv", str(file), "--user", NASTY)
    assert report.stdout == "0 created, 0 updated, 2 skipped\n"
    assert report.stderr.isascii()
    assert "\x1b" not in report.stderr
