"""Looking after the server over HTTP."""

import datetime as dt
from collections.abc import Mapping

from starlette.responses import Response

from mosaic_core.audit.model import AuditFilter
from mosaic_core.errors import InvalidQuery, MosaicError
from mosaic_http.call import Call, json_response
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation


async def root(call: Call) -> Response:
    """Say that Mosaic is there."""
    return json_response(encode({"message": "Mosaic is running", "version": call.services.version}))


async def healthz(call: Call) -> Response:
    """Tell whether the server can do its work."""
    db_ok = await _store_works(call)
    answers, failures = call.services.traffic.last_minute()
    body = {
        "uptime_s": round(call.services.traffic.uptime, 3),
        "db_ok": db_ok,
        "cache_ok": True,
        "req_per_min": answers,
        "error_rate": round(failures / answers, 4) if answers else 0.0,
        "last_metrics_update": call.services.traffic.last_update,
    }
    return Response(encode(body), 200 if db_ok else 503, None, "application/json")


async def activity_log(call: Call) -> Response:
    """Show the audit to an administrator."""
    wanted = AuditFilter(
        user_id=call.whole("user_id"),
        event_type=call.query.get("event_type"),
        level=call.query.get("level"),
        start=_instant(call, "start"),
        end=_instant(call, "end"),
    )
    page = call.page(100, 500)
    found = await call.mosaic.lanes.read(lambda: call.mosaic.audit.page(call.caller, wanted, page))
    return json_response(
        encode({"items": found.items, "total": found.total, "limit": page.limit, "offset": page.offset})
    )


async def _store_works(call: Call) -> bool:
    """Tell whether the store answers; it does not either when too much work waits before it."""
    try:
        await call.mosaic.lanes.heavy(call.mosaic.store.check)
    except MosaicError:
        return False
    return True


def _instant(call: Call, name: str) -> dt.datetime | None:
    """Return the instant that a parameter tells; a day means its beginning, no offset means UTC."""
    text = call.query.get(name)
    if text is None:
        return None
    try:
        instant = dt.datetime.fromisoformat(text)
        return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise InvalidQuery(f"{name} must be a timestamp", {"parameter": name}) from None


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/": {"GET": Operation(root, public=True)},
    "/healthz": {"GET": Operation(healthz, public=True)},
    "/logs/activity": {"GET": Operation(activity_log)},
}
