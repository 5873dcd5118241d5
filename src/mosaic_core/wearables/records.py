"""Reading the records of a batch: which are well-formed, and what they say.

A record with a bad envelope, time or order is an error and is not kept. A record whose fields are wrong, or
whose type is unknown, is kept without content, so that a later version can process it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from mosaic_core.wearables.contents import LONGEST_KEY, Envelope, content, instant
from mosaic_core.wearables.fields import text
from mosaic_core.wearables.rows import HEART_RATE, SLEEP_SESSION, SLEEP_STAGE, STEPS, HeartRate, Record, maker
from mosaic_core.wearables.zones import LocalCalendar

_TYPES = {
    "steps": STEPS,
    "step_count": STEPS,
    "heart_rate": HEART_RATE,
    "hr": HEART_RATE,
    "sleep_session": SLEEP_SESSION,
    "sleep": SLEEP_SESSION,
    "sleep_stage": SLEEP_STAGE,
    "sleep_segment": SLEEP_STAGE,
}
"""The names of each type, and the main one of them."""

_SLEEP = frozenset({SLEEP_SESSION, SLEEP_STAGE})

Decode = Callable[[str], Any]
"""Returns what a JSON text says; raises ValueError, with a message for a person, if it is not JSON."""

LONGEST_RECORD = 2**20
"""Characters of a record. A night with as many stages as are taken has less than half."""

_LONGEST_TYPE = 64
_TOO_LONG = f"a record must not have more than {LONGEST_RECORD} characters"
_REQUIRED = ("type", "start", "fields", "dedupe_key")
_OPTIONAL = "end"
_LONGEST_TOLD_KEY = 2 * LONGEST_KEY
_CONTENT = Record._fields.index("content")
_TEXTS = [*map(Record._fields.index, ("dedupe_key", "payload"))]
_NUL = "\0"
"""Stands in no key and no JSON text."""

_record = maker(Record)
_heart_rate = maker(HeartRate)
_envelope_of = maker(Envelope)


@frozen
class RecordError:
    """Why the record at an index of its batch was not kept, or not processed."""

    index: int
    dedupe_key: str | None
    reason: str


@frozen
class Reading:
    """The well-formed records of a batch, in its order, and the errors.

    It is pickled by columns: to hand ten thousand records to another process takes half the time so.
    """

    records: Sequence[Record]
    errors: Sequence[RecordError]

    def __reduce__(self) -> tuple[Any, ...]:
        return _from_columns, (_columns(self.records), self.errors)

    def processable(self) -> "Reading":
        """Return the same with errors in place of the records that cannot be processed."""
        refused = [
            RecordError(one.batch_index, one.dedupe_key, one.reason)
            for one in self.records
            if one.content is None
        ]
        if not refused:
            return self
        errors = sorted([*self.errors, *refused], key=lambda one: one.index)
        return Reading([one for one in self.records if one.content is not None], errors)


def _columns(records: Sequence[Record]) -> list[Any]:
    """Return each field of all records, in the form that takes the least time to pickle.

    Long texts are joined; heart rates, which are most contents, are plain tuples.
    """
    columns: list[Any] = [*zip(*records, strict=True)]
    if columns:
        for place in _TEXTS:
            columns[place] = _NUL.join(columns[place])
        columns[_CONTENT] = [tuple(one) if type(one) is HeartRate else one for one in columns[_CONTENT]]
    return columns


def _from_columns(columns: list[Any], errors: Sequence[RecordError]) -> Reading:
    if columns:
        for place in _TEXTS:
            columns[place] = columns[place].split(_NUL)
        columns[_CONTENT] = [_heart_rate(one) if type(one) is tuple else one for one in columns[_CONTENT]]
    return Reading([*map(_record, zip(*columns, strict=True))], errors)


def main_name(kind: str) -> str:
    """Return the main name of a type; an unknown type has its own name only."""
    return _TYPES.get(kind, kind)


def read_records(texts: Iterable[str], zone_name: str, decode: Decode) -> Reading:
    """Read the records of a batch, each a JSON text; local times and days are those of the zone."""
    return RecordReader(zone_name, decode).read(texts)


class RecordReader:
    """Reads the records of a batch, all at once or some at a time."""

    def __init__(self, zone_name: str, decode: Decode) -> None:
        self._calendar = LocalCalendar(zone_name)
        self._decode = decode

    def read(self, texts: Iterable[str], first: int = 0) -> Reading:
        """Read records, the first of which has that index in its batch.

        A text beyond LONGEST_RECORD is not decoded; it may be cut anywhere behind that.
        """
        good: list[Record] = []
        errors = []
        for index, payload in enumerate(texts, first):
            record: object = None
            try:
                if len(payload) > LONGEST_RECORD:
                    raise ValueError(_TOO_LONG)  # noqa: TRY301  # its index is noted below
                record = self._decode(payload)
                good.append(self._read(index, payload, record))
            except ValueError as error:
                errors.append(RecordError(index, _key_of(record), str(error)))
        return Reading(good, errors)

    def _read(self, index: int, payload: str, record: object) -> Record:
        if not isinstance(record, dict):
            raise ValueError("a record must be an object")
        kind, key, fields = _envelope(record)
        start = instant("start", record["start"], self._calendar)
        end = _end(kind, record, start, self._calendar)
        day = self._calendar.day(start)
        said, reason = None, ""
        try:
            said = content(kind, fields, _envelope_of((start, end, day, key, self._calendar)))
        except ValueError as error:
            reason = str(error)
        return _record((index, key, kind, start, day, payload, said, reason))


def _envelope(record: Mapping[str, Any]) -> tuple[str, str, Mapping[str, Any]]:
    """Return the main name of the type, the dedupe key and the fields."""
    try:
        kind, key, fields = record["type"], record["dedupe_key"], record["fields"]
        known = len(_REQUIRED) + (_OPTIONAL in record)
        record["start"]
    except KeyError:
        missing = [name for name in _REQUIRED if name not in record]
        raise ValueError(f"Missing required field(s): {', '.join(missing)}") from None
    if len(record) != known:
        unknown = sorted(record.keys() - {*_REQUIRED, _OPTIONAL})
        raise ValueError(f"Extra inputs are not permitted: {', '.join(unknown)}"[:200])
    if not isinstance(fields, dict):
        raise ValueError("fields must be an object")
    known_kind = _TYPES.get(kind) if isinstance(kind, str) else None
    return known_kind or text("type", kind, _LONGEST_TYPE), text("dedupe_key", key, LONGEST_KEY), fields


def _end(kind: str, record: Mapping[str, Any], start: int, calendar: LocalCalendar) -> int:
    """Return the end; where none is told, it is the start, unless the type requires one."""
    told = record.get(_OPTIONAL)
    is_sleep = kind in _SLEEP
    if told is None:
        if is_sleep:
            raise ValueError(f"Missing required field(s): {_OPTIONAL}")
        return start
    end = instant("end", told, calendar)
    if end < start:
        raise ValueError("end must not be before start")
    if is_sleep and end == start:
        raise ValueError("end must be after start")
    return end


def _key_of(record: object) -> str | None:
    """Return the key, of one that is too long its beginning: an error tells it, and answers are kept."""
    key = record.get("dedupe_key") if isinstance(record, dict) else None
    return key[:_LONGEST_TOLD_KEY] if isinstance(key, str) else None
