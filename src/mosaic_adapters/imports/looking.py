"""Looking at a file: enough of it to tell whose it is."""

import csv
import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import BinaryIO

from mosaic_adapters.imports import archives, databases
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.named_files import named
from mosaic_core.entries.csv_layout import CsvLayout
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.ports import JSON, SQLITE, TEXT, XML, ZIP, Breathe, Sample

_HEAD = 2**16
_KEYS_WITHIN = 2**21
"""The members of a JSON object are known as far as its first bytes go."""

_MOST_KEYS = 200

_COLUMNS = (
    "date", "activity", "value", "note", "dataset", "name", "habitname", "habitdescription", "habitcategory",
    "calendardate", "commenttext", "task name", "task id", "task type",
)  # fmt: skip
"""By these the header of a table tells what separates its cells."""


def looked_at(stream: BinaryIO, breathe: Breathe, stack: ExitStack) -> tuple[BinaryIO, Sample]:
    """Return a stream of what the file says, and its sample; the stack holds what that takes.

    Raises InvalidInput if it is a database or an archive that is damaged, or may be hostile.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    if head.startswith(databases.MAGIC):
        path = stack.enter_context(named(stream, breathe))
        with databases.opened(path, breathe) as found:
            sample = Sample(SQLITE, tables=found.tables)
        return stack.enter_context(path.open("rb")), sample
    if head.startswith(archives.MAGICS):
        with archives.opened(stream) as archive:
            sample = Sample(ZIP, members=archive.members)
        return stream, sample
    sample = _of_text(head, stream, breathe)
    stream.seek(0)
    return stream, sample


def _of_text(head: bytes, stream: BinaryIO, breathe: Breathe) -> Sample:
    text = _decoded(head)
    first = text.lstrip()[:1]
    if first and first in "{[":
        stream.seek(0)
        beginning = io.BytesIO(stream.read(_KEYS_WITHIN))
        return Sample(JSON, text, keys=frozenset(islice(_keys(JsonStream(beginning, breathe)), _MOST_KEYS)))
    if first == "<":
        return Sample(XML, text)
    return Sample(TEXT, text, header=_header(text))


def _decoded(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    return head.decode(encoding, "replace")


def _keys(json: JsonStream) -> Iterator[str]:
    """Yield the names of the members of an object, or of the first in a list, as far as they can be read."""
    try:
        if json.next() == "{":
            yield from json.members()
            return
        for _ in json.elements():
            if json.next() == "{":
                yield from json.members()
            return
    except InvalidInput:
        return  # it is read again, from the beginning


def _header(text: str) -> tuple[str, ...]:
    """Return the cells of the first row that is not blank, in lower case."""
    try:
        for _, cells in CsvLayout(text.splitlines(keepends=True)[:100], _COLUMNS).rows():
            if any(map(str.strip, cells)):
                return tuple(cell.strip().casefold() for cell in cells)
    except (InvalidInput, csv.Error):
        pass  # whoever reads it says so
    return ()
