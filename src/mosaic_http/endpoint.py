"""From a path to its handlers: who may call, how often, and what a failure looks like."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping

from attrs import frozen
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mosaic_core.accounts.model import Session
from mosaic_core.errors import MosaicError, ServiceUnavailable, Unauthorized
from mosaic_http.call import Call, same_secret
from mosaic_http.errors import InvalidCsrf, MethodNotAllowed, error_response, internal_error
from mosaic_http.services import Services

COOKIE = "mosaic_session"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CUT_OFF = "The server is stopping; this request may have been carried out or not"

Handler = Callable[[Call], Awaitable[Response]]


@frozen
class Operation:
    """What one method of a path does.

    A public one wants neither API key nor token. `limit` names its rate limit. An `upload` may be larger than
    other bodies.
    """

    handler: Handler
    public: bool = False
    limit: str | None = None
    upload: bool = False


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
            response = await self._response(call)
        except MosaicError as error:
            response = error_response(error)
        except ClientDisconnect:
            scope["mosaic.note"] = "client left"
            return
        except asyncio.CancelledError:  # the server stops and has waited as long as it may
            response = error_response(ServiceUnavailable(_CUT_OFF, {"retry_after": 10}))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the log gets it, the client a 500
            scope["mosaic.failure"] = _where(error)
            response = error_response(internal_error())
        await self._send(response, scope, receive, send)

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; one that breaks off in the middle closes the connection and is told in the log."""
        try:
            await response(scope, receive, send)
        except MosaicError as error:
            scope["mosaic.failure"] = _where(error)
            raise RuntimeError("The answer broke off in the middle") from None

    async def _response(self, call: Call) -> Response:
        method = call.scope["method"]
        operation = self._operations.get(method)
        if operation is None:
            return self._other_method(method)
        settings = self._services.settings
        call.scope["mosaic.body_limit"] = settings.max_upload if operation.upload else settings.max_body
        if not operation.public:
            self._require_api_key(call)
            call.session = self._session(call)
            call.scope["mosaic.user"] = call.session.caller.user_id
        if operation.limit is not None:
            self._services.limits.hit(operation.limit, _client(call))
        return await operation.handler(call)

    def _other_method(self, method: str) -> Response:
        allowed = sorted({*self._operations, "OPTIONS"})
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": ", ".join(allowed)})
        raise MethodNotAllowed("This path has no such method", {"allow": allowed})

    def _require_api_key(self, call: Call) -> None:
        key = self._services.settings.api_key
        if key is not None and not same_secret(call.headers.get(b"x-api-key", b""), key.encode()):
            raise Unauthorized("The API key is missing or wrong")

    def _session(self, call: Call) -> Session:
        """Return whose token came, by header or, with proof that the page itself sends it, by cookie."""
        scheme, _, token = call.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer":
            return self._services.mosaic.sessions.authenticate(token.strip())
        cookie = call.request.cookies.get(COOKIE) if b"cookie" in call.headers else None
        if cookie is None:
            raise Unauthorized("A token is needed")
        session = self._services.mosaic.sessions.authenticate(cookie)
        call.scope["mosaic.by_cookie"] = True
        csrf = call.headers.get(b"x-csrf-token", b"")
        if call.scope["method"] not in _SAFE and not same_secret(csrf, session.csrf.encode()):
            raise InvalidCsrf("The X-CSRF-Token header is missing or wrong")
        return session


def _client(call: Call) -> str:
    """Return whose calls are counted together: a user's, else an API key's from one address."""
    if call.session is not None:
        return f"user:{call.session.caller.user_id}"
    client = call.scope.get("client")
    return f"address:{client[0] if client else ''}"


def _where(error: Exception) -> str:
    """Return the kind of the error and where it arose, without its message: that may hold secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{one.name}:{one.lineno}" for one in reversed(frames))])
