"""`mosaic today`, `agenda`, `log` and `history`, run as a person runs them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core import AtLeast, Daily, Mosaic, Times
from mosaic_core.schedules.pauses import NewPause
from support_server import run

ADA = ("--user", "ada")
SATURDAY = dt.date(2024, 6, 1)
WIDE = 120
NARROW = 80


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which Ada has logged some weeks up to a day of 2024."""
    tmp_path.joinpath("data").mkdir()
    with Mosaic.over(SqliteStore(tmp_path / "data" / "mosaic.db")) as mosaic:
        ada = mosaic.person("ada")
        ada.add_activity(
            "Running", "Health", schedule=Times(times=3, per="week"), target=AtLeast(value=5), unit="km"
        )
        ada.add_activity("Read [b]x[/b]", "Head", schedule=Daily())
        ada.add_activity("Resting", "Head", schedule=Times(times=1, per="month"))
        for number in range(40):
            day = SATURDAY - dt.timedelta(days=number)
            ada.add("Running", 5.0 if number % 2 else 2.5, date=day)
            ada.add("Read [b]x[/b]", number % 3, date=day)
        ada.add("Resting", 1, date=SATURDAY - dt.timedelta(days=1))
        mosaic.pauses.add(ada.caller, NewPause(from_=dt.date(2024, 4, 25), to=dt.date(2024, 4, 30)))
    return tmp_path


def output(folder: Path, *arguments: str) -> str:
    done = run(folder, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture
def on_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what a command prints on a terminal of so many columns."""

    def printed(columns: int, *arguments: str) -> str:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", str(columns))
        return output(folder, *arguments)

    return printed


def test_the_agenda_lists_what_is_due_then_what_is_done_then_the_rest(folder: Path) -> None:
    told = output(folder, "agenda", *ADA, "--date", str(SATURDAY))
    assert told == (
        "2024-06-01\nDue\tRead [b]x[/b]\t0/1\t0\nRest\tResting\t0/1\t\nRest\tRunning\t3/3\t2.5 ≥ 5 km\n"
    ).replace("Rest\tResting\t0/1", "Due\tResting\t0/1")
    before = output(folder, "agenda", *ADA, "--date", "2024-05-31")
    assert "Done\tRunning\t3/3\t5 ≥ 5 km\n" in before
    assert "Done\tResting\t1/1\t1\n" in before


def test_what_was_logged_shows_in_todays_table(folder: Path) -> None:
    assert output(folder, "log", "running", "5.5", *ADA, "--note", "in the rain").startswith(
        "Running: 5.5 on "
    )
    told = output(folder, "today", *ADA).splitlines()
    assert "done\tRunning\t5.5\tkm\t1/3\t" in "\n".join(told)
    assert [line.split("\t")[0] for line in told] == ["open", "open", "done"]
    again = output(folder, "log", "Running", "--date", "2024-06-01", *ADA)
    assert again == "Running: 1 on 2024-06-01 replaced\n"
    assert (
        output(folder, "log", "Running", "-2", "--date", "2024-06-03", *ADA)
        == "Running: -2 on 2024-06-03 added\n"
    )


def test_a_typo_makes_an_activity_and_says_which_one_was_perhaps_meant(folder: Path) -> None:
    done = run(folder, "log", "Runing", *ADA)
    assert (done.returncode, done.stderr) == (0, "Runing is a new activity; did you mean Running?\n")
    other = run(folder, "log", "Knitting", *ADA)
    assert (other.returncode, other.stderr) == (0, "Knitting is a new activity\n")


def test_a_terminal_gets_a_table_with_bars(folder: Path, on_terminal: Callable[..., str]) -> None:
    with Mosaic.over(SqliteStore(folder / "data" / "mosaic.db")) as mosaic:
        ada = mosaic.person("ada")
        today = mosaic.entries.today_of(ada.caller)
        for number in range(30):
            ada.add("Knitting", 1, date=today - dt.timedelta(days=number))
    for columns in (WIDE, NARROW):
        told = on_terminal(columns, "today", *ADA)
        assert "Read [b]x[/b]" in told
        assert "█" in told
        assert "≥ 5 km" in told
        assert "\x1b[33m□" in told


def test_a_terminal_gets_a_year_as_a_heat_map(on_terminal: Callable[..., str]) -> None:
    wide, narrow = (
        on_terminal(columns, "history", "RUNNING", *ADA, "--to", str(SATURDAY)) for columns in (WIDE, NARROW)
    )
    for told in (wide, narrow):
        assert all(f"\x1b[{style}" in told for style in ("32m■", "31mx", "34m=", "90m·"))
        assert all(name in told for name in ("Mon", "Wed", "Fri", "Sun", "Jun", "Jan", "missed"))
        assert "longest" in told
    assert max(map(len, narrow.splitlines())) < max(map(len, wide.splitlines()))


def test_a_history_that_is_piped_is_plain_lines(folder: Path) -> None:
    lines = output(folder, "history", "read [b]X[/b]", *ADA, "--to", str(SATURDAY)).splitlines()
    assert len(lines) == 365
    assert lines[0] == "2023-06-03\t\t"
    assert lines[-3:] == ["2024-05-30\t2\tdone", "2024-05-31\t1\tdone", "2024-06-01\t0\tmissed"]


def test_a_habit_without_entries_has_an_empty_map(folder: Path, on_terminal: Callable[..., str]) -> None:
    run(folder, "log", "Knitting", *ADA, "--date", "2200-12-31")
    told = on_terminal(WIDE, "history", "Knitting", *ADA)
    assert "0%" in told
    assert "kept" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["history", "Runing"], "There is no activity Runing; did you mean Running?"),
        (["history", "\x1b[2J"], r"There is no activity \x1b[2J"),
        (["log", "Running", "nan"], "value must be a finite number"),
        (["log", "", "1"], "activity must have 1 to 120 characters"),
        (["log", "Running", "1", "--date", "1800-01-01"], "date must lie in the years 1900 to 2200"),
        (["log", "Running", "1", "--note", "n" * 101], "note must have 0 to 100 characters"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(folder: Path, arguments: list[str], said: str) -> None:
    done = run(folder, *arguments, *ADA)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {said}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["today"], ["log", "Running", "many", *ADA], ["agenda", *ADA, "--date", "tomorrow"],
        ["history", "Running", *ADA, "--to", "2024-02-30"], ["log", "Running", "1", "2", *ADA],
    ],
)  # fmt: skip
def test_wrong_usage_is_explained(folder: Path, arguments: list[str]) -> None:
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: mosaic" in done.stderr


def test_nobody_who_is_unknown_has_habits(folder: Path) -> None:
    for arguments in (["today"], ["agenda"], ["log", "Running"], ["history", "Running"]):
        done = run(folder, *arguments, "--user", "nobody")
        assert (done.returncode, done.stderr) == (1, "Error: There is no user named nobody\n")
