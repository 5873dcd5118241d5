"""The records of Apple Health's document.

Apple writes one element for each record; those of one type come together, devices mixed. `sourceName` is the
device. Times have the offset of the place where the file was made, so what tells records apart is instants.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2s
from math import fsum, isfinite, nan

from attrs import define, field, frozen

from mosaic_adapters.imports.counting import LeftOut
from mosaic_adapters.imports.nights import ASLEEP, AWAKE, IN_BED, Night, Piece, Pieces
from mosaic_adapters.imports.records import record_text, written
from mosaic_adapters.imports.walking import NO_STEPS, Walked
from mosaic_core.entries.csv_layout import quoted
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import FileRecord, Item, RecordSkip
from mosaic_core.texts import tidied
from mosaic_core.wearables.model import Origin
from mosaic_core.wearables.rows import HEART_RATE, SLEEP_SESSION, STEPS
from mosaic_core.wearables.times import SECOND, TimeReader

_APP = "AppleHealth"
_ROOT = "HealthData"
_AROUND = frozenset({"ExportDate", "Me"})
_DEEPEST = 32
_LARGEST = 1e12
"""No measure is larger."""

_LONGEST_NAME = 128
_REMEMBERED = 256
_NAMELESS = "unnamed"

_QUANTITY = "HKQuantityTypeIdentifier"
_STAGE = "HKCategoryValueSleepAnalysis"
_STAGES = {
    f"{_STAGE}InBed": IN_BED,
    f"{_STAGE}Asleep": ASLEEP,
    f"{_STAGE}AsleepUnspecified": ASLEEP,
    f"{_STAGE}AsleepCore": "light",
    f"{_STAGE}AsleepDeep": "deep",
    f"{_STAGE}AsleepREM": "rem",
    f"{_STAGE}Awake": AWAKE,
}
_COUNTS = {"count": 1.0}
_RATES = {"count/min": 1.0, "count/s": 60.0}
_METERS = {"m": 1.0, "km": 1_000.0, "cm": 0.01, "mi": 1_609.344, "yd": 0.9144, "ft": 0.3048}
_MILLISECONDS = {"ms": 1.0, "s": 1_000.0}

_BEAT = "InstantaneousBeatsPerMinute"
_NO_TIME = "endDate is not after startDate"

Attributes = Mapping[str, str]


@frozen
class _Source:
    """A device: where its records come from, and what tells its records from those of others."""

    origin: Origin
    mark: str


@frozen
class _Stretch:
    """A source's time from `start` to `end` as RFC 3339 writes them, from `begun` to `ended` as instants."""

    source: _Source
    start: str
    end: str
    begun: int
    ended: int


@define
class _Variability:
    """A record of variability: its rate is told by the beats that stand within it."""

    said: Attributes
    beats: list[str] = field(factory=list)


class AppleRecords:
    """Makes records of the elements of a document, which `started` and `ended` are told of."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._read_time = TimeReader().read
        self._source = lru_cache(_REMEMBERED)(self._source_named)
        self._depth = 0
        self._row = 0
        self._found: list[Item] = []
        self._left_out = LeftOut()
        self._walked = Walked()
        self._sleep: dict[_Source, Pieces] = {}
        self._variability: _Variability | None = None
        self._makers: Mapping[str, Callable[[Attributes], FileRecord | None]] = {
            f"{_QUANTITY}StepCount": self._steps,
            f"{_QUANTITY}DistanceWalkingRunning": self._distance,
            f"{_QUANTITY}HeartRate": self._heart_rate,
            f"{_QUANTITY}HeartRateVariabilitySDNN": self._begin_variability,
            "HKCategoryTypeIdentifierSleepAnalysis": self._piece_of_sleep,
        }

    def started(self, name: str, attributes: list[str]) -> None:
        """Take the beginning of an element."""
        self._depth += 1
        if self._depth == 2:
            self._row += 1
            if name == "Record":
                self._take(attributes)
            elif name not in _AROUND:
                self._left_out.count(name, self._row)
        elif self._depth > _DEEPEST or (self._depth == 1 and name != _ROOT):
            raise InvalidInput("The file is no export of Apple Health")
        elif name == _BEAT and self._variability is not None:
            self._variability.beats.append(_by_name(attributes).get("bpm", ""))

    def ended(self, _name: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        if self._variability is not None and self._depth == 1:
            self._keep(self._end_variability, self._variability.said)

    def found(self) -> Sequence[Item]:
        """Return what has come of the elements since the last time."""
        found, self._found = self._found, []
        return found

    def rest(self) -> Iterator[Item]:
        """Yield what only the whole document tells: sessions of sleep, and what was left out."""
        for source, pieces in self._sleep.items():
            for night in pieces.nights():
                yield FileRecord(0, source.origin, _night_text(night, source.mark), _ROOT)
        yield from self._left_out.skips(_ROOT)

    def _take(self, attributes: Sequence[str]) -> None:
        is_usual = attributes and attributes[0] == "type"  # as Apple writes it, the type first
        kind = attributes[1] if is_usual else _by_name(attributes).get("type", "")
        make = self._makers.get(kind)
        if make is None:
            self._left_out.count(kind, self._row)
        else:
            self._keep(make, _by_name(attributes))

    def _keep(self, make: Callable[[Attributes], FileRecord | None], said: Attributes) -> None:
        try:
            made = make(said)
        except KeyError as error:
            self._found.append(RecordSkip(self._row, f"it has no {error.args[0]}", part=_ROOT))
        except ValueError as error:
            self._found.append(RecordSkip(self._row, str(error), part=_ROOT))
        else:
            if made is not None:
                self._found.append(made)

    def _steps(self, said: Attributes) -> FileRecord:
        steps, stretch = round(_amount(said, _COUNTS)), self._stretch(said)
        self._walked.add(stretch.source.mark, stretch.begun, stretch.ended, steps)
        return self._record(stretch, "steps", {"steps": steps})

    def _distance(self, said: Attributes) -> FileRecord | None:
        """Return a record of the distance alone: Apple cuts time differently for it than for steps."""
        meters, stretch = round(_amount(said, _METERS), 2), self._stretch(said)
        if not self._walked.holds(stretch.source.mark, stretch.begun, stretch.ended):
            self._left_out.count(f"{said['type']} {NO_STEPS}", self._row)
            return None
        return self._record(stretch, "distance", {"steps": 0, "distance_m": meters})

    def _stretch(self, said: Attributes) -> _Stretch:
        (start, begun), (end, ended) = self._time(said, "startDate"), self._time(said, "endDate")
        return _Stretch(self._source(said["sourceName"]), start, end, begun, ended)

    def _record(self, stretch: _Stretch, name: str, fields: Mapping[str, object]) -> FileRecord:
        source = stretch.source
        key = f"apple-{name}-{stretch.begun}-{stretch.ended}-{source.mark}"
        text = record_text(STEPS, key, stretch.start, stretch.end, fields)
        return FileRecord(self._row, source.origin, text, _ROOT)

    def _heart_rate(self, said: Attributes) -> FileRecord:
        return self._sample(said, "hr", {"bpm": round(_amount(said, _RATES))})

    def _begin_variability(self, said: Attributes) -> None:
        self._variability = _Variability(said)

    def _end_variability(self, said: Attributes) -> FileRecord:
        beats = self._variability.beats if self._variability else []
        self._variability = None
        if not beats:
            raise ValueError("it has no beats, and so no rate")
        bpm = round(fsum(map(_number, beats)) / len(beats))
        fields = {"bpm": bpm, "variability_ms": _amount(said, _MILLISECONDS)}
        return self._sample(said, "hrv", fields)

    def _sample(self, said: Attributes, name: str, fields: Mapping[str, object]) -> FileRecord:
        source = self._source(said["sourceName"])
        start, begun = self._time(said, "startDate")
        key = f"apple-{name}-{begun}-{source.mark}"
        return FileRecord(self._row, source.origin, record_text(HEART_RATE, key, start, None, fields), _ROOT)

    def _piece_of_sleep(self, said: Attributes) -> None:
        source = self._source(said["sourceName"])
        _, begun = self._time(said, "startDate")
        _, ended = self._time(said, "endDate")
        stage = _STAGES.get(said["value"])
        if stage is None or ended <= begun:
            raise ValueError(f"{quoted(said['value'])} is no stage of sleep" if stage is None else _NO_TIME)
        if source not in self._sleep and len(self._sleep) == _REMEMBERED:
            raise ValueError(f"more than {_REMEMBERED} devices tell of sleep")
        self._sleep.setdefault(source, Pieces()).add(Piece(begun // SECOND, ended // SECOND, stage))

    def _time(self, said: Attributes, name: str) -> tuple[str, int]:
        """Return a time as RFC 3339 writes it, and its instant."""
        raw = said[name]
        text = f"{raw[:10]}T{raw[11:19]}{raw[20:23]}:{raw[23:]}"
        try:
            return text, self._read_time(text)[0]
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None

    def _source_named(self, name: str) -> _Source:
        device = tidied(name)[:_LONGEST_NAME] or _NAMELESS
        mark = blake2s(device.encode(), digest_size=4).hexdigest()
        return _Source(Origin(source_app=_APP, device_id=device, tz=self._zone), mark)


def _night_text(night: Night, mark: str) -> str:
    start, end = written(night.start * SECOND), written(night.end * SECOND)
    stages = [
        {"stage": one.stage, "start": written(one.start * SECOND), "end": written(one.end * SECOND)}
        for one in night.pieces
    ]
    fields = {"duration_seconds": night.seconds, "efficiency": night.efficiency, "stages": stages}
    return record_text(SLEEP_SESSION, f"apple-sleep-{night.start}-{night.end}-{mark}", start, end, fields)


def _by_name(attributes: Sequence[str]) -> dict[str, str]:
    return dict(zip(attributes[::2], attributes[1::2], strict=False))  # always as many of both


def _amount(said: Attributes, factors: Mapping[str, float]) -> float:
    """Return the value in the unit that Mosaic has."""
    unit = said["unit"]
    if unit not in factors:
        raise ValueError(f"its unit is {quoted(unit)}, not one of {', '.join(factors)}")
    return _number(said["value"]) * factors[unit]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise ValueError(f"{quoted(text)} is no number")
    if abs(number) > _LARGEST:
        raise ValueError(f"{quoted(text)} is larger than any measure")
    return number
