"""Folders for tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_MEMORY = "/dev/shm"  # noqa: S108  # TemporaryDirectory makes names in it that nobody can foresee


@contextmanager
def a_folder() -> Iterator[Path]:
    """Give a folder in memory, where the system has such a place: disks are slower."""
    with TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as name:
        yield Path(name)
