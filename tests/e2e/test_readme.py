"""What README.md shows works as it stands there."""

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from support_documents import blocks, python_output, shell_output
from support_server import Server, Start

README = "README.md"


def session(server: Server, lines: Sequence[str]) -> list[str]:
    """Run the lines one after the other in one shell; return what each prints."""
    mark = "-- the next line --"
    printed = shell_output(f"\necho '{mark}'\n".join(lines), server.folder, server.port)
    return [one.strip() for one in printed.split(mark)]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session in README.md needs curl")
def test_the_curl_session_works_line_by_line(start: Start) -> None:
    (session_block,) = blocks(README, "sh")
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


@pytest.mark.parametrize("block", blocks(README, "python"))
def test_every_python_block_runs_as_printed(block: str, tmp_path: Path) -> None:
    printed = python_output(block, tmp_path)
    assert "import pytest" in block or "TodayRow" in printed


def test_the_library_example_has_ten_lines() -> None:
    assert len(blocks(README, "python")[0].strip().splitlines()) <= 10
