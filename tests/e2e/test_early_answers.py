"""Answers that are sent before the whole request has come reach clients that are still sending."""

import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import closing
from email.message import Message

import pytest

from support_server import (
    PASSWORD,
    PATIENCE,
    Answer,
    Client,
    Server,
    Start,
    connected,
    patiently,
    peak_memory,
)

TRIES = 3
BODY = b" " * (20 * 10**6)
PARTS = [BODY[: 10**6]] * 20
JSON = {"Content-Type": "application/json"}
ENTRY = b'{"date": "2026-01-02", "activity": "Running"}'

Send = Callable[[Client, str, dict[str, str]], Answer]


def with_http_client(client: Client, target: str, headers: dict[str, str]) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE)) as connection:
        connection.request("POST", target, BODY, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def with_http_client_in_chunks(client: Client, target: str, headers: dict[str, str]) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE)) as connection:
        connection.request("POST", target, iter(PARTS), headers, encode_chunked=True)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())


def with_urllib(client: Client, target: str, headers: dict[str, str]) -> Answer:
    request = urllib.request.Request(f"http://127.0.0.1:{client.port}{target}", BODY, headers)
    try:
        urllib.request.urlopen(request)  # noqa: S310  # it is our own server
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())
    raise AssertionError("such a body must not be taken")


def with_a_socket(client: Client, target: str, headers: dict[str, str]) -> Answer:
    return _answer(client, target, {**headers, "Content-Length": str(len(BODY))}, BODY)


def with_a_socket_in_chunks(client: Client, target: str, headers: dict[str, str]) -> Answer:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in PARTS)
    return _answer(client, target, {**headers, "Transfer-Encoding": "chunked"}, chunks + b"0\r\n\r\n")


def _answer(client: Client, target: str, headers: dict[str, str], body: bytes) -> Answer:
    with closing(connected(client.port, head(target, headers) + body)) as connection:
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.headers, response.read())


def head(target: str, headers: dict[str, str]) -> bytes:
    lines = [f"POST {target} HTTP/1.1", "Host: mosaic", *(f"{key}: {one}" for key, one in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(2**16):
        received += part
    return received


def closes(headers: Message) -> bool:
    return headers["Connection"] == "close"


def is_cut_off(connection: socket.socket, part: bytes, times: Iterable[object]) -> bool:
    """Send the part again and again; tell whether the server ends that."""
    try:
        for _ in times:
            connection.sendall(part)
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    "send",
    [
        with_http_client,
        with_http_client_in_chunks,
        with_urllib,
        with_a_socket,
        with_a_socket_in_chunks,
    ],
)
def test_who_sends_20_mb_to_the_end_sees_why_it_was_refused(person: Client, send: Send) -> None:
    wanted = [
        ("/add_entry", {**JSON, **person.headers}, 413, "payload_too_large"),
        ("/add_entry", JSON, 401, "unauthorized"),
        ("/no/such", JSON, 404, "not_found"),
        ("/today", {**JSON, **person.headers}, 405, "method_not_allowed"),
        ("/add_entry", {"Content-Type": "text/plain", **person.headers}, 415, "unsupported_media_type"),
    ]
    for target, headers, status, code in wanted:
        for _ in range(TRIES):
            answer = send(person, target, headers).failed(status, code)
            assert closes(answer.headers)


def test_who_sends_20_mb_too_often_sees_that(start: Start) -> None:
    server = start(rate_limits="add_entry=1/3600")
    ada = server.anyone.registered("ada")
    ada.add_entry("Running").went(201)
    for _ in range(TRIES):
        with_http_client(ada, "/add_entry", {**JSON, **ada.headers}).failed(429, "too_many_requests")


def test_who_sends_20_mb_behind_a_broken_head_sees_the_refusal(person: Client) -> None:
    for _ in range(TRIES):
        with closing(connected(person.port, b"no such thing\r\n\r\n" + BODY)) as connection:
            assert whole(connection).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("framing", ["Content-Length: 1000000000000", "Transfer-Encoding: chunked"])
def test_a_client_that_never_stops_sending_is_cut_off_and_held_nowhere(server: Server, framing: str) -> None:
    before = peak_memory(server)
    sent = f"POST /add_entry HTTP/1.1\r\nHost: mosaic\r\n{framing}\r\n\r\n".encode()
    part = b"10000\r\n" + b"x" * 2**16 + b"\r\n"
    with closing(connected(server.port, sent)) as connection:
        assert is_cut_off(connection, part, range(2**14))  # 1 GiB
    assert peak_memory(server) - before < 16 * 2**20


def test_a_client_that_drips_on_behind_its_answer_is_cut_off(hasty_server: Server) -> None:
    sent = head("/add_entry", {"Content-Length": "1000000"})
    with closing(connected(hasty_server.port, sent)) as connection:
        assert whole(connection).startswith(b"HTTP/1.1 401 ")
        assert is_cut_off(connection, b"x", patiently())


def test_a_body_that_came_whole_leaves_the_connection_open(server: Server, person: Client) -> None:
    headers = {**JSON, **person.headers}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.connect()
        local = connection.sock.getsockname()
        for body, status in [(ENTRY, 201), (b"{}", 400), (ENTRY, 200), (b" " * 100_000, 400), (ENTRY, 200)]:
            connection.request("POST", "/add_entry", body, headers)
            response = connection.getresponse()
            response.read()
            assert (response.status, response.headers["Connection"]) == (status, None)
            assert connection.sock.getsockname() == local


def test_requests_that_come_in_one_piece_are_answered_one_after_the_other(
    server: Server, person: Client
) -> None:
    one = head("/add_entry", {**JSON, **person.headers, "Content-Length": str(len(ENTRY))}) + ENTRY
    last = b"GET /today HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\n\r\n"
    with closing(connected(server.port, one * 3 + last)) as connection:
        received = whole(connection)
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [201, 200, 200, 401]


@pytest.mark.parametrize("requests", [1, 3])
def test_garbage_behind_good_requests_is_refused_after_their_answers(
    server: Server, person: Client, requests: int
) -> None:
    good = head("/add_entry", {**JSON, **person.headers, "Content-Length": str(len(ENTRY))}) + ENTRY
    with closing(connected(server.port, good * requests + b"\x00garbage\r\n\r\n" + BODY)) as connection:
        received = whole(connection)
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [201, *[200] * (requests - 1), 400]
    assert [row["value"] for row in person.get("/entries").json] == [0]


@pytest.mark.parametrize("requests", [0, 2])
def test_a_chunk_that_is_none_spoils_its_own_request_alone(
    server: Server, person: Client, requests: int
) -> None:
    good = head("/add_entry", {**JSON, **person.headers, "Content-Length": str(len(ENTRY))}) + ENTRY
    bad = head("/add_entry", {**JSON, **person.headers, "Transfer-Encoding": "chunked"}) + b"zz\r\n"
    with closing(connected(server.port, good * requests + bad)) as connection:
        received = whole(connection)
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [201, 200, 400][-requests - 1 :]


def test_trailers_without_end_are_refused_and_held_nowhere(server: Server, person: Client) -> None:
    chunked = head("/add_entry", {**JSON, **person.headers, "Transfer-Encoding": "chunked"})
    body = b"%x\r\n%b\r\n0\r\n" % (len(ENTRY), ENTRY)
    before = peak_memory(server)
    for trailers in (b"X-More: " + b"y" * 1000 + b"\r\n", b"y" * 1000):
        with closing(connected(server.port, chunked + body)) as connection:
            for _ in range(20_000):
                connection.sendall(trailers)
            assert b"trailers are too large" in whole(connection)
    assert peak_memory(server) - before < 16 * 2**20
    assert person.get("/entries").json == []


def test_a_whole_request_with_too_many_trailers_is_refused(server: Server, person: Client) -> None:
    sent = head("/add_entry", {**JSON, **person.headers, "Transfer-Encoding": "chunked"})
    sent += b"%x\r\n%b\r\n0\r\n" % (len(ENTRY), ENTRY) + b"X-More: 123456789\r\n" * 4000 + b"\r\n"
    with closing(connected(server.port, sent)) as connection:
        assert whole(connection).startswith(b"HTTP/1.1 400 ")
    assert person.get("/entries").json == []


def test_a_trailer_is_never_taken_for_a_header(start: Start) -> None:
    server = start(rate_limits="login=3/3600", trusted_proxies="127.0.0.1")
    server.anyone.registered("ada")
    body = b'{"username": "ada", "password": "%b"}' % PASSWORD.encode()
    statuses = []
    for number in range(4):
        sent = head("/login", {**JSON, "Transfer-Encoding": "chunked", "Connection": "close"})
        trailer = b"X-Forwarded-For: 10.0.0.%d\r\n" % number
        sent += b"%x\r\n%b\r\n0\r\n%b\r\n" % (len(body), body, trailer)
        with closing(connected(server.port, sent)) as connection:
            statuses.append(int(whole(connection)[9:12]))
    assert statuses == [200, 200, 429, 429]


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_a_wish_for_another_protocol_is_passed_over_and_the_body_is_taken(
    server: Server, person: Client, protocol: str
) -> None:
    asked = {**JSON, **person.headers, "Connection": "Upgrade, HTTP2-Settings", "Upgrade": protocol}
    sized = head("/add_entry", {**asked, "Content-Length": str(len(ENTRY))}) + ENTRY
    chunked = head("/add_entry", {**asked, "Transfer-Encoding": "chunked"})
    chunked += b"%x\r\n%b\r\n0\r\n\r\n" % (len(ENTRY), ENTRY)
    last = b"GET / HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\n\r\n"
    with closing(connected(server.port, sized + chunked + sized + last)) as connection:
        received = whole(connection)
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [201, 200, 200, 200]


def test_a_wish_for_a_tunnel_is_refused(server: Server) -> None:
    with closing(
        connected(server.port, b"CONNECT example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n")
    ) as connection:
        assert b"This server is no proxy" in whole(connection)
