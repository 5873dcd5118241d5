"""Wearables over HTTP."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen
from starlette.responses import Response

from mosaic_core.errors import InvalidInput
from mosaic_core.idempotency.model import Answer
from mosaic_core.wearables.model import (
    PHONE_APP,
    Batch,
    RawFilter,
    Source,
    SourceChange,
    TrendWanted,
)
from mosaic_core.wearables.records import Reading
from mosaic_http.call import Call, answered, json_response, say
from mosaic_http.codec import encode, structure
from mosaic_http.endpoint import Operation
from mosaic_http.errors import BadRequest, InvalidJson


@frozen(kw_only=True)
class PhoneBatch:
    """The envelope of a phone's own client."""

    readings: list[str]


_RECORDS = frozenset({"records", "readings"})
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_records = msgspec.json.Decoder(list[msgspec.Raw]).decode


async def ingest(call: Call) -> Response:
    """Take a batch of records."""
    body = await call.body()
    lanes, wearables = call.mosaic.lanes, call.mosaic.wearables

    def read() -> tuple[Batch, Reading, bytes]:
        batch = _batch(call, _envelope(body))
        return batch, wearables.read(batch), _fingerprint(call, body)

    batch, reading, fingerprint = await lanes.heavy(read)

    def work() -> Answer:
        report = wearables.ingest(call.caller, batch, reading)
        return Answer(201 if report.accepted else 200, encode(report))

    return await call.write(work, fingerprint)


async def day(call: Call) -> Response:
    """Show a day."""
    asked = call.day()
    shown = await call.mosaic.lanes.read(lambda: call.mosaic.wearables.day(call.caller, asked))
    return json_response(encode(shown))


async def trends(call: Call) -> Response:
    """Show one metric of a row of days."""
    window = call.whole("window")
    wanted = TrendWanted(
        metric=call.query.get("metric", "steps"),
        window=7 if window is None else window,
        first=call.day("from"),
        last=call.day("to"),
    )
    shown = await call.mosaic.lanes.read(lambda: call.mosaic.wearables.trend(call.caller, wanted))
    return json_response(encode(shown))


async def list_sources(call: Call) -> Response:
    """Show the caller's sources."""
    sources = await call.mosaic.lanes.read(lambda: call.mosaic.wearables.sources(call.caller))
    return json_response(encode([_source(source) for source in sources]))


async def change_source(call: Call) -> Response:
    """Rename a source or change its rank."""
    change = await call.command(SourceChange)
    source_id = call.path_id()
    source = await call.mosaic.lanes.write(
        lambda: call.mosaic.wearables.change_source(call.caller, source_id, change)
    )
    return json_response(encode(_source(source)))


async def delete_source(call: Call) -> Response:
    """Delete a source and all its records."""
    source_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.wearables.delete_source(call.caller, source_id))
    return answered(say(f"Source {source_id} deleted"))


async def summary(call: Call) -> Response:
    """Show what became of the caller's ingests."""
    shown = await call.mosaic.lanes.read(lambda: call.mosaic.wearables.summary(call.caller))
    return json_response(
        encode(
            {
                "accepted": shown.accepted,
                "duplicates": shown.duplicates,
                "errors": shown.errors,
                "last_run": shown.last_run,
                "sources": [_source(source) for source in shown.sources],
            }
        )
    )


async def raw(call: Call) -> Response:
    """Show records as they came."""
    wanted = RawFilter(type=call.query.get("type"), day=call.day())
    page = call.page(100, 500)
    mosaic = call.mosaic
    shown = await mosaic.lanes.heavy(lambda: encode(mosaic.wearables.raw(call.caller, wanted, page)))
    return json_response(shown)


def _envelope(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body, its records as texts."""
    try:
        parts = _parts(body)
    except msgspec.ValidationError:
        raise InvalidJson("The body must be a JSON object") from None
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON") from None
    return {name: _value(name, part) for name, part in parts.items()}


def _value(name: str, part: msgspec.Raw) -> object:
    try:
        if name in _RECORDS and bytes(memoryview(part)[:1]) == b"[":
            return [str(record, "utf-8") for record in _records(part)]
        return msgspec.json.decode(part)
    except ValueError:
        raise BadRequest("The body is no JSON") from None


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


def _fingerprint(call: Call, body: bytes) -> bytes:
    """Return what tells this batch from others; a phone's device is part of it."""
    return hashlib.sha256(call.headers.get(b"x-device-id", b"") + b"\n" + body).digest()


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
    "/ingest/wearable/batch": {"POST": Operation(ingest, limit="wearable_ingest", upload=True)},
    "/wearable/day": {"GET": Operation(day)},
    "/wearable/trends": {"GET": Operation(trends)},
    "/wearable/sources": {"GET": Operation(list_sources)},
    "/wearable/sources/{id:int}": {"PATCH": Operation(change_source), "DELETE": Operation(delete_source)},
    "/wearable/summary": {"GET": Operation(summary)},
    "/wearable/raw": {"GET": Operation(raw)},
}
