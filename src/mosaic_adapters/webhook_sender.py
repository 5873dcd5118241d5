"""Sending over HTTP to addresses that people name."""

import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from mosaic_adapters.network_addresses import UnknownHost, judged
from mosaic_core.errors import Forbidden
from mosaic_core.streams.allowed import AllowedHosts
from mosaic_core.webhooks.ports import Sender

_SECONDS = 10.0
"""From the connection to the status of the answer; a receiver that works longer does so behind its answer."""

_LARGEST_HEAD = 2**16
"""With all interim answers before it: whoever sends them without end occupies a thread and a processor."""
_PORTS = {"http": 80, "https": 443}
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: .*)?")
_IN_WORDS: Sequence[tuple[type[Exception], str]] = (
    (UnknownHost, "No address is known for the host"),
    (TimeoutError, "There was no answer in time"),
    (ssl.SSLCertVerificationError, "The certificate of the receiver is not valid for its name"),
    (ssl.SSLError, "The receiver does not speak TLS as it should"),
    (ConnectionRefusedError, "The receiver refused the connection"),
    (OSError, "The connection to the receiver failed"),
    (ValueError, "The receiver does not speak HTTP"),
)
"""What is told of an error, the first that fits: nothing that the receiver says, and no address."""


class HttpSender(Sender):
    """Sends each body over a connection of its own, to the very address that was judged.

    Of an answer the status is read and no more. Certificates are verified, for the host that the address
    names.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        user_agent: str,
        *,
        seconds: float = _SECONDS,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Make one that sends to public addresses, and to those that are allowed, within so many seconds."""
        self._allowed = allowed
        self._user_agent = user_agent
        self._seconds = seconds
        self._context = context

    def require_allowed(self, url: str, *, anywhere: bool) -> None:
        """Raise Forbidden if nothing may be sent there."""
        with suppress(UnknownHost):
            judged(*_place(urlsplit(url)), self._allowed, anywhere=anywhere)

    def send(self, url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> str | None:
        """Send it; return None once it was taken, else in words why it was not."""
        try:
            status = self._exchange(urlsplit(url), body, headers, anywhere=anywhere)
        except Forbidden as error:
            return error.message
        except (OSError, ValueError) as error:
            return next(words for kind, words in _IN_WORDS if isinstance(error, kind))
        if status < 300:
            return None
        redirects = "; redirects are not followed" if status < 400 else ""
        return f"The receiver answered {status}{redirects}"

    def _exchange(self, url: SplitResult, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> int:
        host, port = _place(url)
        address = judged(host, port, self._allowed, anywhere=anywhere)
        end = time.monotonic() + self._seconds

        def left() -> float:
            seconds = end - time.monotonic()
            if seconds <= 0:
                raise TimeoutError
            return seconds

        with socket.create_connection((address, port), timeout=left()) as connection:
            connection.settimeout(left())
            if url.scheme == "http":
                return _asked(connection, self._request(url, body, headers), left)
            context = self._context or ssl.create_default_context()
            with context.wrap_socket(connection, server_hostname=host) as private:
                return _asked(private, self._request(url, body, headers), left)

    def _request(self, url: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        lines = {
            "Host": url.netloc,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Connection": "close",
            "Content-Length": str(len(body)),
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST {target} HTTP/1.1\r\n{head}\r\n".encode("ascii") + body


def _place(url: SplitResult) -> tuple[str, int]:
    return url.hostname or "", url.port or _PORTS[url.scheme]


def _asked(connection: socket.socket, request: bytes, left: Callable[[], float]) -> int:
    """Send the request; return the status of the answer, behind interim ones."""
    connection.settimeout(left())
    connection.sendall(request)
    received, length = b"", 0
    while True:
        line, is_whole, _ = received.partition(b"\r\n")
        if is_whole and (status := _status(line)) >= 200:
            return status
        _, is_whole, rest = received.partition(b"\r\n\r\n")
        if is_whole:
            received = rest
            continue
        more = _more(connection, length, left)
        received, length = received + more, length + len(more)


def _status(line: bytes) -> int:
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        raise ValueError("this is no HTTP")
    return int(found[1])


def _more(connection: socket.socket, received: int, left: Callable[[], float]) -> bytes:
    connection.settimeout(left())
    more = connection.recv(4096)
    if not more:
        raise ConnectionError("the receiver left")
    if received > _LARGEST_HEAD:
        raise ValueError("the head of the answer has no end")
    return more
