"""The attacks of `make siege`, for a few seconds and on little data, beside people who use the server."""

import json
import subprocess
import sys
from pathlib import Path

from support_commands import unmeasured

BENCH = Path(__file__).parents[2] / "bench"


def test_well_behaved_people_are_served_under_siege(tmp_path: Path) -> None:
    """How long they wait is left to `make siege`: it depends on the machine."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "siege", "--short", "--seconds", "5", "--json", str(figures)]
    done = subprocess.run(
        command, cwd=BENCH, env=unmeasured(), capture_output=True, text=True, timeout=300, check=False
    )
    assert figures.exists(), done.stderr
    bounds = json.loads(figures.read_text("utf-8"))["bounds"]
    broken = [bound for bound in bounds if not bound["holds"] and not bound["is_timed"]]
    assert broken == [], done.stdout
