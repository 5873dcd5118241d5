"""The newest log events of all workers of a server, as people read them."""

import datetime as dt
import heapq
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, TypedDict

import msgspec

from mosaic_http.codec import encode
from mosaic_http.shared_memory import SharedMemory

MOST = 500
"""So many events are told."""
LONGEST = 2_000
"""So many bytes of an event are kept: a worker's memory has room for more events than are told."""

_TIME = itemgetter("timestamp")
_LINE = msgspec.json.Decoder(dict[str, Any])
_COUNTERS = struct.Struct("QQ")


class LogEvent(TypedDict):
    """Something that a worker logged. `worker` is the number of its process."""

    timestamp: dt.datetime
    level: str
    logger: str
    message: str
    worker: int


NewestEvents = Callable[[int], Sequence[LogEvent]]
"""Returns so many of the newest events, newest first."""


class RecentEvents:
    """What this worker logs, kept where the others find it; what all of them logged, newest first.

    The oldest events make room for new ones. What a worker that died has logged stays until the one in its
    place needs the room.
    """

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._own = _Ring(memory.take())
        self._own.take_over()

    def add(self, lines: Sequence[bytes]) -> None:
        """Keep events, each a line of JSON."""
        if max(map(len, lines)) > LONGEST:
            lines = [_cut(line) for line in lines]
        self._own.add(b"\n".join(lines) + b"\n")

    def newest(self, limit: int) -> list[LogEvent]:
        """Return so many of the newest events of all workers, newest first."""
        each = [_events(_Ring(part).newest(limit)) for part in self._memory.parts]
        newest = islice(heapq.merge(*each, key=_TIME, reverse=True), limit)
        return sorted(newest, key=_TIME, reverse=True)  # threads may write in another order than they log


class _Ring:
    """A part of memory that holds the newest bytes of a text; readers take no lock.

    It counts the bytes whose writing has begun, and those that are written: a reader knows from these which
    of the bytes that it has copied were overwritten meanwhile.
    """

    def __init__(self, part: memoryview) -> None:
        self._counters = part[: _COUNTERS.size].cast("Q")
        self._room = part[_COUNTERS.size :]
        self._lock = threading.Lock()

    def take_over(self) -> None:
        """Go on behind what another process may have left half written."""
        self._counters[1] = self._counters[0]
        self.add(b"\n")

    def add(self, text: bytes) -> None:
        """Write whole lines with their ends, in place of the oldest ones."""
        size = len(self._room)
        text = text[-size:]
        with self._lock:
            begun = self._counters[1]
            self._counters[0] = end = begun + len(text)
            at = begun % size
            first = text[: size - at]
            self._room[at : at + len(first)] = first
            if len(first) < len(text):
                self._room[: len(text) - len(first)] = text[len(first) :]
            self._counters[1] = end

    def newest(self, limit: int) -> list[bytes]:
        """Return so many of the newest lines, newest first; the oldest one may have lost its beginning."""
        written = self._counters[1]
        copied = bytes(self._room)
        overwritten = self._counters[0] - written
        at = written % len(copied)
        text = (copied[at:] + copied[:at])[max(overwritten, len(copied) - written) :]
        return text.rsplit(b"\n", limit + 1)[-2 : -limit - 2 : -1]


def said(event: dict[str, Any]) -> str:
    """Return what an event says to a person."""
    if not is_request(event):
        return str(event["event"])
    text = (
        f"{event['method']} {event['route'] or '(unknown path)'} {event['status']} {event['duration_ms']} ms"
    )
    for name in ("note", "failure"):
        if name in event:
            text += f", {event[name]}"
    user = "" if event["user"] is None else f"user {event['user']}, "
    return f"{text} ({user}request {event['id']})"


def is_request(event: dict[str, Any]) -> bool:
    """Return whether the event is a request that was answered."""
    return event["event"] == "request" and "route" in event


def _events(lines: Iterable[bytes]) -> Iterator[LogEvent]:
    """Yield what the lines tell, without those of which only a piece is left."""
    for line in lines:
        try:
            yield _event(_LINE.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
            continue


def _event(event: dict[str, Any]) -> LogEvent:
    return {
        "timestamp": dt.datetime.fromisoformat(event["timestamp"]),
        "level": event["level"],
        "logger": _logger(event),
        "message": said(event),
        "worker": event["worker"],
    }


def _logger(event: dict[str, Any]) -> str:
    return "mosaic.requests" if is_request(event) else str(event["logger"])


def _cut(line: bytes) -> bytes:
    """Return the line, with less of its message where it is too long."""
    if len(line) <= LONGEST:
        return line
    event = msgspec.json.decode(line)
    small = {name: event[name] for name in ("timestamp", "level", "worker")}
    small["logger"], text = _logger(event), said(event)
    line = encode({**small, "event": text})
    while len(line) > LONGEST:
        text = text[: len(text) * 3 // 4]
        line = encode({**small, "event": f"{text}…"})
    return line
