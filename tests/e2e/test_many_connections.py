"""Clients that open as many connections as they can."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from support_server import Server, Start, connected, serving

FEW_FILES = ["sh", "-c", 'ulimit -n 300 && exec "$@"', "sh"]
"""Half of them are for connections and what these need: 75, of which one network has at most 37."""

REQUEST = b"GET / HTTP/1.1\r\nHost: mosaic\r\n\r\n"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Server]:
    """A server that may open few files, and is patient."""
    with serving(tmp_path, wrapper=FEW_FILES, body_timeout="300") as server:
        yield server


def opened(stack: ExitStack, server: Server, source: str, number: int) -> list[socket.socket]:
    """Open connections from that address."""
    return [stack.enter_context(closing(connected(server.port, source=source))) for _ in range(number)]


def answers(connection: socket.socket) -> bool:
    """Ask on that connection; return whether there is an answer."""
    try:
        connection.sendall(REQUEST)
        return connection.recv(2**16).startswith(b"HTTP/1.1 200 ")
    except ConnectionError:
        return False


def test_idle_connections_lock_nobody_out(small: Server) -> None:
    ada = small.anyone.registered("ada")
    with ExitStack() as stack:
        (own,) = opened(stack, small, "127.0.0.1", 1)
        assert answers(own)
        for number in range(10):
            opened(stack, small, f"127.0.0.{10 + number}", 40)
        ada.add_entry("Running").went(201)
        assert ada.get("/export/json?limit=all").went(200).json["entries"]
        assert ada.get("/healthz").went(200).json["db_ok"]
    assert "Too many open files" not in small.log


def test_one_client_can_neither_take_all_places_nor_those_of_others(small: Server) -> None:
    with ExitStack() as stack:
        own = opened(stack, small, "127.0.0.1", 30)
        others = opened(stack, small, "127.0.0.2", 200)
        assert all(map(answers, own))
        assert answers(others[-1])
        assert not answers(others[0])


def test_who_is_served_keeps_the_connection_and_nobody_else_of_the_network_gets_one(small: Server) -> None:
    begun = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
    with ExitStack() as stack:
        busy = opened(stack, small, "127.0.0.2", 37)
        for connection in busy:
            connection.sendall(begun)
        assert small.anyone.get("/").status == 200
        (late,) = opened(stack, small, "127.0.0.2", 1)
        assert not answers(late)
        for connection in busy:
            connection.sendall(b"}")
            assert connection.recv(2**16).startswith(b"HTTP/1.1 400 ")


def test_a_trusted_proxy_has_as_many_connections_as_there_are_places(tmp_path: Path) -> None:
    with (
        serving(tmp_path, wrapper=FEW_FILES, body_timeout="300", trusted_proxies="127.0.0.9") as server,
        ExitStack() as stack,
    ):
        assert all(map(answers, opened(stack, server, "127.0.0.9", 60)))
        assert all(map(answers, opened(stack, server, "127.0.0.9", 60)))


def test_as_many_files_may_be_open_as_are_wanted(tmp_path: Path) -> None:
    with serving(tmp_path, wrapper=["sh", "-c", 'ulimit -Sn 256 && exec "$@"', "sh"]) as server:
        limits = Path(f"/proc/{server.pid}/limits").read_text().splitlines()
    (soft, hard) = next(line.split()[3:5] for line in limits if line.startswith("Max open files"))
    assert int(soft) == min(int(hard), 8480)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_burst_of_new_clients_is_served_and_the_port_is_free_afterwards(start: Start, workers: int) -> None:
    server = start(workers=workers)
    with ExitStack() as stack:
        assert all(map(answers, opened(stack, server, "127.0.0.1", 200)))
    assert server.stop() == 0
    with closing(socket.create_server(("127.0.0.1", server.port))):
        pass
