"""Values of wearables: batches and their reports, sources, raw records, and what a day amounts to."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar

from attrs import Attribute, field, frozen
from attrs.converters import optional as optional_converter
from attrs.validators import optional

from mosaic_core.texts import composed
from mosaic_core.validators import Validator, fail, line, obey, plain_date, some_of, text, whole, zone_name
from mosaic_core.wearables.records import RecordError

PHONE_APP = "HealthConnect"
"""The source app of batches that a phone's own client sends."""

MOST_PAYLOAD = 2**23
"""Characters: a page of raw records ends with the record that reaches it. Each may have a million."""

OVER_ALL = 0
"""Stands for all sources where an aggregate names its source."""


def some_records(_: object, attribute: "Attribute[Any]", value: Sequence[object]) -> None:
    """Require a record at least."""
    if not value:
        raise fail(attribute.name, "must have at least one record")


_zone: list[Validator] = [text(1, 128), zone_name]


@frozen(kw_only=True)
class Origin:
    """What sends records; their local times and days are those of the zone `tz`."""

    source_app: str = field(validator=text(1, 128))
    device_id: str = field(validator=text(1, 128))
    tz: str = field(validator=_zone)


@frozen(kw_only=True)
class Batch(Origin):
    """Records that a device sends, each a JSON text."""

    records: list[str] = field(validator=some_records, repr=False)

    @property
    def origin(self) -> Origin:
        """What sends them."""
        return Origin(source_app=self.source_app, device_id=self.device_id, tz=self.tz)


@frozen
class EtlReport:
    """What the pipeline did with new records, and which days it computed again."""

    processed: int = 0
    skipped: int = 0
    errors: Sequence[RecordError] = ()
    days: AbstractSet[dt.date] = frozenset()

    @property
    def aggregated(self) -> int:
        """Return how many days were computed again."""
        return len(self.days)


@frozen
class IngestReport:
    """What became of a batch.

    Of a batch, `refused` records were not kept and `etl.skipped` were kept, but could not be processed. Of
    each, the report names the first MOST_TOLD (see large.py).
    """

    accepted: int
    duplicates: int
    errors: Sequence[RecordError]
    etl: EtlReport
    refused: int


@frozen
class Source:
    """An app on a device of a user. The priority 0 is the highest rank; `records` counts what it sent."""

    id: int
    user_id: int
    source_app: str
    device_id: str
    display_name: str
    priority: int
    records: int
    last_synced_at: dt.datetime


@frozen(kw_only=True)
class SourceChange:
    """A change of a source; None leaves a field as it is. Raises InvalidInput if nothing changes."""

    priority: int | None = field(default=None, validator=optional(whole(0, 1_000_000)))
    display_name: str | None = field(
        default=None, converter=optional_converter(composed), validator=optional(line(0, 128))
    )

    RULES: ClassVar = (some_of("priority", "display_name"),)

    def __attrs_post_init__(self) -> None:
        obey(self)


@frozen
class HeartDay:
    """A day's samples: rates in beats per minute, and the mean variability in milliseconds."""

    least: int
    most: int
    average: float
    resting: int
    variability_ms: float | None


@frozen
class StepsDay:
    """A day's steps; distance and calories are None if no record has them."""

    steps: int
    distance_meters: float | None
    calories: float | None


@frozen
class SleepDay:
    """A day's sleep; the efficiency is in percent."""

    seconds: float
    sessions: int
    efficiency: float | None

    @property
    def minutes(self) -> float:
        """Return the minutes asleep, as an int if they are whole."""
        minutes = self.seconds / 60
        return int(minutes) if minutes.is_integer() else minutes


@frozen
class DailyAggregate:
    """What a day amounts to for one source or for all; a part is None if the day has no such record."""

    day: dt.date
    steps: StepsDay | None = None
    sleep: SleepDay | None = None
    heart: HeartDay | None = None


@frozen
class Totals:
    """Counts over all ingests of a user, and when the last one was."""

    accepted: int = 0
    duplicates: int = 0
    errors: int = 0
    last_run: dt.datetime | None = None


@frozen
class IngestError:
    """Why a record was not kept, or kept but not processed; `at` is when it was ingested.

    The dedupe key is None if the record has none that is a text.
    """

    dedupe_key: str | None
    reason: str
    at: dt.datetime


@frozen
class Summary:
    """A user's totals, newest errors and sources.

    `error_count` counts the records that were not kept, over all ingests. `errors` names the newest of those
    and of the records that were kept but not processed, newest first.
    """

    accepted: int
    duplicates: int
    error_count: int
    errors: Sequence[IngestError]
    last_run: dt.datetime | None
    sources: Sequence[Source]


@frozen
class StoredRecord:
    """A raw record as it is stored.

    `type` is the main name of its type, `at` its start in microseconds since 1970, `tz` the time zone of its
    batch, and `payload` the record as it came, in JSON.
    """

    id: int
    dedupe_key: str
    type: str
    status: str
    at: int
    tz: str
    received_at: dt.datetime
    payload: str


def page_end(records: Iterable[StoredRecord]) -> Sequence[StoredRecord]:
    """Return the records of a page up to the one with which their payloads reach MOST_PAYLOAD."""
    taken, size = [], 0
    for record in records:
        taken.append(record)
        size += len(record.payload)
        if size >= MOST_PAYLOAD:
            break
    return taken


@frozen
class RawRecord:
    """A record as it came, and its status: `processed`, `skipped` or `waiting`."""

    id: int
    dedupe_key: str
    type: str
    status: str
    collected_at_utc: dt.datetime
    received_at_utc: dt.datetime
    payload: Mapping[str, Any]


@frozen(kw_only=True)
class RawFilter:
    """Which raw records to list; None is no filter. `day` is the local day of the start."""

    type: str | None = None
    day: dt.date | None = field(default=None, validator=optional(plain_date))


@frozen
class ReprocessProgress:
    """How many of a user's raw records have been processed again, and how many there are."""

    done: int
    total: int
