"""The server ends in time, whatever its threads do, and its workers end with it."""

import http.client
import os
import signal
import socket
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from support_server import Answer, Client, Start, children, connected, patiently

HEAD = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="rows.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\ndate,activity,note\r\n"
)
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}
ROWS = 150_000


def upload(number: int = ROWS, note: str = "") -> bytes:
    """Return a file of so many rows; as many as `ROWS` take a second to bring in."""
    days = [
        f"20{year:02}-{month:02}-{day:02}" for year in range(99) for month in (1, 2) for day in range(1, 29)
    ]
    rows = (f"{days[row % len(days)]},activity {row // len(days)},{note}\r\n" for row in range(number))
    return HEAD + "".join(rows).encode() + b"\r\n--b--\r\n"


def answered(asked: "Future[Answer]") -> Answer | None:
    """Return the answer, or nothing if the connection broke."""
    try:
        return asked.result()
    except (OSError, http.client.HTTPException):
        return None


def later(pool: ThreadPoolExecutor, client: Client) -> "Future[Answer]":
    return pool.submit(client.ask, "POST", "/import_csv", body=upload(), headers=MULTIPART)


@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGTERM), (2, signal.SIGINT)])
def test_a_signal_ends_the_server_in_the_middle_of_an_import(start: Start, workers: int, number: int) -> None:
    server = start(workers=workers)
    ada = server.anyone.registered("ada")
    with ThreadPoolExecutor(1) as pool:
        asked = later(pool, ada)
        for _ in patiently():
            if any(server.data.glob("import-*")) or asked.done():
                break
        assert server.stop(number) == 0
        answer = answered(asked)
    ada = evolve(ada, port=server.start().port)
    kept = int(ada.get("/export/json?limit=1").headers["X-Total-Entries"])
    assert kept in ({ROWS} if answer is not None and answer.status == 200 else {0, ROWS})


@pytest.mark.parametrize(("workers", "number"), [(1, signal.SIGINT), (2, signal.SIGTERM)])
def test_a_signal_ends_the_server_while_a_thread_waits_for_the_database(
    start: Start, workers: int, number: int
) -> None:
    server = start(workers=workers, busy_timeout="300")
    ada = server.anyone.registered("ada")
    with (
        ThreadPoolExecutor(1) as pool,
        closing(sqlite3.connect(server.data / "mosaic.db", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        asked = pool.submit(ada.add_entry, "Running")
        for _ in patiently():
            if ada.get("/today").status == 200:
                break
        assert server.stop(number) == 0
        answer = answered(asked)
        other.execute("ROLLBACK")
    assert answer is None or answer.status == 503
    ada = evolve(ada, port=server.start().port)
    assert ada.get("/entries").json == []


def test_a_signal_ends_an_answer_that_is_read_slowly_without_an_error(start: Start) -> None:
    server = start()
    ada = server.anyone.registered("ada")
    assert ada.ask("POST", "/import_csv", body=upload(40_000, "n" * 90), headers=MULTIPART).status == 200
    asked = f"GET /export/json HTTP/1.1\r\nHost: m\r\nAuthorization: Bearer {ada.token}\r\n\r\n"
    with closing(connected(server.port, asked.encode(), receive_buffer=4096)) as reader:
        assert reader.recv(12) == b"HTTP/1.1 200"
        assert server.stop(signal.SIGTERM) == 0
    assert "Traceback" not in server.log
    assert "Exception in ASGI" not in server.log
    (cut_off,) = [event for event in server.events() if event.get("route") == "/export/json"]
    assert (cut_off["status"], cut_off["note"]) == (200, "cut off: the server stops")
    assert "failure" not in cut_off


def test_workers_end_with_a_parent_that_was_killed(start: Start) -> None:
    server = start(workers=2)
    workers = [child for child in children(server.pid) if b"resource_tracker" not in command(child)]
    assert len(workers) == 2
    os.kill(server.pid, signal.SIGKILL)
    for _ in patiently():
        if not any(command(worker) for worker in workers):
            break
    assert not any(command(worker) for worker in workers)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", server.port))


def command(pid: int) -> bytes:
    """Return how the process was started; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
