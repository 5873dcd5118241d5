"""The real command, served from temporary folders."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support_browser import LAUNCH, playing
from support_server import Client, Server, Start, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_SIZE = "3m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small tmpfs needs root and the command mount")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(place)],  # noqa: S607  # where the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small tmpfs is not possible here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S607  # the same


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers with the settings that a test gives; they end with the test."""
    with ExitStack() as stack:

        def started(**given: object) -> Server:
            return stack.enter_context(serving(tmp_path, **given))  # type: ignore[arg-type]

        yield started


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as it was, but for accounts of their own.

    It is patient: what a busy machine takes its time for is no slow client.
    """
    with serving(tmp_path_factory.mktemp("server"), is_measured=True, body_timeout="90") as started:
        yield started
        started.stop()


@pytest.fixture(scope="session")
def hasty_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another one, for those that want a slow client to be given up: its patience is one second."""
    with serving(tmp_path_factory.mktemp("hasty"), is_measured=True, body_timeout="1") as started:
        yield started
        started.stop()


@pytest.fixture
def person(server: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody with an account at the shared server."""
    return server.anyone.registered(request.node.name[:80])


@pytest.fixture(scope="module")
def playwright() -> Iterator["Playwright"]:
    """What drives browsers, for the tests of one file."""
    with playing() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: "Playwright") -> Iterator["Browser"]:
    """A browser for them all."""
    with playwright.chromium.launch(**LAUNCH) as launched:
        yield launched


@pytest.fixture(autouse=True)
def _what_the_processes_run_is_measured(no_cover: None) -> None:
    """Let coverage count what the commands and servers run, but not what the tests themselves do."""
