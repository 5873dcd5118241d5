"""JSON that is looked at in small pieces, so that no single call holds the interpreter for long."""

import re
from collections.abc import Callable
from typing import BinaryIO

from mosaic_core.errors import InvalidInput
from mosaic_http.errors import BadRequest

PIECE = 2**16
"""Bytes that are read and looked at together: a millisecond's work."""

MOST_PASSED_OVER = 2**21
"""Bytes of too long values, which are passed over mark by mark: up to a second's work."""

_SCANNED_AT_ONCE = 2**12
"""Between two pauses: the loop over the marks is Python's, and a piece may have nothing else."""

DEEPEST = 1_000
"""No JSON library reads what is nested deeper."""

_SPACE = re.compile(rb"[ \t\n\r]*")
_MARK = re.compile(rb'["{}\[\]]')
_MARK_IN_TEXT = re.compile(rb'["\\]')
_AFTER_SCALAR = re.compile(rb"[ \t\n\r,\]}]")


def no_json() -> BadRequest:
    """Return the refusal of a body that is no JSON."""
    return BadRequest("The body is no JSON")


class JsonPieces:
    """The values of a JSON text in a file, one after the other.

    `pause` is called before each piece. What is taken apart is well-formed at its seams; the values
    themselves are not looked into. Raises BadRequest where the text cannot go on like this, InvalidInput
    beyond MOST_PASSED_OVER.
    """

    def __init__(self, file: BinaryIO, pause: Callable[[], object], start: int = 0) -> None:
        file.seek(start)
        self._pause = pause
        self._file = file
        self._before = start
        self.data = b""
        self.at = 0
        self._passed_over = 0

    @property
    def offset(self) -> int:
        """Return where in the file the next byte stands."""
        return self._before + self.at

    def fill(self, size: int) -> None:
        """Have at least so many bytes of what follows in `data`, behind `at`, if there are as many."""
        self._pause()
        while len(self.data) - self.at < size and self._more():
            pass

    def next(self) -> bytes:
        """Return the next byte that is no white space, without taking it; b"" at the end."""
        while True:
            match = _SPACE.match(self.data, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.data):
                return self.data[self.at : self.at + 1]
            if not self._more():
                return b""

    def take(self, *allowed: bytes) -> bytes:
        """Take the next byte that is no white space, which must be one of these."""
        found = self.next()
        if found not in allowed:
            raise no_json()
        self.at += 1
        return found

    def value(self, longest: int) -> bytes:
        """Take the next value; of one that is longer than so many bytes, return that many and one more."""
        scan = _Scan(self.next())
        kept, size = [], 0
        while True:
            seen = min(len(self.data), self.at + _SCANNED_AT_ONCE)
            end = scan.end(self.data, self.at, seen)
            stop = seen if end is None else end
            kept.append(self.data[self.at : min(stop, self.at + longest + 1 - size)])
            size += len(kept[-1])
            self._passed_over += stop - self.at - len(kept[-1])
            self.at = stop
            if self._passed_over > MOST_PASSED_OVER:
                raise InvalidInput("Too much of the body is in values that are too long")
            if end is not None:
                return b"".join(kept)
            self._pause()
            if self.at == len(self.data) and not self._more():
                raise no_json()

    def _more(self) -> bool:
        piece = self._file.read(PIECE)
        self._before += self.at
        self.data = self.data[self.at :] + piece
        self.at = 0
        return bool(piece)


class _Scan:
    """Finds where a value ends, over any number of pieces."""

    def __init__(self, first: bytes) -> None:
        self._is_scalar = first not in {b'"', b"{", b"["}
        self._is_in_text = False
        self._is_escaped = False
        self._depth = 0
        if first in {b"", b",", b":", b"]", b"}"}:
            raise no_json()

    def end(self, data: bytes, at: int, stop: int) -> int | None:
        """Return the end of the value, or None if it is not in this piece, from `at` to `stop`."""
        if self._is_scalar:
            match = _AFTER_SCALAR.search(data, at, stop)
            return match.start() if match else None
        if self._is_escaped and at < stop:
            at, self._is_escaped = at + 1, False
        while True:
            match = (_MARK_IN_TEXT if self._is_in_text else _MARK).search(data, at, stop)
            if match is None:
                return None
            at = match.end()
            self._pass(match[0])
            if self._depth == 0 and not self._is_in_text:
                return at
            if self._is_escaped:
                if at == stop:
                    return None
                at, self._is_escaped = at + 1, False

    def _pass(self, mark: bytes) -> None:
        if mark == b"\\":
            self._is_escaped = True
        elif mark == b'"':
            self._is_in_text = not self._is_in_text
        elif mark in b"{[":
            self._depth += 1
            if self._depth > DEEPEST:
                raise no_json()
        else:
            self._depth -= 1
