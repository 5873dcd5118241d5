"""The ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Match, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mosaic_adapters.allocator import Collector, Releaser
from mosaic_adapters.release import VERSION
from mosaic_adapters.settings import Settings
from mosaic_core.app import Mosaic
from mosaic_core.errors import NotFound
from mosaic_http.addresses import trusted
from mosaic_http.audit_rows import AuditRows
from mosaic_http.codec import encode
from mosaic_http.endpoint import Endpoint
from mosaic_http.errors import BadRequest, error_response
from mosaic_http.guard import Guard, RequestLog
from mosaic_http.health import Health
from mosaic_http.helpers import Helpers
from mosaic_http.limits import RateLimiter
from mosaic_http.metrics.gathered import gathering
from mosaic_http.metrics.outlook import Outlooks
from mosaic_http.openapi.document import document
from mosaic_http.operation import Operation
from mosaic_http.pacing import Pace
from mosaic_http.published import MadeOnce
from mosaic_http.recent_events import NewestEvents
from mosaic_http.regular import regular_work
from mosaic_http.routes import (
    accounts,
    activities,
    agenda,
    backups,
    documentation,
    entries,
    exports,
    imports,
    metrics,
    operations,
    pauses,
    rules,
    sessions,
    stats,
    streams,
    tokens,
    wearables,
    web_page,
    webhooks,
)
from mosaic_http.services import Services
from mosaic_http.shared_memory import NUMBERS_BYTES, SharedMemory
from mosaic_http.traffic import Traffic

PATHS: Mapping[str, Mapping[str, Operation]] = {
    **entries.PATHS,
    **agenda.PATHS,
    **stats.PATHS,
    **activities.PATHS,
    **pauses.PATHS,
    **rules.PATHS,
    **accounts.PATHS,
    **sessions.PATHS,
    **tokens.PATHS,
    **webhooks.PATHS,
    **exports.PATHS,
    **imports.PATHS,
    **wearables.PATHS,
    **backups.PATHS,
    **streams.PATHS,
    **operations.PATHS,
    **metrics.PATHS,
    **documentation.PATHS,
    **web_page.PATHS,
}
"""Every path and its methods, those asked most often first."""

_ALLOWED_HEADERS = (
    "Content-Type",
    "Authorization",
    "X-CSRF-Token",
    "X-API-Key",
    "X-Idempotency-Key",
    "Idempotency-Key",
    "X-Overwrite-Existing",
    "X-Device-Id",
    "X-Request-ID",
)
_EXPOSED_HEADERS = (
    "Content-Disposition",
    "X-Request-ID",
    "X-Limit",
    "X-Offset",
    "X-Total-Entries",
    "X-Total-Activities",
    "X-Total-Count",
    "Retry-After",
    "Idempotency-Replayed",
)


def create_app(
    mosaic: Mosaic,
    settings: Settings,
    log: RequestLog,
    at_end: Callable[[], None] = lambda: None,
    newest_events: NewestEvents = lambda _: [],
    numbers: SharedMemory | None = None,
    *,
    helper_command: Sequence[str] | None = None,
) -> ASGIApp:
    """Return the application; when its lifespan ends, it closes the `mosaic` and calls `at_end`.

    `newest_events` tells administrators what was logged lately. `numbers` is where the workers of one server
    count. Heavy work is done by helpers, if there is a command that starts one, else by threads.
    """
    limiter = RateLimiter(settings.rate_limits, mosaic.clock, mosaic.commons)
    numbers = numbers or SharedMemory.make(1, NUMBERS_BYTES)
    traffic = Traffic(mosaic.clock, PATHS, numbers, gathering(mosaic, limiter))
    pace = Pace()
    helpers = Helpers(mosaic, pace.breathe, helper_command)
    services = Services(
        mosaic=mosaic,
        settings=settings,
        limiter=limiter,
        traffic=traffic,
        health=Health(mosaic),
        outlooks=Outlooks(mosaic),
        audit_rows=AuditRows(mosaic.lanes, mosaic.sessions.audit),
        openapi=MadeOnce(lambda: encode(document(PATHS, VERSION))),
        newest_events=newest_events,
        version=VERSION,
        helpers=helpers,
        own_help=Helpers(mosaic, pace.breathe),
        pace=pace,
    )

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        beats = (traffic.beat, Collector().look, Releaser().look)
        try:
            async with regular_work(mosaic, beats=beats), helpers.tended():
                yield
        finally:
            await mosaic.streams.close()
            await mosaic.commons.leave()
            traffic.beat()
            await asyncio.to_thread(mosaic.close)  # meanwhile, those that waited too long are told so
            at_end()

    endpoints = {path: Endpoint(path, services, operations) for path, operations in PATHS.items()}
    router = Router(
        routes=[_Route(path, endpoint) for path, endpoint in endpoints.items() if "{" in path],
        default=_unknown_path,
        middleware=[
            Middleware(Guard, log=log, traffic=traffic, body_timeout=settings.body_timeout),
            Middleware(
                _Cors,
                allow_origins=settings.cors_origins,
                allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
                allow_headers=_ALLOWED_HEADERS,
                expose_headers=_EXPOSED_HEADERS,
                allow_credentials=True,
            ),
            Middleware(
                _PlainPaths, endpoints={path: one for path, one in endpoints.items() if "{" not in path}
            ),
        ],
        lifespan=lifespan,
    )
    router.redirect_slashes = False
    app: ASGIApp = _Below(router, settings.root_path) if settings.root_path else router
    if not settings.trusted_proxies:
        return app
    return ProxyHeadersMiddleware(app, trusted(settings.trusted_proxies))  # type: ignore[arg-type, return-value]


class _Below:
    """Takes the root path off the paths of requests, which some proxies do and others do not."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == self._root_path or path.startswith(f"{self._root_path}/"):
            scope["path"] = path.removeprefix(self._root_path) or "/"
        await self._app(scope, receive, send)


class _Cors(CORSMiddleware):
    """Starlette's, but out of the way of requests without an origin, and refusing in the one shape."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:  # type: ignore[override]
        if scope["type"] == "http" and b"origin" in dict(scope["headers"]):
            scope.pop("extensions", None)  # headers are added to an answer that begins in the usual way
            return super().__call__(scope, receive, send)
        return self.app(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        refusal = error_response(BadRequest("This origin, method or header is not allowed"))
        refusal.headers["Vary"] = "Origin"
        return refusal


class _PlainPaths:
    """Looks up paths without parameters; the rest is left to the router, which tries one after the other."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, Endpoint]) -> None:
        self._app = app
        self._endpoints = endpoints

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        return (endpoint or self._app)(scope, receive, send)


class _Route(Route):
    """Starlette's, but an id of more digits than Python reads makes the path unknown."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path is this one."""
        try:
            return super().matches(scope)
        except ValueError:
            return Match.NONE, {}


async def _unknown_path(scope: Scope, receive: Receive, send: Send) -> None:
    answer = (
        error_response(NotFound("There is no such path")) if scope["type"] == "http" else WebSocketClose()
    )
    await answer(scope, receive, send)
