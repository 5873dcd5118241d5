"""Clients that send many requests at once on one connection, without waiting for the answers."""

import socket
import threading
from contextlib import closing, suppress

import pytest

from support_server import Client, Server, connected, peak_memory

MIB = 2**20
REQUEST = b"GET / HTTP/1.1\r\nHost: mosaic\r\n\r\n"
LAST = b"GET /today HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\n\r\n"
ENTRY = b'{"date": "2026-01-02", "activity": "Running"}'


def statuses(connection: socket.socket, sent: bytes) -> list[int]:
    """Send all of it while reading until the server closes; return the statuses of the answers."""
    received = bytearray()
    sender = threading.Thread(target=connection.sendall, args=(sent,))
    sender.start()
    while part := connection.recv(2**18):
        received += part
    sender.join()
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def post(client: Client, body: bytes) -> bytes:
    lines = ["POST /add_entry HTTP/1.1", "Host: mosaic", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in client.headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


@pytest.mark.parametrize("reads", [True, False])
def test_a_client_that_never_stops_asking_fills_no_memory(server: Server, reads: bool) -> None:  # noqa: FBT001
    before = peak_memory(server)
    with closing(connected(server.port)) as connection:
        connection.settimeout(2)
        with suppress(TimeoutError):
            for _ in range(32):
                connection.sendall(REQUEST * 1024)
                if reads:
                    connection.recv(2**18)
        server.anyone.get("/").went(200)
    assert peak_memory(server) - before < 16 * MIB


def test_very_many_requests_that_come_at_once_are_all_answered(server: Server) -> None:
    with closing(connected(server.port)) as connection:
        assert statuses(connection, REQUEST * 5000 + LAST) == [*[200] * 5000, 401]


def test_a_read_may_end_anywhere_in_a_head(server: Server, person: Client) -> None:
    """A large read that ends in a head says nothing of how large that is."""
    spaces = b" " * 120_000
    sent = REQUEST * 4000 + post(person, ENTRY + spaces) + REQUEST * 3
    with closing(connected(server.port)) as connection:
        for size in (len(REQUEST) * 2500 + 7, 10, len(sent) - 12):
            connection.sendall(sent[:size])
            sent = sent[size:]
        assert statuses(connection, sent + LAST) == [*[200] * 4000, 201, 200, 200, 200, 401]


def test_bodies_and_wishes_among_many_requests_are_taken(server: Server, person: Client) -> None:
    upgrade = b"GET / HTTP/1.1\r\nHost: mosaic\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    chunked = post(person, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunked += b"%x\r\n%b\r\n0\r\nX-More: 1\r\n\r\n" % (len(ENTRY), ENTRY)
    row = REQUEST + post(person, ENTRY) + upgrade + chunked + post(person, ENTRY + b" " * 70_000)
    answers = [200, 200, 200, 200, 200]
    with closing(connected(server.port)) as connection:
        found = statuses(connection, row * 20 + LAST)
    assert found == [200, 201, *answers[2:], *answers * 19, 401]


def test_garbage_behind_very_many_requests_is_refused_after_their_answers(server: Server) -> None:
    with closing(connected(server.port)) as connection:
        assert statuses(connection, REQUEST * 1000 + b"\x00garbage\r\n\r\n") == [*[200] * 1000, 400]


def test_nothing_is_done_behind_a_request_that_ends_the_connection(server: Server, person: Client) -> None:
    begun = post(person, ENTRY)[:-10]
    with closing(connected(server.port, LAST + post(person, ENTRY) * 3 + begun)) as connection:
        received = b""
        while part := connection.recv(2**16):
            received += part
    assert received.count(b"HTTP/1.1 ") == 1
    assert person.get("/entries").json == []
