"""Very many stretches of time, and which time they cover."""

from array import array
from collections.abc import Iterable, Iterator

from attrs import define, field

from mosaic_core.errors import InvalidInput
from mosaic_core.wearables.spans import Span

MOST_INTERVALS = 500_000
"""They take 8 MB, and three times as much when they are put in order. What touches is one, so that these are
many years."""


@define(eq=False)
class Intervals:
    """Stretches of time, as they come; one that comes within `gap` of the last one is joined to it."""

    _gap: int
    _starts: "array[int]" = field(factory=lambda: array("q"))
    _ends: "array[int]" = field(factory=lambda: array("q"))

    def add(self, start: int, end: int) -> None:
        """Take a stretch of time. Raises InvalidInput if there are too many."""
        if self._starts and start <= self._ends[-1] + self._gap and end >= self._starts[-1] - self._gap:
            self._starts[-1] = min(self._starts[-1], start)
            self._ends[-1] = max(self._ends[-1], end)
            return
        if len(self._starts) == MOST_INTERVALS:
            raise InvalidInput(f"The file has more than {MOST_INTERVALS} stretches of time of one kind")
        self._starts.append(start)
        self._ends.append(end)

    def __len__(self) -> int:
        """Return how many stretches are kept apart."""
        return len(self._starts)

    def __iter__(self) -> Iterator[Span]:
        """Yield what they cover, in order, without overlaps."""
        ordered = sorted(range(len(self._starts)), key=self._starts.__getitem__)
        return merged(((self._starts[at], self._ends[at]) for at in ordered), self._gap)


def merged(spans: Iterable[Span], gap: int = 0) -> Iterator[Span]:
    """Yield what spans, given by start, cover; those within `gap` of each other are joined."""
    begun: Span | None = None
    for start, end in spans:
        if begun is None:
            begun = start, end
        elif start <= begun[1] + gap:
            begun = begun[0], max(begun[1], end)
        else:
            yield begun
            begun = start, end
    if begun is not None:
        yield begun


def without(spans: Iterable[Span], others: Iterable[Span]) -> Iterator[Span]:
    """Yield what the spans cover and the others do not; both are in order and do not overlap."""
    rest = iter(others)
    other = next(rest, None)
    for start, end in spans:
        at = start
        while other is not None and other[0] < end:
            if other[0] > at:
                yield at, other[0]
            at = max(at, other[1])
            if other[1] > end:
                break
            other = next(rest, None)
        if at < end:
            yield at, end
