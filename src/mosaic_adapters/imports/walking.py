"""Distances that come with steps.

A record of steps covers its time: no steps of a source of lower rank count there. A distance is told by a
record of 0 steps, so it must cover no time that steps of its own source do not cover anyhow.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable

from attrs import define, field

from mosaic_adapters.imports.intervals import MOST_INTERVALS, Intervals
from mosaic_core.imports.collecting import MOST_SOURCES
from mosaic_core.wearables.contents import LONGEST_STEPS
from mosaic_core.wearables.fields import MOST
from mosaic_core.wearables.spans import Span

NO_STEPS = "without steps of the same source and time"
"""Said of the distances that are not taken."""


class _Cover:
    """Stretches of time in order, none of which touches another."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts, self._ends = array("q"), array("q")
        for start, end in spans:
            self._starts.append(start)
            self._ends.append(end)

    def holds(self, start: int, end: int) -> bool:
        """Return whether it covers all that time."""
        begun = bisect_right(self._starts, start)
        return begun > 0 and self._ends[begun - 1] >= max(end, start + 1)


@define(eq=False)
class Walked:
    """The time of which sources tell steps.

    Files tell all steps before the first distance. What comes later, and what is beyond the limits on
    sources and stretches, covers nothing here: distances of that time are not taken.
    """

    _told: dict[str, Intervals] = field(factory=dict)
    _covers: dict[str, _Cover] = field(factory=dict)
    _room: int = MOST_INTERVALS

    def add(self, source: str, start: int, end: int, steps: int) -> None:
        """Note a record of steps, if it is one that the pipeline takes and that lasts for some time."""
        is_known = source in self._told or len(self._told) < MOST_SOURCES
        if is_known and self._room and 0 <= steps <= MOST and 0 < end - start <= LONGEST_STEPS:
            told = self._told.setdefault(source, Intervals(0))
            before = len(told)
            told.add(start, end)
            self._room -= len(told) - before

    def holds(self, source: str, start: int, end: int) -> bool:
        """Return whether steps of the source cover all that time."""
        if source not in self._covers:
            if source not in self._told:
                return False
            self._covers[source] = _Cover(self._told[source])
        return self._covers[source].holds(start, end)
