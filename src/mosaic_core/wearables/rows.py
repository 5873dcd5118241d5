"""What the pipeline makes of records: canonical rows.

They are tuples, because there are very many of them. `start`, `end` and `at` are instants: whole microseconds
since 1970-01-01T00:00:00Z; intervals are half-open.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, NamedTuple, Self, TypeVar

from attrs import Factory, frozen

from mosaic_core.wearables.spans import Span, spans_by_day
from mosaic_core.wearables.times import DAY

STEPS = "steps"
HEART_RATE = "heart_rate"
SLEEP_SESSION = "sleep_session"
SLEEP_STAGE = "sleep_stage"

PROCESSED = "processed"
SKIPPED = "skipped"
WAITING = "waiting"

LONGEST_SLEEP = 31 * DAY
"""No session lasts longer, so that all that overlap a stretch of time are found without reading the rest."""


Made = TypeVar("Made", bound=tuple[Any, ...])


def maker(kind: type[Made]) -> Callable[[tuple[Any, ...]], Made]:
    """Return what makes a named tuple of all its fields, in half the time that its type takes."""
    return partial(tuple.__new__, kind)


class HeartRate(NamedTuple):
    """One sample."""

    at: int
    day: dt.date
    bpm: int
    variability_ms: float | None
    confidence: float | str | None


class StepPiece(NamedTuple):
    """What a steps record says of a stretch of time within one local day."""

    start: int
    end: int
    day: dt.date
    steps: int
    distance_m: float | None
    active_minutes: float | None
    calories: float | None

    @property
    def until(self) -> int:
        """Return the end of the time in which others may share its steps.

        A piece without length shares its instant, which counts as the microsecond that begins there.
        """
        return max(self.end, self.start + 1)


class SleepSession(NamedTuple):
    """One stretch of sleep. It belongs to the local `day` on which it ends."""

    start: int
    end: int
    day: dt.date
    dedupe_key: str
    seconds: float
    efficiency: float | None
    score: float | None
    sleep_type: str


class SleepStage(NamedTuple):
    """A part of the session whose record has the dedupe key `session_key`."""

    start: int
    end: int
    session_key: str
    stage: str
    dedupe_key: str


class Sleep(NamedTuple):
    """What a session's record says: the session and the stages that came with it."""

    session: SleepSession
    stages: Sequence[SleepStage]


class Steps(NamedTuple):
    """What a steps record says, piece by piece."""

    pieces: Sequence[StepPiece]


Content = HeartRate | Steps | Sleep | SleepStage


class Record(NamedTuple):
    """A well-formed record.

    `batch_index` is its index in the batch, `type` the main name of its type, `at` its start, `day` the local
    day of that, and `payload` the record as it came, in JSON. Without `content` it cannot be processed, for
    the `reason`.
    """

    batch_index: int
    dedupe_key: str
    type: str
    at: int
    day: dt.date
    payload: str
    content: Content | None
    reason: str = ""

    @property
    def status(self) -> str:
        """What becomes of the record at first; a stage waits until its session is found."""
        if self.content is None:
            return SKIPPED
        return WAITING if self.type == SLEEP_STAGE else PROCESSED


@frozen
class Touched:
    """The days whose canonical rows changed, by kind, and the time from the first to the last changed row."""

    heart: AbstractSet[dt.date] = frozenset()
    steps: Mapping[dt.date, Span] = Factory(dict)
    sleep: Mapping[dt.date, Span] = Factory(dict)

    @classmethod
    def by(
        cls, heart: Sequence[HeartRate], steps: Sequence[StepPiece], sleep: Sequence[SleepSession]
    ) -> Self:
        """Return what these rows touch."""
        return cls(
            frozenset([row.day for row in heart]),
            spans_by_day((row.day, (row.start, row.until)) for row in steps),
            spans_by_day((row.day, (row.start, row.end)) for row in sleep),
        )

    def and_also(self, other: "Touched") -> "Touched":
        """Return what either of the two touches."""
        return Touched(
            self.heart | other.heart,
            spans_by_day([*self.steps.items(), *other.steps.items()]),
            spans_by_day([*self.sleep.items(), *other.sleep.items()]),
        )
