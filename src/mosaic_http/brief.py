"""Which computing is known to be brief, so that it waits for no heavy work."""

import os
from collections.abc import Iterable
from itertools import accumulate
from typing import BinaryIO

from mosaic_core.lanes import Lane

_BYTES = 2**18
"""A thousand wearable records or ten thousand rows, which take some hundredths of a second to read. Where
everything in them is wrong it is half a second."""

_ROWS = 20_000
"""They are written in a tenth of a second."""

_ROWS_AT_ONCE = 500
_CHARACTERS_AT_ONCE = 2**16
"""So many rows, or wearable records of so many characters, are written in some hundredths of a second."""


def is_much(rows: int) -> bool:
    """Return whether to write so many rows takes long."""
    return rows > _ROWS_AT_ONCE


def is_much_text(records: Iterable[str]) -> bool:
    """Return whether to write these wearable records takes long."""
    return any(size > _CHARACTERS_AT_ONCE for size in accumulate(map(len, records)))


def lane_of_file(file: BinaryIO) -> Lane:
    """Return where to read an uploaded file, which is open at its beginning and stays so."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Lane.BRIEF if size <= _BYTES else Lane.HEAVY


def lane_of_rows(number: int) -> Lane:
    """Return where to write an export of so many rows."""
    return Lane.BRIEF if number <= _ROWS else Lane.HEAVY
