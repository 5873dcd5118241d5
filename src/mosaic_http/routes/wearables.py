"""Wearables over HTTP."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict

from mosaic_core.errors import NotFound, ServiceUnavailable, StorageFull
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import INGEST
from mosaic_core.wearables.large import StagedBatch
from mosaic_core.wearables.model import (
    Batch,
    IngestError,
    IngestReport,
    RawFilter,
    RawRecord,
    Source,
    SourceChange,
)
from mosaic_core.wearables.pictures import DayPicture
from mosaic_core.wearables.records import RecordError
from mosaic_core.wearables.trends import METRICS, WINDOWS, Trend, TrendWanted
from mosaic_http import heavy, parameters
from mosaic_http.answers import Message, listed, say, show, show_all
from mosaic_http.bodies import json_file
from mosaic_http.brief import is_much_text, lane_of_file
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.heavy import PhoneBatch, ReadBatch
from mosaic_http.operation import TOTAL, JsonFile, Operation, Reply
from mosaic_http.parameters import Parameter, choice, paging, text, whole
from mosaic_http.replays import kept_answer, most_listed

_DAY = parameters.day()
_METRIC = choice("metric", "What to show of each day", *METRICS)
_WINDOW = whole("window", "How many days, the last of which is the caller's today", 7, 30, choices=WINDOWS)
_FROM = parameters.day("from", "The first day of another window", also=("start", "start_date", "since"))
_TO = parameters.day("to", "Its last day", also=("end", "end_date", "until"))
_TYPE = text("type", "Only records of this type; `all` is no filter", "steps", also=("metric",))
_RAW_DAY = parameters.day("date", "Only records that start on this local day", also=("day",))
_PAGE = paging(100, 500)
_DEVICE = Parameter[str | None](
    "X-Device-Id",
    "Which device sends `readings`",
    str,
    None,
    {"type": "string"},
    "pixel-9",
)


class Record(TypedDict):
    """Something measured: `fields` says what, as the `type` wants it.

    - `steps`: `steps`, and if known `distance_m`, `calories`, `active_minutes`; at most two days long
    - `heart_rate`: `bpm`, and if known `variability_ms`, `confidence`
    - `sleep_session`: `efficiency`, `score`, `duration_seconds`, `sleep_type`, `stages`, all if known
    - `sleep_stage`: `session_dedupe_key`, `stage`

    The `dedupe_key`, 1 to 255 characters, tells the record from all others of its person. A time without an
    offset is local time.
    """

    type: str
    start: str
    end: NotRequired[str]
    fields: Mapping[str, Any]
    dedupe_key: str


class EtlTold(TypedDict):
    """What was made of the new records; `aggregated` counts the days that were computed again."""

    processed: int
    skipped: int
    errors: Sequence[RecordError]
    aggregated: int


class IngestTold(TypedDict):
    """What became of a batch. Where the list of errors is cut, `error_count` tells how many there are."""

    accepted: int
    duplicates: int
    errors: Sequence[RecordError]
    etl: EtlTold
    error_count: NotRequired[int]


class SourceTold(TypedDict):
    """An app on a device. The priority 0 is the highest rank; `records` counts what it sent."""

    id: int
    source_app: str
    device_id: str
    display_name: str
    priority: int
    records: int
    last_synced_at: dt.datetime


class SummaryTold(TypedDict):
    """What became of all ingests: totals, the newest errors, and the sources."""

    accepted: int
    duplicates: int
    error_count: int
    errors: Sequence[IngestError]
    last_run: dt.datetime | None
    sources: list[SourceTold]


async def read_batch(call: Call) -> ReadBatch:
    """Return the batch in the body and what it says; of a large one, the end is left to ingest."""
    async with json_file(call, call.headers.get(b"x-device-id", b"") + b"\n") as file:
        lane = lane_of_file(file)
        asked = (call.caller, call.header(_DEVICE))
        read = await call.read(lane, heavy.read_batch, file, *asked)
    call.writes_much = isinstance(read, StagedBatch) or is_much_text(one.payload for one in read[1].records)
    if isinstance(read, StagedBatch):
        call.cleanups.append(read.close)
        try:
            if await call.run(Lane.READ, partial(kept_answer, call)) is None:
                await _take_parts(call, read, lane)
        except BaseException:
            read.close()
            raise
    return read


def ingest(call: Call, read: ReadBatch) -> Answer:
    """Take a batch of records.

    A record with a bad envelope is not kept, and told in `errors`; one with wrong fields is kept, but not
    processed, and told in `etl.errors`. Neither spoils the others. A record whose `dedupe_key` was used
    before is a duplicate. A phone sends `readings`, with its `X-Device-Id`, in place of all other fields.
    """
    wearables = call.mosaic.wearables
    if isinstance(read, StagedBatch):
        report = wearables.end_ingest(call.caller, read)
    else:
        report = wearables.ingest(call.caller, *read)
    return Answer(201 if report.accepted else 200, encode(_report(report, most_listed(call))))


def day(call: Call) -> Answer:
    """Show a day.

    On an empty day, steps, minutes asleep and sessions are 0, everything else is null.
    """
    return show(call.mosaic.wearables.day(call.caller, call.query.get(_DAY)))


def trends(call: Call) -> Answer:
    """Show one metric of a row of days.

    The oldest day comes first. The average is over the days that have a value. `from` and `to` are given
    together, and are the window in place of `window`.
    """
    query = call.query
    wanted = TrendWanted(
        metric=query.get(_METRIC),
        window=query.get(_WINDOW),
        first=query.get(_FROM),
        last=query.get(_TO),
    )
    return show(call.mosaic.wearables.trend(call.caller, wanted))


def _lane_of_trends(call: Call) -> Lane:
    """Return where to read a trend: a window of one's own may be ten years long."""
    return Lane.READ if call.query.get(_FROM) is None else Lane.LONG_READ


def list_sources(call: Call) -> Answer:
    """Show the caller's sources.

    The highest rank comes first.
    """
    return show_all(call, [_source(source) for source in call.mosaic.wearables.sources(call.caller)])


def change_source(call: Call, change: SourceChange) -> Answer:
    """Rename a source or change its rank.

    The days that this touches are computed again.
    """
    return show(_source(call.mosaic.wearables.change_source(call.caller, call.path_id(), change)))


def delete_source(call: Call) -> Answer:
    """Delete a source and all its records.

    The days that this touches are computed again.
    """
    source_id = call.path_id()
    call.mosaic.wearables.delete_source(call.caller, source_id)
    return say(f"Source {source_id} deleted")


def summary(call: Call) -> Answer:
    """Show what became of the caller's ingests."""
    shown = call.mosaic.wearables.summary(call.caller)
    told: SummaryTold = {
        "accepted": shown.accepted,
        "duplicates": shown.duplicates,
        "error_count": shown.error_count,
        "errors": shown.errors,
        "last_run": shown.last_run,
        "sources": [_source(source) for source in shown.sources],
    }
    return show(told)


def raw(call: Call) -> Answer:
    """Show records as they came.

    The newest comes first. The status of each is `processed`, `skipped` or `waiting`. A page ends early, with
    the record that makes 8 MiB of them; the next one has an `offset` behind that.
    """
    query = call.query
    kind = query.get(_TYPE)
    wanted = RawFilter(type=None if kind == "all" else kind, day=query.get(_RAW_DAY))
    records = call.mosaic.wearables.raw(call.caller, wanted, query.page(_PAGE))
    call.total = records.total
    # Each is made JSON by itself: it may be long.
    return Answer(200, b"[" + b",".join([encode(record) for record in records.items]) + b"]")


async def _take_parts(call: Call, batch: StagedBatch, lane: Lane) -> None:
    """Ingest a large batch, part by part: other writes go in between."""
    try:
        while part := await call.run(lane, batch.next_part):
            store = partial(call.mosaic.wearables.ingest_part, call.caller, batch, part)
            batch.took(await call.run(Lane.WRITE, store))
    except (StorageFull, ServiceUnavailable) as error:
        kept = batch.report().accepted
        raise type(error)(
            f"The batch broke off after {kept} records; send it again", error.details
        ) from error


def _report(report: IngestReport, most: int | None) -> dict[str, object]:
    """Return what is told of a batch. Where the list of errors is cut, their number is told too."""
    etl = report.etl
    errors, left_out = listed(report.errors, most)
    told: dict[str, object] = {
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "errors": errors,
        "etl": {
            "processed": etl.processed,
            "skipped": etl.skipped,
            "errors": listed(etl.errors, most)[0],
            "aggregated": etl.aggregated,
        },
    }
    if left_out or report.refused > len(report.errors):
        told["error_count"] = report.refused
    return told


def _source(source: Source) -> SourceTold:
    return {
        "id": source.id,
        "source_app": source.source_app,
        "device_id": source.device_id,
        "display_name": source.display_name,
        "priority": source.priority,
        "records": source.records,
        "last_synced_at": source.last_synced_at,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/ingest/wearable/batch": {
        "POST": Operation(
            ingest,
            lane=Lane.WRITE,
            prepare=read_batch,
            body=JsonFile(Batch | PhoneBatch, {"records": Record, "readings": Record}),
            scope=INGEST,
            headers=(_DEVICE,),
            limit="wearable_ingest",
            upload=True,
            answers={
                201: Reply(IngestTold, "A record was new"),
                200: Reply(IngestTold, "No record was new"),
            },
        ),
    },
    "/wearable/day": {
        "GET": Operation(day, lane=Lane.READ, query=(_DAY,), answers={200: Reply(DayPicture)}),
    },
    "/wearable/trends": {
        "GET": Operation(
            trends,
            lane=_lane_of_trends,
            query=(_METRIC, _WINDOW, _FROM, _TO),
            answers={200: Reply(Trend)},
        ),
    },
    "/wearable/sources": {
        "GET": Operation(
            list_sources, lane=Lane.READ, answers={200: Reply(list[SourceTold], headers=(TOTAL,))}
        ),
    },
    "/wearable/sources/{id:int}": {
        "PATCH": Operation(
            change_source,
            lane=Lane.WRITE,
            takes=SourceChange,
            answers={200: Reply(SourceTold)},
            errors=(NotFound,),
        ),
        "DELETE": Operation(
            delete_source, lane=Lane.WRITE, answers={200: Reply(Message)}, errors=(NotFound,)
        ),
    },
    "/wearable/summary": {
        "GET": Operation(summary, lane=Lane.READ, answers={200: Reply(SummaryTold)}),
    },
    "/wearable/raw": {
        "GET": Operation(
            raw,
            lane=Lane.LONG_READ,
            query=(_TYPE, _RAW_DAY, _PAGE),
            answers={200: Reply(list[RawRecord], headers=(TOTAL,))},
        ),
    },
}
