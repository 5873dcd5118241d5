"""Files that come as multipart forms."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, BinaryIO, TypeVar

from attrs import field, frozen
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from mosaic_core.errors import InvalidInput
from mosaic_core.validators import fail, whole_characters
from mosaic_http.errors import BadRequest, MissingFile, UnsupportedMediaType
from mosaic_http.parameters import Parameter
from mosaic_http.temporary import room

T = TypeVar("T")

_CHUNK = 2**16
_LONGEST_FIELD = 2**16
"""Fields beside the file are held in memory."""

NO_ROOM = "There is no room left for the upload; nothing was changed"


@frozen
class Upload:
    """A file that came, open at its beginning, what the client calls it, and the fields beside it."""

    file: BinaryIO
    name: str
    fields: Mapping[str, str] = field(factory=dict)

    def field(self, parameter: Parameter[T]) -> T:
        """Return the value of the field, its default where it is absent or empty. Raises InvalidInput."""
        given = self.fields.get(parameter.name, "").strip()
        try:
            return parameter.read(given) if given else parameter.default
        except ValueError as error:
            raise fail(parameter.name, str(error)) from None


@asynccontextmanager
async def uploaded_file(request: Request, fields: Sequence[Parameter[Any]] = ()) -> AsyncIterator[Upload]:
    """Open the form's `file`, which lies in memory while it is small and in a temporary file beyond that.

    Beside it stand none but these fields: a mistyped one would mean something else than the person did.
    """
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
        _require_known(form, fields)
        told = {name: value for name, value in form.items() if isinstance(value, str)}
        yield Upload(file.file, file.filename or "", told)
    finally:
        await form.close()


def digest(file: BinaryIO) -> str:
    """Return what tells this file's bytes from others, and go back to its start."""
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        sha.update(chunk)
    file.seek(0)
    return sha.hexdigest()


def _require_known(form: FormData, fields: Sequence[Parameter[Any]]) -> None:
    unknown = form.keys() - {"file", *(one.name for one in fields)}
    if unknown:
        told = sorted(whole_characters(name)[:80] for name in unknown)
        raise InvalidInput("Extra inputs are not permitted", {"fields": told[:20]})


def _is_unchosen(file: UploadFile) -> bool:
    """Return whether it is what a browser sends for a file that nobody chose."""
    return not file.filename and not file.size
