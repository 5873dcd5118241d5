"""What `make dist` builds is complete, and its core is of use without the server."""

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import frozen

from support_documents import blocks
from support_server import environment

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="a clone alone tells which files are its own"
)


@frozen
class Built:
    """The two files of a release, and the files that they are made of, by their paths."""

    wheel: Path
    sdist: Path
    sources: set[str]


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    """A release as `make dist` builds it: the wheel from the source distribution."""
    with TemporaryDirectory() as name:
        tree, out = Path(name) / "tree", Path(name) / "dist"
        sources = set(run("git", "ls-files", folder=ROOT).stdout.splitlines())
        for source in sources:
            (tree / source).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, tree / source)
        done = run(sys.executable, "-m", "build", "--outdir", out, tree, folder=out.parent)
        assert done.returncode == 0, done.stdout + done.stderr
        (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
        yield Built(wheel, sdist, sources)


@pytest.fixture(scope="module")
def core_only(built: Built) -> Iterator[Path]:
    """An environment in which the wheel is installed without an extra: the folder of its commands."""
    with TemporaryDirectory() as name:
        venv.create(name, with_pip=False)
        python = Path(name) / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
        done = run(*pip, "install", "-c", ROOT / "constraints.txt", built.wheel, folder=Path(name))
        assert done.returncode == 0, done.stderr
        yield python.parent


def test_the_source_distribution_has_every_file(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert built.sources - inside == {".gitignore"}


def test_the_wheel_has_what_is_used_of_it_and_says_its_licence(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        inside = set(archive.namelist())
        (metadata,) = (name for name in inside if name.endswith(".dist-info/METADATA"))
        told = message_from_bytes(archive.read(metadata))
    shipped = {name.removeprefix("src/") for name in built.sources if name.startswith("src/")}
    assert shipped <= inside
    assert {f"mosaic_{part}/py.typed" for part in ("core", "adapters", "http")} <= inside
    assert any(name.endswith("/licenses/LICENSE") for name in inside)
    assert not any(name.startswith(("tests/", "bench/")) for name in inside)
    assert (told["License-Expression"], told["License-File"]) == ("MIT", "LICENSE")


def test_the_core_works_without_the_server(core_only: Path, tmp_path: Path) -> None:
    installed = run(core_only / "python", "-c", "import starlette", folder=tmp_path)
    assert "No module named 'starlette'" in installed.stderr
    done = run(core_only / "python", "-W", "error", "-c", blocks("README.md", "python")[0], folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "TodayRow" in done.stdout
    assert "80.0 % of today's goal" in done.stdout


@pytest.mark.parametrize("arguments", [["--version"], ["serve"], ["user", "list"]])
def test_the_command_without_the_server_says_in_one_line_what_to_install(
    core_only: Path, tmp_path: Path, arguments: list[str]
) -> None:
    done = run(core_only / "mosaic", *arguments, folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("pip install 'mosaic-tracker[server]'\n")
    assert list(tmp_path.iterdir()) == []
