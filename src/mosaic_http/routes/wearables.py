"""Wearables over HTTP."""

from collections.abc import Mapping
from functools import partial
from typing import Any, BinaryIO

from attrs import frozen

from mosaic_core.errors import InvalidInput, ServiceUnavailable, StorageFull
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.wearables.large import StagedBatch
from mosaic_core.wearables.model import (
    PHONE_APP,
    Batch,
    IngestReport,
    RawFilter,
    Source,
    SourceChange,
)
from mosaic_core.wearables.records import Reading
from mosaic_core.wearables.trends import TrendWanted
from mosaic_http.answers import listed, say, show
from mosaic_http.batches import outline, records_from
from mosaic_http.bodies import json_file
from mosaic_http.brief import is_much_text, lane_of_file
from mosaic_http.call import Call
from mosaic_http.codec import encode, structure
from mosaic_http.endpoint import Operation
from mosaic_http.replays import kept_answer, most_listed


@frozen(kw_only=True)
class PhoneBatch:
    """The envelope of a phone's own client."""

    readings: list[str]


_UNREAD = [""]
"""Stands for the records of a large batch, which are read from the file."""


async def read_batch(call: Call) -> tuple[Batch, Reading] | StagedBatch:
    """Return the batch in the body and what it says; of a large one, the end is left to ingest."""
    async with json_file(call, call.headers.get(b"x-device-id", b"") + b"\n") as file:
        lane = lane_of_file(file)
        read = await call.run(lane, partial(_read, call, file))
    call.writes_much = isinstance(read, StagedBatch) or is_much_text(read[0].records)
    if isinstance(read, StagedBatch):
        call.cleanups.append(read.close)
        try:
            if await call.run(Lane.READ, partial(kept_answer, call)) is None:
                await _take_parts(call, read, lane)
        except BaseException:
            read.close()
            raise
    return read


def ingest(call: Call, read: tuple[Batch, Reading] | StagedBatch) -> Answer:
    """Take a batch of records."""
    wearables = call.mosaic.wearables
    if isinstance(read, StagedBatch):
        report = wearables.end_ingest(call.caller, read)
    else:
        report = wearables.ingest(call.caller, *read)
    return Answer(201 if report.accepted else 200, encode(_report(report, most_listed(call))))


def day(call: Call) -> Answer:
    """Show a day."""
    return show(call.mosaic.wearables.day(call.caller, call.query.day()))


def trends(call: Call) -> Answer:
    """Show one metric of a row of days."""
    query = call.query
    window = query.whole("window")
    wanted = TrendWanted(
        metric=query.text("metric") or "steps",
        window=7 if window is None else window,
        first=query.day("from"),
        last=query.day("to"),
    )
    return show(call.mosaic.wearables.trend(call.caller, wanted))


def _lane_of_trends(call: Call) -> Lane:
    """Return where to read a trend: a window of one's own may be ten years long."""
    return Lane.READ if call.query.text("from") is None else Lane.LONG_READ


def list_sources(call: Call) -> Answer:
    """Show the caller's sources."""
    return show([_source(source) for source in call.mosaic.wearables.sources(call.caller)])


def change_source(call: Call, change: SourceChange) -> Answer:
    """Rename a source or change its rank."""
    return show(_source(call.mosaic.wearables.change_source(call.caller, call.path_id(), change)))


def delete_source(call: Call) -> Answer:
    """Delete a source and all its records."""
    source_id = call.path_id()
    call.mosaic.wearables.delete_source(call.caller, source_id)
    return say(f"Source {source_id} deleted")


def summary(call: Call) -> Answer:
    """Show what became of the caller's ingests."""
    shown = call.mosaic.wearables.summary(call.caller)
    return show(
        {
            "accepted": shown.accepted,
            "duplicates": shown.duplicates,
            "error_count": shown.error_count,
            "errors": shown.errors,
            "last_run": shown.last_run,
            "sources": [_source(source) for source in shown.sources],
        }
    )


def raw(call: Call) -> Answer:
    """Show records as they came, each made JSON by itself: it may be long. The type `all` is no filter."""
    kind = call.query.text("type")
    wanted = RawFilter(type=None if kind == "all" else kind, day=call.query.day())
    records = call.mosaic.wearables.raw(call.caller, wanted, call.query.page(100, 500))
    return Answer(200, b"[" + b",".join([encode(record) for record in records]) + b"]")


def _read(call: Call, file: BinaryIO) -> tuple[Batch, Reading] | StagedBatch:
    """Return the batch and what it says, or, if it is too large for one transaction, the batch staged."""
    pause = call.services.pace.breathe
    found = outline(file, pause)
    large = {name: start for name, start in found.starts.items() if name not in found.texts}
    around = {**found.members, **found.texts, **dict.fromkeys(large, _UNREAD)}
    batch = _batch(call, around)
    if not large:
        return batch, call.mosaic.wearables.read(batch)
    (start,) = large.values()  # with two lists there would be no batch
    return call.mosaic.wearables.stage(batch, records_from(file, start, pause), pause)


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


def _batch(call: Call, body: dict[str, Any]) -> Batch:
    if "readings" not in body:
        return structure(body, Batch)
    said = structure(body, PhoneBatch)
    device = call.headers.get(b"x-device-id")
    if device is None:
        raise InvalidInput("Missing required field(s): X-Device-Id", {"fields": ["X-Device-Id"]})
    return Batch(
        source_app=PHONE_APP,
        device_id=device.decode("latin-1"),
        tz=call.caller.timezone,
        records=said.readings,
    )


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


def _source(source: Source) -> dict[str, object]:
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
        "POST": Operation(ingest, lane=Lane.WRITE, prepare=read_batch, limit="wearable_ingest", upload=True),
    },
    "/wearable/day": {"GET": Operation(day, lane=Lane.READ)},
    "/wearable/trends": {"GET": Operation(trends, lane=_lane_of_trends)},
    "/wearable/sources": {"GET": Operation(list_sources, lane=Lane.READ)},
    "/wearable/sources/{id:int}": {
        "PATCH": Operation(change_source, lane=Lane.WRITE, takes=SourceChange),
        "DELETE": Operation(delete_source, lane=Lane.WRITE),
    },
    "/wearable/summary": {"GET": Operation(summary, lane=Lane.READ)},
    "/wearable/raw": {"GET": Operation(raw, lane=Lane.LONG_READ)},
}
