"""Which computing is known to be brief, so that it waits for no heavy work."""

import os
from typing import BinaryIO

from mosaic_core.lanes import Lane

_BYTES = 2**18
"""A thousand wearable records or ten thousand rows, which take some hundredths of a second to read. Where
everything in them is wrong it is half a second."""

_ROWS = 20_000
"""They are written in a tenth of a second."""


def lane_of_file(file: BinaryIO) -> Lane:
    """Return where to read an uploaded file, which is open at its beginning and stays so."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Lane.BRIEF if size <= _BYTES else Lane.HEAVY


def lane_of_rows(number: int) -> Lane:
    """Return where to write an export of so many rows."""
    return Lane.BRIEF if number <= _ROWS else Lane.HEAVY
