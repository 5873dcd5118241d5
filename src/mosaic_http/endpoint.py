"""From a path to its operations: who may call, how often, where it runs, and what a failure looks like."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mosaic_adapters.settings import Settings
from mosaic_core.errors import Forbidden, MosaicError, ServiceUnavailable, TooManyRequests
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.store import Foretold
from mosaic_http.answers import send_answer
from mosaic_http.auth import judging_again
from mosaic_http.bodies import command
from mosaic_http.call import Call
from mosaic_http.errors import MethodNotAllowed, error_response, internal_error, where
from mosaic_http.operation import LOGIN, Operation
from mosaic_http.replays import once
from mosaic_http.services import Services

_PUBLIC_BODY = 32 * 2**10
"""Who sends it is not known, and it is in memory while it comes. The largest account that can be made takes
less than 16 KiB, each character of its names and its password written in twelve."""

_REFUSAL_SECONDS = 1.0
"""Many clients ask again as soon as they are answered. While they make others wait, they are not soon."""

_CUT_OFF = "The server is stopping; this request may have been carried out or not"


class Endpoint:
    """A path: an ASGI application that answers each of its methods."""

    def __init__(self, path: str, services: Services, operations: Mapping[str, Operation]) -> None:
        self._path = path
        self._services = services
        self._operations = dict(operations)
        self._scopes = {method: one.scope_of(method) for method, one in operations.items()}
        if "GET" in operations:
            self._operations["HEAD"] = operations["GET"]
            self._scopes["HEAD"] = self._scopes["GET"]
        self._body_limits = {
            method: _body_limit(one, services.settings) for method, one in self._operations.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong is answered in the one shape."""
        scope["mosaic.path"] = self._path
        call = Call(scope, receive, self._services)
        if b"x-forwarded-proto" in call.headers:
            self._services.unheard.notice(scope, call.headers)
        try:
            answer = await self._answer(call)
        except MosaicError as error:
            answer = error_response(error)
            if isinstance(error, TooManyRequests) and "mosaic.is_crowded" in scope:
                await _hold_back()
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
        call.scope["mosaic.body_limit"] = self._body_limits[method]
        if not operation.public:
            await self._admit(call, operation)
        if operation.limit is not None:
            await self._services.limiter.hit(operation.limit, call.party)
        if call.scope["query_string"]:
            operation.refuse_unknown(call.query)
        lane = operation.lane(call) if callable(operation.lane) else operation.lane
        said = await _said(operation, call) if operation.wants_more else ()
        work: Callable[[], Any] = partial(operation.handler, call, *said)
        if lane is Lane.WRITE and operation.repeatable:
            work = once(call, work, tells_secret=operation.tells_secret)
        if operation.meets is not None:
            work = Foretold(work, [operation.meets(call, *said)])
        try:
            answer: Answer | Response = work() if lane is None else await call.run(lane, work)
        finally:
            if call.cleanups:
                await _clean_up(call)
        return answer

    async def _admit(self, call: Call, operation: Operation) -> None:
        """Find out who calls; refuse who may not, again at the end of a body that is long in coming."""
        call.session = await operation.admit(call)
        call.scope["mosaic.user"] = call.session.caller.user_id
        if call.session.scopes is not None:
            _require_scope(call.session.scopes, self._scopes[call.scope["method"]])
        if operation.has_body:
            call.at_end_of_body = judging_again(operation.admit, call.mosaic.clock.monotonic)

    def _other_method(self, method: str) -> Response:
        allowed = sorted({*self._operations, "OPTIONS"})
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        raise MethodNotAllowed("This path has no such method", {"allow": allowed})


def _require_scope(scopes: frozenset[str], wanted: str) -> None:
    """Raise Forbidden unless a personal access token of these scopes opens what wants that one."""
    if wanted == LOGIN:
        raise Forbidden("A personal access token cannot do this; log in with name and password")
    if wanted not in scopes:
        raise Forbidden(f"The token has not the scope {wanted}", {"scope": wanted})


def _body_limit(operation: Operation, settings: Settings) -> int:
    if operation.public:
        return min(_PUBLIC_BODY, settings.max_body)
    return settings.max_upload if operation.upload else settings.max_body


async def _said(operation: Operation, call: Call) -> Sequence[Any]:
    """Return what the handler is handed beside the call, once all that the operation takes is there."""
    said = [] if operation.takes is None else [await command(call, operation.takes)]
    return said if operation.prepare is None else [await operation.prepare(call, *said)]


async def _hold_back() -> None:
    """Let a refusal wait, unless the server stops."""
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(_REFUSAL_SECONDS)


async def _clean_up(call: Call) -> None:
    for cleanup in call.cleanups:
        try:
            await call.run(Lane.BRIEF, cleanup)
        except ServiceUnavailable:  # the lane is full or closed; nothing may be left behind
            cleanup()
