"""From a path to its operations: who may call, how often, where it runs, and what a failure looks like."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from attrs import AttrsInstance, field, frozen
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mosaic_adapters.settings import Settings
from mosaic_core.accounts.model import Session
from mosaic_core.errors import MosaicError, ServiceUnavailable
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import send_answer
from mosaic_http.auth import authenticate
from mosaic_http.bodies import command
from mosaic_http.call import Call
from mosaic_http.errors import MethodNotAllowed, error_response, internal_error, where
from mosaic_http.replays import once
from mosaic_http.services import Services

_PUBLIC_BODY = 32 * 2**10
"""Who sends it is not known, and it is in memory while it comes. The largest account that can be made takes
less than 16 KiB, each character of its names and its password written in twelve."""

_CUT_OFF = "The server is stopping; this request may have been carried out or not"

Handler = Callable[..., Answer | Response]
"""`handler(call)`, or `handler(call, said)` where an operation takes or prepares something."""
Prepare = Callable[[Call], Awaitable[Any]]
Admit = Callable[[Call], Awaitable[Session]]
"""Says whose request it is, or raises."""
LaneOf = Callable[[Call], Lane | None]
"""Says by what is asked for, not by what is stored, where that runs."""


@frozen
class Operation:
    """What one method of a path does, and where.

    The `handler` parses what is left to parse, calls one use case and answers; all of it runs in the `lane`,
    which may depend on the call, or, where it calls no use case, on the event loop. It is handed the command
    that the JSON body states, of the type that it `takes`; or, where more must happen before (a form to read,
    a wait, work in another lane), what the coroutine `prepare` returns.

    A `public` one wants neither API key nor token; of the others `admit` says who calls. `limit` names its
    rate limit. An `upload` may be larger than other bodies. In the lane for writes, an idempotency key gives
    it one effect and one answer, unless it is not `repeatable`: it ends what the key belongs to, there is no
    user to whom the key could belong, nothing of its body may be kept, or it sees to that itself.
    """

    handler: Handler
    lane: Lane | LaneOf | None = field(kw_only=True)
    takes: type[AttrsInstance] | None = field(default=None, kw_only=True)
    prepare: Prepare | None = field(default=None, kw_only=True)
    public: bool = field(default=False, kw_only=True)
    admit: Admit = field(default=authenticate, kw_only=True)
    limit: str | None = field(default=None, kw_only=True)
    upload: bool = field(default=False, kw_only=True)
    repeatable: bool = field(default=True, kw_only=True)


class Endpoint:
    """A path: an ASGI application that answers each of its methods."""

    def __init__(self, path: str, services: Services, operations: Mapping[str, Operation]) -> None:
        self._path = path
        self._services = services
        self._operations = dict(operations)
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong is answered in the one shape."""
        scope["mosaic.path"] = self._path
        call = Call(scope, receive, self._services)
        try:
            answer = await self._answer(call)
        except MosaicError as error:
            answer = error_response(error)
        except ClientDisconnect:
            scope["mosaic.note"] = "client left"
            return
        except asyncio.CancelledError:  # the server stops and has waited as long as it may
            answer = error_response(ServiceUnavailable(_CUT_OFF, {"retry_after": 10}))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the log gets it, the client a 500
            scope["mosaic.failure"] = where(error)
            answer = error_response(internal_error())
        await send_answer(answer, call, send)

    async def _answer(self, call: Call) -> Answer | Response:
        method = call.scope["method"]
        operation = self._operations.get(method)
        if operation is None:
            return self._other_method(method)
        settings = self._services.settings
        call.scope["mosaic.body_limit"] = _body_limit(operation, settings)
        if not operation.public:
            call.session = await operation.admit(call)
            call.scope["mosaic.user"] = call.session.caller.user_id
        if operation.limit is not None:
            self._services.limiter.hit(operation.limit, call.party)
        lane = operation.lane(call) if callable(operation.lane) else operation.lane
        work = await _work(operation, call)
        if lane is Lane.WRITE and operation.repeatable:
            work = once(call, work)
        try:
            answer: Answer | Response = work() if lane is None else await call.run(lane, work)
        finally:
            await _clean_up(call)
        return answer

    def _other_method(self, method: str) -> Response:
        allowed = sorted({*self._operations, "OPTIONS"})
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        raise MethodNotAllowed("This path has no such method", {"allow": allowed})


def _body_limit(operation: Operation, settings: Settings) -> int:
    if operation.public:
        return min(_PUBLIC_BODY, settings.max_body)
    return settings.max_upload if operation.upload else settings.max_body


async def _work(operation: Operation, call: Call) -> Callable[[], Any]:
    """Return what is to run in the operation's lane, once all that it takes is there."""
    if operation.takes is not None:
        return partial(operation.handler, call, await command(call, operation.takes))
    if operation.prepare is not None:
        return partial(operation.handler, call, await operation.prepare(call))
    return partial(operation.handler, call)


async def _clean_up(call: Call) -> None:
    for cleanup in call.cleanups:
        try:
            await call.run(Lane.BRIEF, cleanup)
        except ServiceUnavailable:  # the lane is full or closed; nothing may be left behind
            cleanup()
