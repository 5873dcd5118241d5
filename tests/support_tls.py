"""TLS before servers that speak none."""

import socket
import ssl
import threading
from pathlib import Path

PEM = Path(__file__).parent / "data" / "localhost.pem"
"""The certificate of localhost, which it has signed itself, and its key."""

_POSTGRESQL = 8
"""So many bytes have a client of PostgreSQL's ask for TLS."""


class Tunnel:
    """TLS before a server at a port or a socket of this machine: what comes through it is passed on.

    Clients of PostgreSQL first ask whether TLS is spoken; without a `pem` they are told that it is not.
    """

    def __init__(
        self, inside: "tuple[str, int] | str", *, pem: Path | None = PEM, asks: bool = False
    ) -> None:
        self._inside = inside
        self._asks = asks
        self._context: ssl.SSLContext | None = None
        if pem is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take nobody any more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                came = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._connect, args=(came,), daemon=True).start()

    def _connect(self, came: socket.socket) -> None:
        try:
            if self._asks:
                came.recv(_POSTGRESQL)
                came.sendall(b"N" if self._context is None else b"S")
            outside = came if self._context is None else self._context.wrap_socket(came, server_side=True)
        except OSError:
            came.close()
            return
        inside = socket.socket(socket.AF_UNIX if isinstance(self._inside, str) else socket.AF_INET)
        inside.connect(self._inside)
        for source, target in ((outside, inside), (inside, outside)):
            threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with source:
        try:
            while said := source.recv(2**16):
                target.sendall(said)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
