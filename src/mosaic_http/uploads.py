"""Files that come as multipart forms."""

import hashlib
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from io import TextIOWrapper
from typing import BinaryIO

from attrs import frozen
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from mosaic_core.entries.csv import LONGEST_ROW, SAVE_AS
from mosaic_core.errors import InvalidInput
from mosaic_http.errors import BadRequest, MissingFile, UnsupportedMediaType
from mosaic_http.temporary import room

_CHUNK = 2**16
_LONGEST_PIECE = LONGEST_ROW + 1
_LONGEST_FIELD = 2**16
"""Fields beside the file are held in memory, and nobody reads them."""

_MARKS = {BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_LINE_END = re.compile(r"\r\n|\r|\n")
NO_ROOM = "There is no room left for the upload; nothing was changed"


@frozen
class Upload:
    """A file that came, open at its beginning, and what the client calls it."""

    file: BinaryIO
    name: str


@asynccontextmanager
async def uploaded_file(request: Request) -> AsyncIterator[Upload]:
    """Open the form's `file`, which lies in memory while it is small and in a temporary file beyond that."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMediaType("The content type must be multipart/form-data")
    try:
        with room(NO_ROOM):
            form = await request.form(max_files=8, max_fields=64, max_part_size=_LONGEST_FIELD)
    except MultiPartException as error:
        raise BadRequest("The body is no readable form") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or _is_unchosen(file):
            raise MissingFile("The form has no file named 'file'")
        yield Upload(file.file, file.filename or "")
    finally:
        await form.close()


def digest(file: BinaryIO) -> str:
    """Return what tells this file's bytes from others, and go back to its start."""
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        sha.update(chunk)
    file.seek(0)
    return sha.hexdigest()


def lines(file: BinaryIO, pause: Callable[[], object] = lambda: None) -> Iterator[str]:
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


def _encoding(file: BinaryIO) -> str:
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


def _is_unchosen(file: UploadFile) -> bool:
    """Return whether it is what a browser sends for a file that nobody chose."""
    return not file.filename and not file.size
