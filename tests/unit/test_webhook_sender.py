"""What is sent to webhooks, to whom, and what is made of the answers."""

import socket
import ssl
import threading
import time
from collections.abc import Callable

import pytest

from mosaic_adapters.webhook_sender import HttpSender
from mosaic_core.errors import Forbidden
from mosaic_core.streams.allowed import AllowedHosts
from support_receiver import CERTIFICATE, SILENCE, TAKEN, Receiver, receiving, unused_port

BODY = b'{"id":"one"}'
HEADERS = {"Content-Type": "application/json", "X-Mosaic-Signature": "t=1,v1=ab"}


def sender(seconds: float = 10.0, *allowed: str, trusting: bool = False) -> HttpSender:
    context = ssl.create_default_context(cafile=str(CERTIFICATE)) if trusting else None
    return HttpSender(AllowedHosts.of(allowed), "Mosaic/1", seconds=seconds, context=context)


def sent(url: str, seconds: float = 10.0, *, trusting: bool = False) -> str | None:
    return sender(seconds, trusting=trusting).send(url, BODY, HEADERS, anywhere=True)


def test_a_body_is_sent_with_its_headers_to_the_path_and_query_of_the_address() -> None:
    with receiving() as receiver:
        assert sent(receiver.url) is None
        (request,) = receiver.received
    assert request.line == "POST /hook?of=ada HTTP/1.1"
    assert request.body == BODY
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": "Mosaic/1",
        "accept": "*/*",
        "connection": "close",
        "content-length": str(len(BODY)),
        "content-type": "application/json",
        "x-mosaic-signature": "t=1,v1=ab",
    }


def test_an_address_without_a_path_means_its_root() -> None:
    with receiving() as receiver:
        assert sent(f"http://127.0.0.1:{receiver.port}") is None
        assert sent(f"http://127.0.0.1:{receiver.port}?a=b") is None
    assert [one.line for one in receiver.received] == ["POST / HTTP/1.1", "POST /?a=b HTTP/1.1"]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.0 202 Accepted\r\nContent-Length: 5\r\n\r\n12",
        b"HTTP/1.1 204\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299\r\n",
    ],
)
def test_whatever_is_answered_with_2xx_was_taken(answer: bytes) -> None:
    with receiving(lambda _: answer) as receiver:
        assert sent(receiver.url) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 500 secret\r\n\r\n", "The receiver answered 500"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "The receiver answered 404"),
        (
            b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1/\r\n\r\n",
            "The receiver answered 307; redirects are not followed",
        ),
        (b"HTTP/2 200 OK\r\n\r\n", "The receiver does not speak HTTP"),
        (b"HTTP/1.1 099 Odd\r\n\r\n", "The receiver does not speak HTTP"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "The receiver does not speak HTTP"),
        (b"x" * 100_000, "The receiver does not speak HTTP"),
        (b"HTTP/1.1 100 Continue\r\n" + b"x: y\r\n" * 20_000, "The receiver does not speak HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 4_000, "The receiver does not speak HTTP"),
        (b"HTTP/1.1 200 O", "The connection to the receiver failed"),
        (None, "The connection to the receiver failed"),
    ],
)
def test_whatever_else_is_answered_is_told_without_what_the_receiver_says(
    answer: bytes | None, words: str
) -> None:
    with receiving(lambda _: answer) as receiver:
        assert sent(receiver.url) == words
        assert len(receiver.received) == 1


def dripping(receiver: Receiver) -> Callable[[object], bytes]:
    """Return a behaviour that sends a byte at a time, and so is never silent for long."""

    def drip(_: object) -> bytes:
        connection = receiver.connections[-1]
        for _ in range(10_000):
            connection.sendall(b"H")
            time.sleep(0.01)
        return TAKEN

    return drip


def test_a_receiver_that_is_silent_or_drips_is_given_up_in_time() -> None:
    with receiving(lambda _: SILENCE) as receiver:
        assert sent(receiver.url, 0.2) == "There was no answer in time"
        receiver.answer = dripping(receiver)
        assert sent(receiver.url, 0.2) == "There was no answer in time"


def test_a_receiver_that_is_not_there_is_told_of() -> None:
    assert sent(f"http://127.0.0.1:{unused_port()}/") == "The receiver refused the connection"
    assert sent("http://nowhere.invalid/") == "No address is known for the host"


def test_no_time_left_is_no_time() -> None:
    with receiving() as receiver:
        assert sent(receiver.url, 0.0) == "There was no answer in time"


def test_https_is_verified_for_the_name_of_the_host() -> None:
    with receiving(tls=True) as receiver:
        assert sent(f"https://localhost:{receiver.port}/", trusting=True) is None
        wrong = "The certificate of the receiver is not valid for its name"
        assert sent(f"https://127.0.0.1:{receiver.port}/", trusting=True) == wrong
        assert sent(f"https://localhost:{receiver.port}/") == wrong


def test_what_speaks_no_tls_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer_in_clear() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                connection.recv(1)

        thread = threading.Thread(target=answer_in_clear)
        thread.start()
        assert sent(f"https://localhost:{port}/") == "The receiver does not speak TLS as it should"
        thread.join()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_is_sent_to_an_address_that_is_not_public(host: str) -> None:
    with receiving() as receiver:
        url = f"http://{host}:{receiver.port}/"
        told = sender().send(url, BODY, HEADERS, anywhere=False)
        assert told == "The host has no public address, and is none that the operator allows"
        with pytest.raises(Forbidden):
            sender().require_allowed(url, anywhere=False)
        assert receiver.received == []


def test_what_the_operator_allows_is_told() -> None:
    with receiving() as receiver:
        url = f"http://localhost:{receiver.port}/"
        allowing = sender(10.0, "localhost")
        allowing.require_allowed(url, anywhere=False)
        assert allowing.send(url, BODY, HEADERS, anywhere=False) is None


def test_a_host_that_is_not_known_now_may_be_known_later() -> None:
    sender().require_allowed("http://nowhere.invalid/", anywhere=False)


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to something else the second time is asked for once."""
    with receiving() as receiver:
        asked = []
        real = socket.getaddrinfo

        def resolve(host: str, *given: object, **named: object) -> object:
            asked.append(host)
            answers = {"rebinding.test": "127.0.0.1"} if asked.count("rebinding.test") < 2 else {}
            return real(answers.get(host, host), *given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert sent(f"http://rebinding.test:{receiver.port}/") is None
        assert asked == ["rebinding.test", "127.0.0.1"]
