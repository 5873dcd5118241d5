"""Looking after the server over HTTP."""

from collections.abc import Mapping

from mosaic_core.audit.model import AuditFilter
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import ADMIN
from mosaic_http.answers import show
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation


def root(call: Call) -> Answer:
    """Say that Mosaic is there."""
    return show({"message": "Mosaic is running", "version": call.services.version})


async def check_store(call: Call) -> bool:
    """Return whether the store answers."""
    return await call.services.health.store_answers()


def healthz(call: Call, db_ok: bool) -> Answer:  # noqa: FBT001  # what was checked
    """Show whether the server can do its work."""
    answers, failures = call.services.traffic.last_minute()
    body = {
        "uptime_s": round(call.services.traffic.uptime, 3),
        "db_ok": db_ok,
        "cache_ok": True,
        "req_per_min": answers,
        "error_rate": round(failures / answers, 4) if answers else 0.0,
        "last_metrics_update": call.services.traffic.last_update,
    }
    return Answer(200 if db_ok else 503, encode(body))


def activity_log(call: Call) -> Answer:
    """Show the audit to an administrator."""
    query = call.query
    wanted = AuditFilter(
        user_id=query.whole("user_id"),
        event_type=query.text("event_type"),
        level=query.text("level"),
        start=query.instant("start"),
        end=query.instant("end"),
    )
    page = query.page(100, 500)
    found = call.mosaic.audit.page(call.caller, wanted, page)
    return show({"items": found.items, "total": found.total, "limit": page.limit, "offset": page.offset})


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/": {"GET": Operation(root, lane=None, public=True)},
    "/healthz": {"GET": Operation(healthz, lane=None, prepare=check_store, public=True)},
    "/logs/activity": {"GET": Operation(activity_log, lane=Lane.LONG_READ, scope=ADMIN)},
}
