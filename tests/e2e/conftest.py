"""The real command, served from temporary folders."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support_server import Client, Server, Start, serving


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers with the settings that a test gives; they end with the test."""
    with ExitStack() as stack:

        def started(**given: object) -> Server:
            return stack.enter_context(serving(tmp_path, **given))  # type: ignore[arg-type]

        yield started


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as it was, but for accounts of their own."""
    with serving(tmp_path_factory.mktemp("server"), body_timeout="1") as started:
        yield started
        started.stop()


@pytest.fixture
def person(server: Server, request: pytest.FixtureRequest) -> Client:
    """Somebody with an account at the shared server."""
    return server.anyone.registered(request.node.name[:80])
