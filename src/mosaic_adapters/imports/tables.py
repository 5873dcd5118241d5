"""Tables in text files: rows as dictionaries, by the names in the header."""

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, BinaryIO, cast

from mosaic_adapters.text_lines import lines
from mosaic_core.entries.csv_layout import CsvLayout
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.ports import Breathe


def raw_rows(stream: IO[bytes], names: Sequence[str], breathe: Breathe) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table that are not blank, each with the line on which it begins.

    The names tell what separates the cells. Raises InvalidInput where the text cannot be read. The stream is
    closed at the end.
    """
    for row, cells in CsvLayout(lines(stream, breathe), [name.casefold() for name in names]).rows():
        if any(map(str.strip, cells)):
            yield row, cells


def named_rows(
    stream: IO[bytes], needed: Sequence[str], names: Sequence[str], breathe: Breathe
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows below the header, as `raw_rows` does, by those of the names that the header has.

    A row that is too short has "" there. Raises InvalidInput if the header lacks a name that is needed.
    """
    rows = raw_rows(stream, (*needed, *names), breathe)
    _, header = next(rows, (1, []))
    there = [cell.strip().casefold() for cell in header]
    missing = [name for name in needed if name.casefold() not in there]
    if missing:
        raise InvalidInput(f"Line 1: the header lacks {', '.join(missing)}")
    known = [name for name in (*needed, *names) if name.casefold() in there]
    position = {name: there.index(name.casefold()) for name in known}
    for row, cells in rows:
        yield row, {name: cells[at] if at < len(cells) else "" for name, at in position.items()}


def kept_open(stream: BinaryIO) -> BinaryIO:
    """Return the stream as one that stays open when it is closed, to be read again."""
    return cast("BinaryIO", _KeptOpen(stream))


class _KeptOpen:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def close(self) -> None:
        """Leave it open."""
