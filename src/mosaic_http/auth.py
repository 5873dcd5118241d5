"""Who may call: the API key, the token in its header or cookie, and the CSRF token that a cookie wants."""

import hmac
from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from mosaic_core.accounts.model import Login, Session
from mosaic_core.errors import Unauthorized
from mosaic_core.lanes import Lane
from mosaic_core.tokens.service import is_personal
from mosaic_http.call import Call
from mosaic_http.errors import InvalidCsrf
from mosaic_http.replays import key_of

COOKIE = "mosaic_session"
_UNNOTICED_SECONDS = 0.05
"""A body that is sent with its head takes less, and nobody can time the end of a login so well."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(call: Call) -> Session:
    """Return whose token came, by header or, with proof that the page itself sends it, by cookie.

    The token is a login's or a personal access token; what the latter opens is the session's `scopes`.
    Raises Unauthorized without the API key, where one is configured, or without a token that holds;
    TokenExpired; InvalidCsrf for a writing request by cookie without its CSRF token.
    """
    _require_api_key(call)
    token, call.by_cookie = _token(call)
    if is_personal(token):
        return await call.run(Lane.READ, partial(_personal, call, token))
    session = await call.run(Lane.READ, partial(call.mosaic.sessions.authenticate, token))
    if call.by_cookie and call.scope["method"] not in SAFE_METHODS:
        _require_csrf_token(call, session)
    return session


async def authenticate_leaver(call: Call) -> Session:
    """Return whose token came, also where that account was deleted and the request came under a key.

    Such a request may be one whose answer was lost.
    """
    try:
        return await authenticate(call)
    except Unauthorized:
        if key_of(call) is None:
            raise
        _require_api_key(call)
        session = await call.run(Lane.READ, partial(call.mosaic.sessions.of_deleted, presented_token(call)))
        if call.by_cookie:
            _require_csrf_token(call, session)
        return session


def judging_again(
    admit: Callable[[Call], Awaitable[Session]], monotonic: Callable[[], float]
) -> Callable[[Call], Awaitable[None]]:
    """Return what judges the sender of a body again, at its end, if it was long in coming.

    Otherwise, whoever holds the end of a request back would go on with what they may no longer do.
    """
    begun = monotonic()

    async def judge(call: Call) -> None:
        if monotonic() - begun > _UNNOTICED_SECONDS:
            call.session = await admit(call)

    return judge


def presented_token(call: Call) -> str:
    """Return the token that came. Raises Unauthorized if none did."""
    return _token(call)[0]


def _personal(call: Call, token: str) -> Session:
    """Return whose personal access token it is. A cookie holds none, for no CSRF token belongs to one."""
    if call.by_cookie:
        raise Unauthorized("A personal access token is sent in the Authorization header")
    return call.mosaic.tokens.authenticate(token)


def set_cookie(response: Response, login: Login, call: Call) -> None:
    """Let the response set the cookie that stands for the login's token, for Mosaic's own paths alone."""
    response.set_cookie(
        COOKIE,
        login.access_token,
        max_age=login.expires_in,
        httponly=True,
        samesite="strict",
        secure=call.scope["scheme"] == "https",
        path=_cookie_path(call),
    )


def clear_cookie(response: Response, call: Call) -> None:
    """Let the response delete the cookie."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", path=_cookie_path(call))


def _cookie_path(call: Call) -> str:
    return call.services.settings.root_path or "/"


def _require_api_key(call: Call) -> None:
    key = call.services.settings.api_key
    if key is not None and not _same_secret(call.headers.get(b"x-api-key", b""), key.encode()):
        raise Unauthorized("The API key is missing or wrong")


def _token(call: Call) -> tuple[str, bool]:
    """Return the token that came, and whether a cookie told it. Raises Unauthorized if none did."""
    token = _bearer_token(call)
    if token is not None:
        return token, False
    token = _cookie(call)
    if token is None:
        raise Unauthorized("A token is needed")
    return token, True


def _cookie(call: Call) -> str | None:
    """Return what the cookie holds, None if there is none.

    Another Mosaic above this one's path has its own of the same name; browsers send the one of the longer
    path first.
    """
    for pair in call.headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == COOKIE:
            return value.strip()
    return None


def _bearer_token(call: Call) -> str | None:
    scheme, _, token = call.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _require_csrf_token(call: Call, session: Session) -> None:
    if not _same_secret(call.headers.get(b"x-csrf-token", b""), session.csrf.encode()):
        raise InvalidCsrf("The X-CSRF-Token header is missing or wrong")


def _same_secret(one: bytes, other: bytes) -> bool:
    """Compare two secrets in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one, other)
