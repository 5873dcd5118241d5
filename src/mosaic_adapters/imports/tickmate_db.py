"""Tickmate's database: a SQLite file."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from mosaic_adapters.imports.databases import ForeignDatabase, database_in
from mosaic_adapters.imports.values import day, fitted, name_text, shown, whole
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileEntry, FileSkip, Item
from mosaic_core.imports.ports import SQLITE, FileReader, Sample, TrackerFile

_TRACKS = "tracks"
_TICKS = "ticks"
_LONGEST_DESCRIPTION = 180

_Place = tuple[object, object, object]
"""The day of a tick as the table has it: year, month from 0, day."""


@frozen
class _Track:
    name: str
    ticks: dict[_Place, tuple[int, int]]
    """By day the row of the first tick, and how many there are."""


class Tickmate(FileReader):
    """Reads tracks and ticks. Several ticks of a day are one entry."""

    format = "tickmate-db"
    about = "Tickmate, its database"
    kinds = (SQLITE,)

    def recognises(self, sample: Sample) -> bool:
        """Return whether there are the tables of Tickmate."""
        return sample.has_table(_TRACKS, "_id", "name") and sample.has_table(
            _TICKS, "_track_id", "year", "month", "day"
        )

    def items(self, file: TrackerFile) -> Iterator[Item]:
        """Yield the tracks, then what the ticks of each day amount to."""
        with database_in(file) as database:
            tracks: dict[object, _Track] = {}
            yield from _listed(database, tracks)
            yield from _counted(database, tracks)
            for track in tracks.values():
                yield from _entries(track)


def _listed(database: ForeignDatabase, tracks: dict[object, _Track]) -> Iterator[Item]:
    for row, said in database.rows(_TRACKS, "_id", "name", "description", "enabled"):
        try:
            activity = _activity(row, said)
        except InvalidInput as error:
            yield FileSkip(row, "", "", error.message, _TRACKS)
            continue
        tracks[said.get("_id")] = _Track(activity.name, {})
        yield activity


def _activity(row: int, said: Mapping[str, Any]) -> FileActivity:
    cells = ActivityCells(
        description=fitted(said.get("description"), _LONGEST_DESCRIPTION),
        active=0 if said.get("enabled", 1) in {0, "0"} else 1,
    )
    return FileActivity(row, name_text("name", said.get("name")), cells, _TRACKS)


def _counted(database: ForeignDatabase, tracks: Mapping[object, _Track]) -> Iterator[Item]:
    """Count the ticks; yield those that belong to no track."""
    for row, said in database.rows(_TICKS, "_track_id", "year", "month", "day"):
        track = tracks.get(said.get("_track_id"))
        if track is None:
            yield FileSkip(row, "", "", f"there is no track {shown(said.get('_track_id'))}", _TICKS)
            continue
        place = said.get("year"), said.get("month"), said.get("day")
        first, number = track.ticks.get(place, (row, 0))
        track.ticks[place] = first, number + 1


def _entries(track: _Track) -> Iterator[Item]:
    for (year, month, day_), (row, number) in track.ticks.items():
        try:
            date = day("day", year, whole("month", month) + 1, day_)
            yield FileEntry(row, date, track.name, float(number), part=_TICKS)
        except InvalidInput as error:
            told = f"{year}-{month}-{day_}"
            yield FileSkip(row, shown(told), track.name, error.message, _TICKS)
