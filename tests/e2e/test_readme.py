"""What README.md shows works as it stands there."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from support_server import Server, Start, environment

README = Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    """Return the blocks in that language of README.md and of the documents beside it."""
    texts = [file.read_text("utf-8") for file in (README, *sorted(README.parent.glob("docs/**/*.md")))]
    found = [re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for text in texts]
    return [block for each in found for block in each]


def session(server: Server, lines: Sequence[str]) -> list[str]:
    """Run the lines one after the other in one shell; return what each prints."""
    mark = "-- the next line --"
    script = f"\necho '{mark}'\n".join(lines).replace(
        "http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}"
    )
    done = subprocess.run(
        ["sh", "-eu"],  # noqa: S607  # whichever shell the reader has
        input=script,
        env=environment(server.folder),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [one.strip() for one in done.stdout.split(mark)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session in README.md needs curl")
def test_the_curl_session_works_line_by_line(start: Start) -> None:
    (session_block,) = blocks("sh")
    lines = session_block.strip().splitlines()
    printed = dict(zip(lines, session(start(), lines), strict=True))
    by_path = {
        match[1]: text for line, text in printed.items() if (match := re.search(r"\$URL(/[a-z_/]*)", line))
    }
    assert json.loads(by_path["/register"]) == {"message": "User registered"}
    assert all("error" not in text for text in printed.values())
    today = json.loads(by_path["/today"])
    assert {row["name"] for row in today} >= {"Running", "Reading"}
    assert all(row["entry_id"] is not None for row in today)
    distribution = json.loads(by_path["/stats/progress"])["activity_distribution"]
    assert sum(category["count"] for category in distribution) == len(today)
    assert by_path["/export/csv"].startswith("dataset,entry_id,date,activity,")


@pytest.mark.parametrize("block", blocks("python"))
def test_every_python_block_runs_as_printed(block: str, tmp_path: Path) -> None:
    script = tmp_path / "test_printed.py"
    script.write_text(block, "utf-8")
    is_test = "import pytest" in block
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", script.name] if is_test else [script.name]
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "passed" in done.stdout if is_test else "TodayRow" in done.stdout


def test_the_library_example_has_ten_lines() -> None:
    assert len(blocks("python")[0].strip().splitlines()) <= 10
