"""Clients that are slow, leave, or never read, at a server whose patience is one second."""

import json
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from support_server import Client, Server, Start, connected, patiently, run

ROWS = 40_000
PLACES = 4
"""So many exports of one person are under way at most."""


@pytest.fixture(scope="module")
def server(hasty_server: Server) -> Server:
    """The server of these tests, instead of the patient one."""
    return hasty_server


@pytest.fixture(scope="module")
def reader(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """Somebody whose export is larger than what the system takes for a client that does not read."""
    return with_rows(server, tmp_path_factory.mktemp("rows") / "rows.csv")


def with_rows(server: Server, file: Path) -> Client:
    client = server.anyone.registered("reader")
    days = [
        f"{year}-{month:02}-{day:02}"
        for year in range(2000, 2020)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    note = "n" * 90
    lines = (f"{days[row % len(days)]},activity {row // len(days)},1,{note}" for row in range(ROWS))
    file.write_text("date,activity,value,note\n" + "\n".join(lines) + "\n")
    done = run(server.folder, "import", "csv", str(file), "--user", "reader")
    assert done.returncode == 0, done.stderr
    return client


@pytest.fixture(autouse=True)
def _nothing_is_left(server: Server) -> Iterator[None]:
    """Want that after each test all connections are closed, and that nothing went wrong unnoticed."""
    yield
    assert server.anyone.get("/healthz").status == 200
    for _ in patiently():
        if not established(server.port):
            break
    assert not established(server.port)
    assert "Traceback" not in server.log
    assert '"status":500' not in server.log


def head(client: Client, method: str, target: str, *more: str) -> bytes:
    sent = [
        f"{method} {target} HTTP/1.1",
        "Host: mosaic",
        *(f"{key}: {one}" for key, one in client.headers.items()),
    ]
    return "\r\n".join([*sent, *more, "", ""]).encode()


def whole(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes."""
    received = b""
    try:
        while part := connection.recv(2**16):
            received += part
    except ConnectionResetError:
        pass
    return received


def dripped(server: Server, connection: socket.socket, drip: bytes) -> bytes:
    """Send a byte now and then until the server closes; others are served meanwhile. Return what it said."""
    connection.settimeout(0.1)
    received = b""
    for _ in patiently():
        try:
            connection.sendall(drip)
            part = connection.recv(2**16)
        except TimeoutError:
            assert server.anyone.get("/").status == 200
            continue
        except OSError:
            return received
        received += part
        if not part:
            return received
    raise AssertionError("the server never closed the connection")


def established(port: int) -> int:
    """Return how many connections the server still has, with those closed but not emptied."""
    open_states = {"01", "04", "08"}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] in open_states for row in rows)


def test_a_body_that_drips_is_answered_408_and_dropped(server: Server, person: Client) -> None:
    sent = head(person, "POST", "/add_entry", "Content-Type: application/json", "Content-Length: 1000")
    with closing(connected(server.port, sent)) as connection:
        answer = dripped(server, connection, b" ")
    assert b" 408 " in answer.splitlines()[0]
    assert b'"request_timeout"' in answer


def test_a_body_that_never_comes_is_answered_408_and_dropped(server: Server, person: Client) -> None:
    sent = head(person, "POST", "/add_entry", "Content-Type: application/json", "Content-Length: 1000")
    with closing(connected(server.port, sent)) as connection:
        assert b" 408 " in whole(connection).splitlines()[0]


def test_headers_that_go_on_for_ever_are_dropped(server: Server) -> None:
    with closing(connected(server.port, b"GET / HTTP/1.1\r\nHost: mosaic\r\n")) as connection:
        assert dripped(server, connection, b"X-More: 1\r\n") == b""


def test_a_client_that_says_nothing_is_dropped(server: Server) -> None:
    with closing(connected(server.port)) as connection:
        assert whole(connection) == b""


def test_a_client_that_sends_empty_lines_between_requests_is_dropped(server: Server) -> None:
    with closing(connected(server.port, head(server.anyone, "GET", "/"))) as connection:
        assert connection.recv(2**16).startswith(b"HTTP/1.1 200 ")
        assert b"HTTP/1.1" not in dripped(server, connection, b"\r\n")


def test_a_body_that_goes_on_after_its_answer_is_dropped(server: Server) -> None:
    sent = head(server.anyone, "POST", "/logout", "Content-Length: 1000000")
    with closing(connected(server.port, sent)) as connection:
        assert b" 401 " in dripped(server, connection, b" ").splitlines()[0]


def test_a_head_without_end_is_refused(server: Server) -> None:
    with closing(connected(server.port, b"GET / HTTP/1.1\r\nX-Long: ")) as connection:
        answer = dripped(server, connection, b"x" * 2**14)
    assert answer == b"" or b" 400 " in answer.splitlines()[0]


def test_what_is_no_http_is_answered_in_the_shape_of_every_failure(server: Server) -> None:
    with closing(connected(server.port, b"\x16\x03\x01 hello\r\n\r\n")) as connection:
        answer_head, _, body = whole(connection).partition(b"\r\n\r\n")
    assert answer_head.startswith(b"HTTP/1.1 400 ")
    assert b"x-request-id: " in answer_head
    assert body.startswith(b'{"error":{"code":"bad_request",')


def test_a_client_that_leaves_in_the_middle_of_its_body_changes_nothing(
    server: Server, person: Client
) -> None:
    body = b'{"date": "2026-01-02", "activity": "Left"}'
    sent = head(
        person, "POST", "/add_entry", "Content-Type: application/json", f"Content-Length: {len(body) + 1}"
    )
    with closing(connected(server.port, sent + body)):
        pass
    assert person.get("/entries").json == []


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_client_that_leaves_in_the_middle_of_an_export_leaves_nothing_open(
    server: Server, reader: Client, kind: str
) -> None:
    for _ in range(PLACES + 1):
        with closing(connected(server.port, head(reader, "GET", f"/export/{kind}?limit=all"))) as connection:
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert_no_snapshot_is_open(server)


def test_a_client_that_leaves_before_its_export_begins_leaves_nothing_open(
    server: Server, reader: Client
) -> None:
    for _ in range(PLACES + 1):
        connected(server.port, head(reader, "GET", "/export/json?limit=all")).close()
    for _ in patiently():  # until it is noticed that they have left
        if reader.get("/export/json?limit=all").status == 200:
            break
    assert_no_snapshot_is_open(server)


def test_a_client_that_reads_nothing_of_an_export_is_dropped(server: Server, reader: Client) -> None:
    asked = head(reader, "GET", "/export/json?limit=all")
    with closing(connected(server.port, asked, receive_buffer=4096)) as connection:
        for _ in patiently():
            assert server.anyone.get("/").status == 200
            if not established(server.port):
                break
        assert not established(server.port)
        assert not whole(connection).endswith(b"}")
    assert_no_snapshot_is_open(server)
    assert len(reader.get("/export/json?limit=all").went(200).json["entries"]) == ROWS


def test_a_client_that_reads_slowly_but_steadily_gets_all(server: Server, reader: Client) -> None:
    asked = head(reader, "GET", "/export/json?limit=all", "Connection: close")
    with closing(connected(server.port, asked, receive_buffer=2**15)) as connection:
        received = b""
        started = time.monotonic()
        while time.monotonic() - started < 2.5:
            received += connection.recv(2**17)
            time.sleep(0.05)
        received += whole(connection)
    assert len(json.loads(received.partition(b"\r\n\r\n")[2])["entries"]) == ROWS


def test_very_many_who_ask_for_an_export_and_read_nothing_keep_nobody_else_from_theirs(
    start: Start, tmp_path: Path
) -> None:
    server = start()
    reader, other = with_rows(server, tmp_path / "rows.csv"), server.anyone.registered("other")
    other.add_entry("Running").went(201)
    before = handles(server)
    asked = head(reader, "GET", "/export/json?limit=all")
    with ExitStack() as stack:
        connections = (connected(server.port, asked, receive_buffer=4096) for _ in range(400))
        slow = [stack.enter_context(closing(connection)) for connection in connections]
        assert Counter(one.recv(12)[-3:] for one in slow) == {b"200": PLACES, b"429": 400 - PLACES}
        assert len(other.get("/export/json?limit=all").went(200).json["entries"]) == 1
        assert len(other.get("/export/csv?limit=all").went(200).body.splitlines()) == 5
        other.get("/today").went(200)
        assert_no_snapshot_is_open(server)
    assert_handles_are_closed(server, before)
    assert len(reader.get("/export/json?limit=all").went(200).json["entries"]) == ROWS


def test_clients_that_leave_while_their_exports_wait_or_are_written_leave_no_file_open(
    server: Server, reader: Client
) -> None:
    before = handles(server)
    asked = head(reader, "GET", "/export/csv?limit=all")
    for number in range(40):
        connection = connected(server.port, asked)
        time.sleep(number % 4 / 50)  # so that they leave at one stage or another
        connection.close()
    assert_handles_are_closed(server, before)
    assert_no_snapshot_is_open(server)
    assert len(reader.get("/export/json?limit=all").went(200).json["entries"]) == ROWS


def handles(server: Server) -> int:
    """Return how many file handles the server has, without those of the connections to the database."""
    found = []
    for handle in Path(f"/proc/{server.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed by now
            found.append(handle.readlink())
    return sum(not one.name.startswith("mosaic.db") for one in found)


def assert_handles_are_closed(server: Server, before: int) -> None:
    """Want that the server soon has no more file handles than before."""
    for _ in patiently():
        if handles(server) <= before:
            return
    raise AssertionError(handles(server))


def assert_no_snapshot_is_open(server: Server) -> None:
    """Want that the write-ahead log can be emptied, which whoever still reads an old state prevents."""
    with closing(sqlite3.connect(server.data / "mosaic.db", isolation_level=None)) as connection:
        for _ in patiently():
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                return
    raise AssertionError("somebody still reads an old state")
