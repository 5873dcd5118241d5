"""How a connection ends: no answer is lost on the way, and no client is waited for without end."""

import asyncio
import socket
import struct
import sys

_LINGER_BYTES = 256 * 2**20
"""What is thrown away behind an answer. Many clients send their body to its end before they read the answer:
this is more than twice the largest body that is taken by default."""

_LEAST_TAKEN = 16 * 1024
_FORGET = struct.pack("ii", 1, 0)

if sys.platform == "linux":
    from fcntl import ioctl
    from termios import TIOCOUTQ

    def _held(connection: socket.socket) -> int:
        """Return how many bytes the system holds that the client has not confirmed."""
        try:
            return int.from_bytes(ioctl(connection.fileno(), TIOCOUTQ, bytes(4)), sys.byteorder)
        except (OSError, ValueError):
            return 0  # closed by now

else:

    def _held(_: socket.socket) -> int:
        """Return 0: other systems do not tell."""
        return 0


class Ending:
    """Closes one connection, at once or lingering, and drops a client that does not take what it is sent.

    `patience` is in seconds. A connection that is closed while its client is still sending is reset, and the
    answer may be lost with it. Lingering (RFC 9112, 9.6) says that nothing more will come, and throws away
    what the client sends for at most `patience` and 256 MiB.
    """

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, patience: float
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._patience = patience
        self._thrown_away = 0
        self._lingering_timer: asyncio.TimerHandle | None = None
        self._taking_timer: asyncio.TimerHandle | None = None

    @property
    def is_lingering(self) -> bool:
        """Whether all has been said, and the client may finish sending."""
        return self._lingering_timer is not None

    def close(self) -> None:
        """Close behind what has been written; the client must take that."""
        self._stop_lingering()
        self._transport.close()
        self.watch()

    def linger(self) -> None:
        """Say that nothing more will come, and close when the client does so, or after a while."""
        if self._transport.is_closing():
            return
        self._transport.write_eof()
        self._lingering_timer = self._loop.call_later(self._patience, self.close)

    def throw_away(self, size: int) -> None:
        """Count bytes that nobody will read; close after too many."""
        self._thrown_away += size
        if self._thrown_away > _LINGER_BYTES:
            self.close()

    def watch(self) -> None:
        """Drop the connection if the client takes less than 16 KiB of what waits for it within `patience`."""
        self.stop_watching()
        self._taking_timer = self._loop.call_later(self._patience, self._judge, self._untaken())

    def stop_watching(self) -> None:
        """Let the client take its time."""
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None

    def forget(self) -> None:
        """Stop all waiting: the connection is gone."""
        self._stop_lingering()
        self.stop_watching()

    def _judge(self, untaken_before: int) -> None:
        if untaken_before - self._untaken() < _LEAST_TAKEN:
            self._drop()
        else:
            self.watch()

    def _untaken(self) -> int:
        """Return how many bytes wait for the client, here and in the system."""
        return self._transport.get_write_buffer_size() + _held(self._transport.get_extra_info("socket"))

    def _drop(self) -> None:
        """Close at once; the system, too, forgets what it could not deliver."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET)
        self._transport.abort()

    def _stop_lingering(self) -> None:
        if self._lingering_timer is not None:
            self._lingering_timer.cancel()
            self._lingering_timer = None
