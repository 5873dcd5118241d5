"""The blocks of code in README.md and docs/, and what runs them."""

import re
import subprocess
import sys
from pathlib import Path

from support_server import environment

ROOT = Path(__file__).parents[1]


def blocks(document: str, language: str) -> list[str]:
    """Return the blocks in that language of the document."""
    text = (ROOT / document).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def python_output(block: str, folder: Path) -> str:
    """Run the block as it is printed, with pytest if it has tests; want that nothing fails."""
    script = folder / "test_printed.py"
    script.write_text(block, "utf-8")
    is_test = "import pytest" in block
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", script.name] if is_test else [script.name]
    done = subprocess.run(
        [sys.executable, "-W", "error", *command],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert not is_test or re.search(r"\d+ passed", done.stdout)
    return done.stdout


def shell_output(script: str, folder: Path, port: int, **variables: str) -> str:
    """Run the script in a shell in which every command must succeed, against a server on that port."""
    done = subprocess.run(
        ["sh", "-eu"],  # noqa: S607  # whichever shell the reader has
        input=script.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{port}"),
        cwd=folder,
        env={**environment(folder), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
