"""Files that are needed no more."""

from contextlib import suppress
from typing import IO


def discard(file: IO[bytes]) -> None:
    """Close a file that nobody will read.

    What was written last may still wait to go to a full disk, and closing tries that once more. The file is
    closed all the same, and that there is no room has been told already, or concerns nobody.
    """
    with suppress(OSError):
        file.close()
