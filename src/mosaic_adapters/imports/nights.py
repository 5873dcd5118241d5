"""Pieces of sleep, each a record of its own, become sessions with their stages."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from attrs import define, field

from mosaic_core.wearables.contents import MOST_STAGES

MOST_PIECES = 500_000
"""Of one device: forty a night for thirty years, which take 9 MB while the file is read."""

_GAP = 3_600
"""Who is awake for longer, in seconds, sleeps a second time."""

_LONGEST = 86_400

IN_BED, ASLEEP, AWAKE = "in_bed", "asleep", "awake"
STAGES = (IN_BED, ASLEEP, "light", "deep", "rem", AWAKE)
_NOT_ASLEEP = frozenset({IN_BED, AWAKE})


class Piece(NamedTuple):
    """A stretch of time, in seconds since 1970, in one stage."""

    start: int
    end: int
    stage: str


@define(eq=False)
class Pieces:
    """The pieces that a device recorded, in any order: one at least, before it is asked for nights."""

    _starts: "array[int]" = field(factory=lambda: array("q"))
    _ends: "array[int]" = field(factory=lambda: array("q"))
    _stages: "array[int]" = field(factory=lambda: array("b"))

    def add(self, piece: Piece) -> None:
        """Keep a piece. Raises ValueError, with a message for a person, if there are too many."""
        if len(self._starts) == MOST_PIECES:
            raise ValueError(f"there are more than {MOST_PIECES} pieces of sleep")
        self._starts.append(piece.start)
        self._ends.append(piece.end)
        self._stages.append(STAGES.index(piece.stage))

    def nights(self) -> Iterator["Night"]:
        """Yield the sessions, the earliest first: pieces without a long gap between them belong together."""
        night: list[Piece] = []
        until = 0
        for piece in self._in_order():
            is_far = piece.start > until + _GAP or piece.end - night[0].start > _LONGEST if night else False
            if is_far or len(night) == MOST_STAGES:
                yield Night(night)
                night = []
            until = max(until, piece.end) if night else piece.end
            night.append(piece)
        yield Night(night)

    def _in_order(self) -> Iterator[Piece]:
        starts, ends, stages = self._starts, self._ends, self._stages
        for at in sorted(range(len(starts)), key=lambda at: (starts[at], ends[at], stages[at])):
            yield Piece(starts[at], ends[at], STAGES[stages[at]])


class Night(NamedTuple):
    """Pieces of one session, by start."""

    pieces: Sequence[Piece]

    @property
    def start(self) -> int:
        """Return when the first piece starts."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Return when the last piece ends."""
        return max(piece.end for piece in self.pieces)

    @property
    def seconds(self) -> int:
        """Return for how long somebody slept, or, where nothing tells that, lay in bed."""
        asleep = _covered(piece for piece in self.pieces if piece.stage not in _NOT_ASLEEP)
        return asleep or _covered(piece for piece in self.pieces if piece.stage == IN_BED)

    @property
    def efficiency(self) -> float | None:
        """Return how much of the time, in percent, was sleep; None if nothing tells when it was not."""
        stages = {piece.stage for piece in self.pieces}
        if not stages & _NOT_ASLEEP or stages <= _NOT_ASLEEP:
            return None
        return round(100 * self.seconds / _covered(self.pieces), 1)


def _covered(pieces: Iterable[Piece]) -> int:
    """Return how many seconds the pieces, given by start, cover together."""
    total, until = 0, 0
    for piece in pieces:
        total += max(0, piece.end - max(piece.start, until))
        until = max(until, piece.end)
    return total
