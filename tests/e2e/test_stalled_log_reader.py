"""A server whose standard error nobody reads."""

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from support_server import Server, Start, connected

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: " + b"i" * 64 + b"\r\n\r\n"
ROUNDS = 25
AT_ONCE = 400


class Reader:
    """Reads the server's log into the file where tests look for it, until it stalls."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        self._descriptor = os.open(self.pipe, os.O_RDONLY | os.O_NONBLOCK)
        self._file = folder / "stderr"
        self._has_stalled = Event()
        self._thread = Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while not self._has_stalled.is_set():
            self._read_some(0.05)

    def _read_some(self, seconds: float) -> None:
        if select.select([self._descriptor], [], [], seconds)[0]:
            with self._file.open("ab") as file:
                file.write(os.read(self._descriptor, 2**16))

    def stall(self) -> None:
        self._has_stalled.set()
        self._thread.join()

    def read_until_told_of(self, asked: int) -> list[dict[str, Any]]:
        """Read on until the lines tell of so many requests, or that they were lost; return the lines."""
        lines: list[dict[str, Any]] = []
        while sum(line["event"] == "request" or line.get("lost", 0) for line in lines) < asked:
            self._read_some(30)
            got = self._file.read_bytes()
            lines = [json.loads(line) for line in got.splitlines()] if got.endswith(b"\n") else []
        return lines

    def close(self) -> None:
        self.stall()
        os.close(self._descriptor)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.close()


def ask_often(server: Server) -> None:
    """Ask so many times that nobody could keep the lines of all the answers.

    Each round has a connection of its own: one that is idle for long on a busy machine is closed.
    """
    for _ in range(ROUNDS):
        with connected(server.port) as client:
            client.sendall(REQUEST * AT_ONCE)
            answered = 0
            while answered < AT_ONCE:
                got = client.recv(2**20)
                assert got
                answered += got.count(b"Mosaic is running")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stalled_reader_of_the_log_stops_nothing_and_is_told_what_it_missed(
    start: Start, reader: Reader, workers: int
) -> None:
    server = start(
        workers=workers, log_format="json", wrapper=["sh", "-c", f'exec "$0" "$@" 2>{reader.pipe}']
    )
    person = server.anyone.registered("person")
    reader.stall()
    for _ in range(2 * workers):
        ask_often(server)
    person.add_entry("Running").went(201)
    assert server.anyone.get("/healthz").status == 200
    lines = reader.read_until_told_of(2 * workers * ROUNDS * AT_ONCE)
    assert any("lost" in line for line in lines)
