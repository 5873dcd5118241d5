"""Standard error as a place for log lines that nobody ever waits for."""

import os
import select
import socket
import stat
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

PIECE: int = getattr(select, "PIPE_BUF", 512)
"""So many bytes a pipe takes in one piece, whoever else writes to it."""
_BACKLOG = 2**20
"""So many bytes wait for a slow reader: some seconds of a busy server."""


class _Waiting(NamedTuple):
    """What is still to be written, and how many log lines it stands for."""

    piece: bytes
    lines: int


class Outlet:
    """Writes log lines to a descriptor, from any thread; it never waits and never raises.

    What a reader does not take at once waits, up to a megabyte, for a thread that watches the descriptor.
    Beyond that, lines are dropped until all that waited is written; then one line, `lost_line(count)`, tells
    how many. Lines stay whole and are written in pieces that other processes' pieces cannot get into; only a
    line that is longer than a piece may be torn apart by them.
    """

    def __init__(self, descriptor: int, lost_line: Callable[[int], bytes]) -> None:
        self._descriptor, self._write_some = _without_waiting(descriptor)
        self._lost_line = lost_line
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._size = 0
        self._lost = 0
        self._is_torn = False
        self._is_watched = False

    def write(self, lines: Iterable[bytes]) -> None:
        """Write lines, which have no ends yet."""
        with self._lock:
            if not self._waiting:
                self._tell_lost()
            for piece in _pieces(lines):
                self._keep(_Waiting(piece, piece.count(b"\n")))
            self._send()

    def lose(self, lines: int) -> None:
        """Count lines that could not be made."""
        with self._lock:
            self._lost += lines

    def flush(self, seconds: float) -> None:
        """Write what waits, for at most so long."""
        end = time.monotonic() + seconds
        while self._waiting and (left := end - time.monotonic()) > 0:
            _wait_for_room(self._descriptor, left)
            with self._lock:
                self._send()

    def _keep(self, waiting: _Waiting) -> None:
        if self._lost or self._size + len(waiting.piece) > _BACKLOG:
            self._lost += waiting.lines
            return
        self._waiting.append(waiting)
        self._size += len(waiting.piece)

    def _tell_lost(self) -> None:
        if self._lost:
            line = (b"\n" if self._is_torn else b"") + self._lost_line(self._lost) + b"\n"
            waiting, self._lost = _Waiting(line, self._lost), 0
            self._keep(waiting)

    def _send(self) -> None:
        """Write until nothing waits, or nothing goes."""
        try:
            while self._waiting:
                self._send_first()
                if not self._waiting:
                    self._tell_lost()
        except BlockingIOError:
            self._watch()
        except (OSError, ValueError):  # nobody reads any more, the disk is full, or the descriptor is closed
            self._lost += sum(one.lines for one in self._waiting)
            self._waiting.clear()
            self._size = 0

    def _send_first(self) -> None:
        first = self._waiting[0]
        sent = self._write_some(first.piece)
        self._size -= sent
        self._is_torn = sent < len(first.piece)
        if self._is_torn:
            self._waiting[0] = _Waiting(first.piece[sent:], first.lines)
        else:
            self._waiting.popleft()

    def _watch(self) -> None:
        if not self._is_watched:
            self._is_watched = True
            threading.Thread(target=self._send_when_possible, name="mosaic-log", daemon=True).start()

    def _send_when_possible(self) -> None:
        while self._is_watched:
            _wait_for_room(self._descriptor)
            with self._lock:
                self._send()
                self._is_watched = bool(self._waiting)


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines with their ends, as many at once as fit into a piece."""
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) >= PIECE:
            yield piece
            piece = b""
        piece += line + b"\n"
    if piece:
        yield piece


def _without_waiting(descriptor: int) -> tuple[int, Callable[[bytes], int]]:
    """Return a descriptor for the same file, and what writes to it or raises BlockingIOError.

    The descriptor itself must not be made non-blocking: other processes share it, a shell for one.
    """
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(kind):
        connection = socket.socket(fileno=os.dup(descriptor))
        return connection.fileno(), lambda piece: connection.send(piece, socket.MSG_DONTWAIT)
    own = descriptor if stat.S_ISREG(kind) else _opened_again(descriptor)
    if own is None:
        return descriptor, lambda piece: _write_if_room(descriptor, piece)
    return own, lambda piece: os.write(own, piece)


def _opened_again(descriptor: int) -> int | None:
    """Return the same pipe or terminal under a non-blocking descriptor of our own, where the system can."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(
            f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        )
    except OSError:
        return None  # another user's terminal, or no /proc


def _write_if_room(descriptor: int, piece: bytes) -> int:
    """Write what certainly goes, unless another process fills a shared pipe at this very moment."""
    if not _wait_for_room(descriptor, 0.0):
        raise BlockingIOError
    return os.write(descriptor, piece[:PIECE])


def _wait_for_room(descriptor: int, seconds: float | None = None) -> bool:
    """Wait until a write would not; return whether that is so now."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(None if seconds is None else seconds * 1000))
