"""From the canonical rows of a day to what the day amounts to.

Everything here depends on the set of rows alone, not on their order: sums of floats are exact before they are
rounded (`math.fsum`).
"""

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate
from math import fsum

from mosaic_core.wearables.model import HeartDay, SleepDay, StepsDay
from mosaic_core.wearables.rows import SleepSession, StepPiece
from mosaic_core.wearables.spans import Span

_RESTING = 20
"""The resting rate is the mean of one sample in so many, the lowest."""

Share = tuple[StepPiece, int, int]
"""A piece and how much of its length counts; a piece without length has the length 1."""


def heart_day(counts: Mapping[int, int], variabilities: Sequence[float]) -> HeartDay:
    """Return what samples amount to, given how many there are of each rate, and their variabilities.

    The resting rate is the rounded mean of the lowest `max(1, n // 20)` of n samples.
    """
    number = sum(counts.values())
    lowest = max(1, number // _RESTING)
    return HeartDay(
        least=min(counts),
        most=max(counts),
        average=sum(bpm * count for bpm, count in counts.items()) / number,
        resting=round(Fraction(_sum_of_lowest(counts, lowest), lowest)),
        variability_ms=_mean(variabilities),
    )


def sleep_day(sessions: Sequence[SleepSession]) -> SleepDay:
    """Return what sessions that do not overlap amount to.

    The efficiency is the mean over the sessions that have one; if none has, it is the mean of their scores.
    """
    efficiencies = [one.efficiency for one in sessions if one.efficiency is not None]
    scores = [one.score for one in sessions if one.score is not None]
    return SleepDay(
        seconds=fsum(one.seconds for one in sessions),
        sessions=len(sessions),
        efficiency=_mean(efficiencies or scores),
    )


def counted(sessions: Iterable[tuple[int, SleepSession]]) -> list[SleepSession]:
    """Return the sessions that count; each is given with the rank of its source (0 is the highest).

    Of sessions that overlap, the one of the highest rank counts, then the longer, then the earlier: they are
    taken greedily in that order.
    """
    ordered = sorted(
        sessions, key=lambda one: (one[0], one[1].start - one[1].end, one[1].start, one[1].dedupe_key)
    )
    taken: list[Span] = []
    chosen = []
    for _, session in ordered:
        begun = bisect_right(taken, (session.start, session.start))
        is_free_before = begun == 0 or taken[begun - 1][1] <= session.start
        if is_free_before and (begun == len(taken) or taken[begun][0] >= session.end):
            taken.insert(begun, (session.start, session.end))
            chosen.append(session)
    return chosen


def steps_day(shares: Sequence[Share]) -> StepsDay:
    """Return what the shares amount to; distance and calories are None if no piece has them."""
    return StepsDay(
        steps=round(fsum(_part(piece.steps, free, length) for piece, free, length in shares)),
        distance_meters=_sum_told([(piece.distance_m, free, length) for piece, free, length in shares]),
        calories=_sum_told([(piece.calories, free, length) for piece, free, length in shares]),
    )


def whole(pieces: Iterable[StepPiece]) -> list[Share]:
    """Return the pieces as shares, each of which counts wholly."""
    return [(piece, 1, 1) for piece in pieces]


def shares_by_day(by_rank: Iterable[Sequence[StepPiece]]) -> dict[dt.date, list[Share]]:
    """Return by day what counts of the pieces of several sources, given from the highest rank to the lowest.

    Time that a higher source covers is its own: of a lower one counts, in proportion, what no higher one
    covers. A piece without length counts wholly, unless a higher source covers its instant or has one without
    length at the same instant.
    """
    shares: defaultdict[dt.date, list[Share]] = defaultdict(list)
    higher: list[Span] = []
    for pieces in by_rank:
        cover = _Cover(higher)
        for piece in pieces:
            shares[piece.day].append((piece, *cover.free(piece.start, piece.end)))
        higher.extend((piece.start, piece.end) for piece in pieces)
    return shares


class _Cover:
    """The union of intervals. One without length covers only another one without length at its instant."""

    def __init__(self, intervals: Iterable[Span]) -> None:
        self._instants: set[int] = set()
        merged: list[list[int]] = []
        for start, end in sorted(intervals):
            if start == end:
                self._instants.add(start)
            if merged and start <= merged[-1][1]:
                merged[-1][1] = max(merged[-1][1], end)
            elif start < end:
                merged.append([start, end])
        self._starts = [start for start, _ in merged]
        self._ends = [end for _, end in merged]
        self._sums = [0, *accumulate(end - start for start, end in merged)]

    def free(self, start: int, end: int) -> tuple[int, int]:
        """Return how much of the interval is not covered, and its length.

        The length of an interval without length is taken as 1, all of which is covered or not.
        """
        if start == end:
            begun = bisect_right(self._starts, start)
            is_covered = start in self._instants or (begun > 0 and self._ends[begun - 1] > start)
            return int(not is_covered), 1
        return end - start - self._until(end) + self._until(start), end - start

    def _until(self, instant: int) -> int:
        """Return how much is covered before the instant."""
        begun = bisect_right(self._starts, instant)
        if begun == 0:
            return 0
        return self._sums[begun] - max(0, self._ends[begun - 1] - instant)


def _sum_of_lowest(counts: Mapping[int, int], number: int) -> int:
    total = 0
    for bpm in sorted(counts):
        taken = min(number, counts[bpm])
        total += bpm * taken
        number -= taken
    return total


def _sum_told(values: Sequence[tuple[float | None, int, int]]) -> float | None:
    told = [_part(value, free, length) for value, free, length in values if value is not None]
    return fsum(told) if told else None


def _part(value: float, free: int, length: int) -> float:
    return value if free == length else value * free / length


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def added(counts: Iterable[Mapping[int, int]]) -> Counter[int]:
    """Return how many samples there are of each rate in all."""
    total: Counter[int] = Counter()
    for one in counts:
        total.update(one)
    return total
