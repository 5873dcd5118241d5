"""JSON that is read value by value, never as a whole."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, NoReturn

from mosaic_core.errors import InvalidInput
from mosaic_core.imports.ports import Breathe

LONGEST_VALUE = 2**23
"""Characters of a value that is taken at once."""

_PIECE = 2**16
_SPACE = re.compile(r"[ \t\n\r]*")
_MARK = re.compile(r'["{}\[\]]')
_REST_OF_TEXT = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_decode = json.JSONDecoder(parse_constant=_refuse).raw_decode


class JsonStream:
    """The values of a JSON text in a file, one after the other.

    Of what `members` and `elements` come to, take the value, or go into it by them again; what is left is
    passed over. Raises InvalidInput where the text is no JSON or no UTF-8, or where a value that is taken at
    once has more than LONGEST_VALUE characters.
    """

    def __init__(self, stream: IO[bytes], breathe: Breathe) -> None:
        self._stream = stream
        self._breathe = breathe
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._before = 0
        self._has_ended = False

    def next(self) -> str:
        """Return the next character that is no white space, without taking it; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def value(self) -> object:
        """Take the next value."""
        self.next()
        while True:
            try:
                found, end = _decode(self._text, self._at)
            except (ValueError, RecursionError):
                end = None
            if end is not None and (end < len(self._text) or not self._more()):
                self._at = end
                return found
            if end is None and (len(self._text) - self._at > LONGEST_VALUE or not self._double()):
                raise self._damaged()

    def members(self) -> Iterator[str]:
        """Take an object; yield the name of each member before its value."""
        if self._is_empty("{", "}"):
            return
        while True:
            name = self.value() if self.next() == '"' else None
            if not isinstance(name, str):
                raise self._damaged()
            self._take(":")
            before = self._offset()
            yield name
            self._pass_if_at(before)
            if self._take(",", "}") == "}":
                return

    def elements(self) -> Iterator[int]:
        """Take a list; yield the number of each element, from 1, before its value."""
        if self._is_empty("[", "]"):
            return
        number = 0
        while True:
            number += 1
            before = self._offset()
            yield number
            self._pass_if_at(before)
            if self._take(",", "]") == "]":
                return

    def end(self) -> None:
        """Take the end: nothing may follow."""
        if self.next():
            raise self._damaged()

    def skip(self) -> None:
        """Pass over the next value, however long."""
        if self.next() not in {"{", "["}:
            self.value()
            return
        depth = 0
        while True:
            match = _MARK.search(self._text, self._at)
            if match is None:
                self._at = len(self._text)
                if not self._more():
                    raise self._damaged()
                continue
            self._at = match.end()
            if match[0] == '"':
                self._pass_text()
                continue
            depth += 1 if match[0] in "{[" else -1
            if depth == 0:
                return

    def _pass_text(self) -> None:
        while True:
            match = _REST_OF_TEXT.match(self._text, self._at)
            if match is not None:
                self._at = match.end()
                return
            if len(self._text) - self._at > LONGEST_VALUE or not self._double():
                raise self._damaged()

    def _pass_if_at(self, offset: int) -> None:
        if self._offset() == offset:
            self.skip()

    def _is_empty(self, opening: str, closing: str) -> bool:
        self._take(opening)
        if self.next() != closing:
            return False
        self._take(closing)
        return True

    def _take(self, *allowed: str) -> str:
        found = self.next()
        if found not in allowed:
            raise self._damaged()
        self._at += 1
        return found

    def _offset(self) -> int:
        self.next()
        return self._before + self._at

    def _double(self) -> bool:
        """Read as much again as there is; return whether there was more."""
        wanted = 2 * (len(self._text) - self._at)
        more = self._more()
        while more and len(self._text) - self._at < wanted and self._more():
            pass
        return more

    def _more(self) -> bool:
        if self._has_ended:
            return False
        self._breathe()
        piece = self._stream.read(_PIECE)
        try:
            text = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            raise self._damaged() from None
        self._has_ended = not piece
        self._before += self._at
        self._text = self._text[self._at :] + text
        self._at = 0
        return not self._has_ended

    def _damaged(self) -> InvalidInput:
        at = self._before + self._at
        return InvalidInput(
            f"The file is no JSON, or damaged, from character {at + 1} on", {"character": at + 1}
        )
