"""How a CSV file is laid out: what separates its cells, and where its rows begin."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain

from mosaic_core.errors import InvalidInput

SEPARATORS = (",", ";", "\t")

LONGEST_ROW = 2**18
"""Rows of more characters are no rows of a table: without a bound, a quote that is never closed would bring
the rest of a large file into memory, and a row of commas would keep the interpreter from everybody else."""

SAVE_AS = 'save the file as "CSV UTF-8" and import it again'
"""What to do about most files that cannot be read, in the words of spreadsheets."""

_BLANK = " \t\r\n,;"


class CsvLayout:
    r"""A file's separator and its rows, read as they are wanted.

    The separator is recognized from the header, the first line that is not blank: it is the one that parts
    most of the known names. A first line `sep=;` names it instead. Lines keep their ends; a byte-order mark
    may stand first. Raises InvalidInput, which names the line, if `sep=` names another character.
    """

    def __init__(self, lines: Iterable[str], names: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._begun = 1
        self._size = 0
        first = next(self._lines, "").removeprefix("\ufeff")
        named = _named_separator(first)
        if named is not None:
            first = "\n"  # still counts as a line
        header = self._header(first)
        self.separator = named or _separator(header, frozenset(names))
        self._lines = chain((header,), self._lines)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row's first line, counted from 1, and its cells.

        Raises InvalidInput, which names the line, where the text cannot be taken apart into rows.
        """
        before = self._begun - 1
        row = begun = self._begun
        # An empty line behind the last makes an empty row, unless an open quoted cell swallows it.
        reader = csv.reader(chain(self._bounded(), ("",)), delimiter=self.separator)
        closed = True
        try:
            for cells in reader:
                closed = not cells
                yield row, cells
                begun, row = row, before + reader.line_num + 1
                self._begun, self._size = row, 0
        except csv.Error as error:
            raise useless(row, f"the row that begins here is no CSV: {error}") from error
        if not closed:
            raise useless(begun, "a quoted cell in the row that begins here is never closed", "close it")

    def _header(self, first: str) -> str:
        """Return the first line that is not blank, "" if there is none; count those before it."""
        for line in chain((first,), self._lines):
            if line.replace('""', "").strip(_BLANK):
                return line
            self._begun += 1
        self._begun = 1
        return ""

    def _bounded(self) -> Iterator[str]:
        for line in self._lines:
            self._size += len(line)
            if self._size > LONGEST_ROW:
                raise useless(self._begun, f"the row that begins here has more than {LONGEST_ROW} characters")
            yield line


def useless(row: int, found: str, advice: str = SAVE_AS) -> InvalidInput:
    """Return the error for a file that cannot be read from the line on: what was found, and what to do."""
    return InvalidInput(f"Line {row}: {found}; {advice}", {"row": row})


def shown(cell: str, most: int = 40) -> str:
    """Return the cell as it may be shown: cut where it is long, without control characters."""
    cut = cell if len(cell) <= most else f"{cell[: most - 1]}\u2026"
    return cut if cut.isprintable() else "".join([one if one.isprintable() else "?" for one in cut])


def quoted(cell: str) -> str:
    """Return the cell as a message quotes it."""
    return f'"{shown(cell)}"'


def _named_separator(line: str) -> str | None:
    """Return the separator that a line such as `sep=;` names, or None if it is another line."""
    text = line.rstrip("\r\n").replace('"', "")
    if not text.lstrip(" ").lower().startswith("sep="):
        return None
    separator = text.partition("=")[2].strip(" ")
    if separator not in SEPARATORS:
        raise useless(1, "sep= names none of comma, semicolon and tab, which may separate cells")
    return separator


def _separator(header: str, names: frozenset[str]) -> str:
    def found(separator: str) -> int:
        return len({cell.strip().strip('"').strip().casefold() for cell in header.split(separator)} & names)

    return max(SEPARATORS, key=found)
