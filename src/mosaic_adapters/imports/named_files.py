"""Files that have a name, for libraries that want one."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mosaic_adapters.discarding import discard
from mosaic_core.errors import StorageFull
from mosaic_core.imports.ports import Breathe

_PIECE = 2**20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.ENOENT}
"""The last one: where no temporary folder takes even a few bytes, Python says that there is none."""


@contextmanager
def named(stream: IO[bytes], breathe: Breathe) -> Iterator[Path]:
    """Give the path of a file that says what the stream says: its own, or else that of a copy.

    The copy is removed at the end. Raises StorageFull if there is no room for it.
    """
    own = _own_path(stream)
    if own is not None:
        yield own
        return
    with _copied(stream, breathe) as path:
        yield path


def _own_path(stream: IO[bytes]) -> Path | None:
    name = getattr(stream, "name", None)
    try:
        if isinstance(name, str) and os.path.samestat(Path(name).stat(), os.fstat(stream.fileno())):
            return Path(name)
    except OSError:
        pass  # it was removed, or is no file at all
    return None


@contextmanager
def _copied(stream: IO[bytes], breathe: Breathe) -> Iterator[Path]:
    try:
        copy = tempfile.NamedTemporaryFile(prefix="import-", suffix=".file")  # noqa: SIM115  # closed below
    except OSError as error:
        raise _translated(error) from error
    try:
        try:
            stream.seek(0)
            while piece := stream.read(_PIECE):
                breathe()
                copy.write(piece)
            copy.flush()
        except OSError as error:
            raise _translated(error) from error
        yield Path(copy.name)
    finally:
        discard(copy)


def _translated(error: OSError) -> Exception:
    if error.errno in _NO_ROOM:
        return StorageFull("There is no room left for what the file holds; nothing was changed")
    return error
