"""Importing files in tests."""

import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.model import EntryFilter
from mosaic_core.imports.collecting import FileImport
from mosaic_core.imports.model import FileSummary, FileWanted
from mosaic_core.paging import Page

Told = tuple[str, str, float, str]
"""A day, an activity, a value and a note."""


def read(mosaic: Mosaic, caller: Caller, content: bytes, **wanted: Any) -> FileImport:  # noqa: ANN401  # of FileWanted
    return mosaic.files.read(caller, io.BytesIO(content), FileWanted(**wanted))


def brought_in(mosaic: Mosaic, caller: Caller, content: bytes, **wanted: Any) -> FileSummary:  # noqa: ANN401
    """Import a file as servers do: its records in parts, then the rest."""
    with closing(read(mosaic, caller, content, **wanted)) as file:
        for batch in file.batches:
            while part := batch.next_part():
                batch.took(mosaic.files.take(caller, file, batch, part))
        return mosaic.files.write(caller, file, "file")


def entries(mosaic: Mosaic, caller: Caller) -> Sequence[Told]:
    """Return the caller's entries, the oldest first."""
    page = mosaic.entries.page(caller, EntryFilter(), Page(None)).items
    return sorted((one.date.isoformat(), one.activity, one.value, one.note) for one in page)


def pauses(mosaic: Mosaic, caller: Caller) -> Sequence[tuple[str, str, str]]:
    """Return the caller's pauses: the activity, the first and the last day."""
    with mosaic.store.read() as unit:
        names = {one.id: one.name for one in unit.activities.owned(caller.user_id)}
        return [
            (names[one.activity_id or 0], one.from_.isoformat(), str(one.to))
            for one in unit.pauses.of(caller.user_id)
        ]


def everything(mosaic: Mosaic, caller: Caller) -> object:
    """Return all that an import can change."""
    with mosaic.store.read() as unit:
        return (
            entries(mosaic, caller),
            list(unit.activities.owned(caller.user_id)),
            list(unit.pauses.of(caller.user_id)),
            mosaic.wearables.sources(caller),
        )
