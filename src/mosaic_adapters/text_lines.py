"""The lines of a text file."""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from functools import partial
from io import TextIOWrapper
from typing import IO

from mosaic_core.entries.csv import LONGEST_ROW, SAVE_AS
from mosaic_core.errors import InvalidInput

_LONGEST_PIECE = LONGEST_ROW + 1
_MARKS = {BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_LINE_END = re.compile(r"\r\n|\r|\n")


def lines(file: IO[bytes], pause: Callable[[], object] = lambda: None) -> Iterator[str]:
    """Yield the file's lines with their ends, those that no row may have in pieces; close it at the end.

    `pause` is called before each. The file is UTF-8, or UTF-16 where a byte-order mark says so. Raises
    InvalidInput, naming the line, where it is neither.
    """
    encoding = _encoding(file)
    done = 0
    try:
        with TextIOWrapper(file, encoding=encoding, newline="") as text:
            for line in iter(partial(text.readline, _LONGEST_PIECE), ""):
                pause()
                yield line
                done += 1
    except UnicodeDecodeError as error:
        good = error.object[: error.start].decode(encoding, "replace")
        raise InvalidInput(_undecodable(done + len(_LINE_END.findall(good)) + 1, error)) from None


def _encoding(file: IO[bytes]) -> str:
    """Return the encoding that a mark at the beginning tells, and go behind it; a pipe's is not looked at."""
    if file.seekable():
        encoding = _MARKS.get(file.read(2))
        if encoding is not None:
            return encoding
        file.seek(0)
    return "utf-8"


def _undecodable(line: int, error: UnicodeDecodeError) -> str:
    name = "UTF-8" if error.encoding == "utf-8" else "UTF-16"
    found = f"the byte 0x{error.object[error.start]:02X}, which is no {name} text here"
    return f"Line {line}: there is {found}; {SAVE_AS}"
