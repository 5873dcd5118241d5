"""Making what was written durable."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Make the content of the file, or the names in the folder, survive the loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
