"""Looking after the server over HTTP."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypedDict

from starlette.responses import Response

from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.caller import require_admin
from mosaic_core.errors import Forbidden
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import ADMIN
from mosaic_http.answers import show
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.health import Found
from mosaic_http.operation import JSON, TOTAL, Header, Operation, Reply
from mosaic_http.parameters import instant, paging, text, whole
from mosaic_http.recent_events import MOST, LogEvent

_PAGE = paging(100, 500)
_NEWEST = paging(MOST, MOST).limit
_USER = whole("user_id", "Only events of this user", None, 1)
_EVENT = text("event_type", "Only events of this type", "auth.login", also=("type", "event"))
_LEVEL = text("level", "Only events of this level", "info")
_START = instant("start", "Only events from then on", also=("from", "since", "start_date"))
_END = instant("end", "Only events before then", also=("to", "until", "end_date"))


_BY_ACCEPT = {"Vary": "Accept"}
_VARY = Header("Vary", "What the answer depends on", {"type": "string"}, "Accept")
_PLACE = Header("Location", "Where the web page is", {"type": "string"}, "app")


class Running(TypedDict):
    """Mosaic is there."""

    message: str
    version: str


class HealthTold(TypedDict):
    """How well the server does its work; the last two are of the last minute."""

    uptime_s: float
    db_ok: bool
    cache_ok: bool
    req_per_min: int
    error_rate: float
    last_metrics_update: dt.datetime | None


class AuditPage(TypedDict):
    """A page of the audit, and how many events there are in all."""

    items: Sequence[AuditEvent]
    total: int
    limit: int | None
    offset: int


class RuntimeLog(TypedDict):
    """The newest log events."""

    logs: Sequence[LogEvent]
    limit: int


def root(call: Call) -> Response:
    """Say that Mosaic is there.

    Whoever takes HTML, as browsers do, is led to the web page.
    """
    if b"text/html" in call.headers.get(b"accept", b""):
        root_path = call.services.settings.root_path
        place = {"Location": f"{root_path}/app" if root_path else "app"}
        return Response("The web page is at /app", 303, {**_BY_ACCEPT, **place}, "text/plain")
    told: Running = {"message": "Mosaic is running", "version": call.services.version}
    return Response(encode(told), media_type=JSON, headers=_BY_ACCEPT)


async def check(call: Call) -> Found:
    """Return whether the store and the cache are well."""
    return await call.services.health.look()


def healthz(call: Call, found: Found) -> Answer:
    """Show whether the server can do its work.

    The status is 503 where it cannot. `cache_ok` is also false while a Valkey that servers share gives no
    answer; that costs time, and so the status stays 200.
    """
    answers, failures = call.services.traffic.last_minute()
    told: HealthTold = {
        "uptime_s": round(call.services.traffic.uptime, 3),
        "db_ok": found.db_ok,
        "cache_ok": found.cache_ok,
        "req_per_min": answers,
        "error_rate": round(failures / answers, 4) if answers else 0.0,
        "last_metrics_update": call.services.traffic.last_update,
    }
    return Answer(200 if found.is_well else 503, encode(told))


def activity_log(call: Call) -> Answer:
    """Show the audit to an administrator.

    The newest event comes first; `start` is included, `end` is not.
    """
    query = call.query
    wanted = AuditFilter(
        user_id=query.get(_USER),
        event_type=query.get(_EVENT),
        level=query.get(_LEVEL),
        start=query.get(_START),
        end=query.get(_END),
    )
    page = query.page(_PAGE)
    found = call.mosaic.audit.page(call.caller, wanted, page)
    told: AuditPage = {
        "items": found.items,
        "total": found.total,
        "limit": page.limit,
        "offset": page.offset,
    }
    call.total = found.total
    return show(told)


def runtime_log(call: Call) -> Answer:
    """Show the newest log events to an administrator.

    They are of all workers of the server, newest first. A request's event names the id that its answer had as
    `X-Request-ID`.
    """
    require_admin(call.caller)
    limit = call.query.get(_NEWEST) or MOST
    told: RuntimeLog = {"logs": call.services.newest_events(limit), "limit": limit}
    return show(told)


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/": {
        "GET": Operation(
            root,
            lane=None,
            public=True,
            answers={
                200: Reply(Running, headers=(_VARY,)),
                303: Reply(str, "To the web page", media=("text/plain",), headers=(_PLACE, _VARY)),
            },
        ),
    },
    "/healthz": {
        "GET": Operation(
            healthz,
            lane=None,
            prepare=check,
            public=True,
            answers={
                200: Reply(HealthTold, "All is well"),
                503: Reply(HealthTold, "The store or the cache cannot be used"),
            },
        ),
    },
    "/logs/activity": {
        "GET": Operation(
            activity_log,
            lane=Lane.LONG_READ,
            scope=ADMIN,
            query=(_USER, _EVENT, _LEVEL, _START, _END, _PAGE),
            answers={200: Reply(AuditPage, headers=(TOTAL,))},
            errors=(Forbidden,),
        ),
    },
    "/logs/runtime": {
        "GET": Operation(
            runtime_log,
            lane=Lane.BRIEF,
            scope=ADMIN,
            query=(_NEWEST,),
            answers={200: Reply(RuntimeLog)},
            errors=(Forbidden,),
        ),
    },
}
