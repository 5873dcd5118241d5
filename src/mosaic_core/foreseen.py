"""Days summed up before they are written, so that other writers need not wait for it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter

from attrs import frozen

from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.entries.model import PositiveEntry
from mosaic_core.entries.ports import EntryRepository, StagedRow
from mosaic_core.stats.model import DaySummary
from mosaic_core.stats.summary import summarise

_DAYS_AT_ONCE = 400
_DAYS_IN_MEMORY = 100
"""The rows of so many days are held at once: with a hundred activities, 4 MiB."""

Summaries = Mapping[dt.date, DaySummary | None]
"""What days amount to: None without positive entries."""


@frozen
class Foreseen:
    """What days without positive entries will amount to once they get the staged ones.

    That holds as long as the activities say the same and the days stay as they were.
    """

    summaries: Summaries
    activities: Mapping[str, Activity]

    def holding(self, owner: int, activities: Mapping[str, Activity], entries: EntryRepository) -> Summaries:
        """Return the summaries that still hold; `entries` are those before the staged ones are written."""
        if _snapshots(activities) != _snapshots(self.activities):
            return {}
        days = sorted(self.summaries)
        chunks = (days[start : start + _DAYS_AT_ONCE] for start in range(0, len(days), _DAYS_AT_ONCE))
        return {day: self.summaries[day] for chunk in chunks for day in _empty(owner, chunk, entries)}


def foresee(
    rows: Iterable[StagedRow], owner: int, activities: Mapping[str, Activity], entries: EntryRepository
) -> Foreseen:
    """Sum up the days of staged rows, which come in the order of their days.

    `activities` has the activity of each by its name key. A row without a value leaves an entry's as it is,
    so nothing is foreseen of its day.
    """
    summaries: dict[dt.date, DaySummary | None] = {}
    by_day = ((day, list(said)) for day, said in groupby(rows, itemgetter(0)))
    while chunk := dict(islice(by_day, _DAYS_IN_MEMORY)):
        for day in _empty(owner, sorted(chunk), entries):
            if all(value is not None for _, _, value, _ in chunk[day]):
                summaries[day] = summarise(day, _positive(chunk[day], activities))
        chunk.clear()  # before the next rows are read
    return Foreseen(summaries, activities)


def _empty(owner: int, days: Sequence[dt.date], entries: EntryRepository) -> list[dt.date]:
    """Return the days without a positive entry of the owner."""
    found = entries.positive(owner, days)
    return [day for day in days if not found.get(day)]


def _positive(rows: Iterable[StagedRow], activities: Mapping[str, Activity]) -> Iterable[PositiveEntry]:
    for _, key, value, _ in rows:
        activity = activities[key]
        if activity.activity_type == POSITIVE and value is not None:
            yield activity.category, activity.name, value, activity.goal


def _snapshots(activities: Mapping[str, Activity]) -> dict[str, tuple[str, str, str, float]]:
    """Return what an entry's summary takes from each activity."""
    return {key: (one.name, one.category, one.activity_type, one.goal) for key, one in activities.items()}
