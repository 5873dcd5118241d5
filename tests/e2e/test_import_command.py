"""`mosaic import FILE`, run as a person runs it."""

import os
import subprocess
from pathlib import Path

import pytest

import tracker_files
from support_server import MOSAIC, PATIENCE, environment, run, with_ada

ADA = ("--user", "ada")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Ada has an account, and files that other trackers made."""
    made = tmp_path_factory.mktemp("imports")
    with_ada(made)
    odd = (9, 99, tracker_files.milliseconds(tracker_files.after(0)), 2, "")
    (made / "loop.db").write_bytes(tracker_files.loop_db(days=(*tracker_files.LOOP_DAYS, odd)))
    (made / "odd.db").write_bytes(tracker_files.loop_db(days=(odd,), habits=()))
    (made / "loop.zip").write_bytes(tracker_files.loop_csv())
    (made / "tale.txt").write_text("once upon a time")
    return made


def test_a_file_is_tried_brought_in_and_found_there_again(folder: Path) -> None:
    dry = run(folder, "import", *ADA, "--dry-run", "loop.db")
    assert (dry.returncode, dry.stderr) == (0, 'Row 9 of Repetitions skipped: there is no habit "99"\n')
    lines = [
        "activities: 4 created, 0 updated",
        "entries: 5 created, 0 updated, 1 skipped",
        "paused days: 2",
        "wearable records: 0 accepted, 0 there before, 0 skipped",
    ]
    assert dry.stdout.splitlines() == ["loop-db, a dry run: nothing was changed", *lines]
    assert run(folder, "import", "loop.db", *ADA).stdout.splitlines() == ["loop-db", *lines]
    again = run(folder, "import", "loop.zip", *ADA, "--format", "loop-csv", "--overwrite")
    assert again.returncode == 0, again.stderr
    assert "entries: 0 created, 0 updated, 0 skipped" in again.stdout


def test_what_cannot_be_brought_in_ends_with_a_line_that_says_why(folder: Path) -> None:
    unknown = run(folder, "import", "tale.txt", *ADA)
    assert unknown.returncode == 1
    assert unknown.stderr.startswith("Error: The file is of no known format; the formats are loop-db, ")
    nothing = run(folder, "import", "odd.db", *ADA)
    assert (nothing.returncode, nothing.stderr.splitlines()[-1]) == (3, "Error: No row was taken")
    nobody = run(folder, "import", "loop.db", "--user", "nobody")
    assert (nobody.returncode, nobody.stdout) == (1, "")


def test_the_help_tells_of_files_and_of_tables(folder: Path) -> None:
    told = run(folder, "import", "--help")
    assert told.returncode == 0
    assert {line.split()[0] for line in told.stdout.splitlines()[-2:]} == {"FILE", "csv"}


def test_on_a_terminal_a_bar_shows_how_far_it_is(folder: Path) -> None:
    reader, terminal = os.openpty()
    with os.fdopen(reader, "rb", buffering=0) as shown, os.fdopen(terminal, "wb") as stderr:
        variables = {**environment(folder), "TERM": "xterm"}
        command = [MOSAIC, "import", "loop.zip", *ADA]
        done = subprocess.run(
            command,
            cwd=folder,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=stderr,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0
        assert b"Reading" in shown.read(2**16)
