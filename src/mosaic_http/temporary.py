"""Temporary files, for which there may be no room."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from mosaic_core.errors import StorageFull

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.ENOENT}
"""The last one: where no temporary folder takes even a few bytes, Python says that there is none."""


NO_ROOM_FOR_EXPORT = "There is no room left for the export"


@contextmanager
def room(otherwise: str) -> Iterator[None]:
    """Raise StorageFull, with that message, where there is no room for a temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(otherwise) from error
        raise
