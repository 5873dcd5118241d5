"""A receiver of webhooks: it listens on this machine, and does with each request what it is told to."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

CERTIFICATE = Path(__file__).parent / "data" / "localhost.pem"
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
SILENCE = b""
"""The connection stays open, and nothing comes."""


@frozen
class Received:
    """What was received."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        assert set(told) == {"id", "event", "created_at", "data"}
        return told

    def is_signed_with(self, secret: str) -> bool:
        parts = dict(part.split("=", 1) for part in self.headers["x-mosaic-signature"].split(","))
        signed = f"{parts['t']}.".encode() + self.body
        return parts["v1"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


Behaviour = Callable[[Received], bytes | None]
"""Returns what to answer; None closes the connection."""


@define(eq=False)
class Receiver:
    """Notes what comes, in order; `answer` decides what happens then."""

    answer: Behaviour = lambda _: TAKEN
    port: int = 0
    received: list[Received] = field(factory=list)
    _listening: socket.socket | None = None
    connections: list[socket.socket] = field(factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=ada"

    def listen(self, *, tls: bool = False) -> None:
        """Listen, on the port of the last time if there was one."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._listening = listening
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        threading.Thread(target=self._accept, args=(listening, context), daemon=True).start()

    def close(self) -> None:
        """Be gone, with all connections."""
        if self._listening is not None:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    def _accept(self, listening: socket.socket, context: ssl.SSLContext | None) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=self._serve, args=(connection, context), daemon=True).start()

    def _serve(self, connection: socket.socket, context: ssl.SSLContext | None) -> None:
        with suppress(OSError):
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            self.connections.append(connection)
            request = _request(connection)
            self.received.append(request)
            said = self.answer(request)
            if said:
                connection.sendall(said)
            if said != SILENCE:
                connection.close()


def _request(connection: socket.socket) -> Received:
    received = b""
    while b"\r\n\r\n" not in received:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in lines)}
    while len(body) < int(headers["content-length"]):
        body += connection.recv(65536)
    return Received(line, headers, body)


@contextmanager
def receiving(answer: Behaviour = lambda _: TAKEN, *, tls: bool = False) -> Iterator[Receiver]:
    """Give a receiver that listens."""
    receiver = Receiver(answer)
    receiver.listen(tls=tls)
    try:
        yield receiver
    finally:
        receiver.close()


def unused_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
