"""Files that come as multipart forms."""

import errno
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import TextIOWrapper
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from mosaic_core.errors import InvalidInput, StorageFull
from mosaic_http.errors import BadRequest, MissingFile, UnsupportedMediaType

_CHUNK = 2**16
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.ENOENT}
"""The last one: where no temporary folder takes even a few bytes, Python says that there is none."""


@asynccontextmanager
async def uploaded_file(request: Request) -> AsyncIterator[BinaryIO]:
    """Open the form's `file`, which lies in memory while it is small and in a temporary file beyond that."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMediaType("The content type must be multipart/form-data")
    try:
        form = await request.form(max_files=8, max_fields=64)
    except MultiPartException as error:
        raise BadRequest("The body is no readable form") from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull("There is no room left for the upload; nothing was changed") from error
        raise
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile) or _is_unchosen(file):
            raise MissingFile("The form has no file named 'file'")
        yield file.file
    finally:
        await form.close()


def digest(file: BinaryIO) -> str:
    """Return what tells this file's bytes from others, and go back to its start."""
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        sha.update(chunk)
    file.seek(0)
    return sha.hexdigest()


def lines(file: BinaryIO) -> Iterator[str]:
    """Yield the file's lines with their ends, and close it. Raises InvalidInput where it is not UTF-8."""
    try:
        yield from TextIOWrapper(file, encoding="utf-8", newline="")
    except UnicodeDecodeError:
        raise InvalidInput("The file is not UTF-8 text") from None


def _is_unchosen(file: UploadFile) -> bool:
    """Return whether it is what a browser sends for a file that nobody chose."""
    return not file.filename and not file.size
