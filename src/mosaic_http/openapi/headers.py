"""The headers of answers and of failures."""

from typing import Any

from mosaic_http.operation import Header, Operation, Reply

_WHOLE = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}

_ID = Header(
    "X-Request-ID",
    "The request's id: the client's own where that is fit, also in the server's log",
    {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    "5f1c9a-42",
)
_PRIVATE = (
    Header("Cache-Control", "Nobody but the signed-in user may be shown it", _TEXT, "private, no-cache"),
    Header("Vary", "What the answer depends on", _TEXT, "Authorization, Cookie"),
)
_REPLAYED = Header(
    "Idempotency-Replayed", "The answer was given before, to the same key", {"const": "true"}, "true"
)
_RETRY = Header("Retry-After", "So many seconds later it is worth another try", _WHOLE, 12)
_LIMITS = (
    Header("RateLimit-Limit", "How many requests the window has room for", _WHOLE, 60),
    Header("RateLimit-Remaining", "How many are left", _WHOLE, 0),
    Header("RateLimit-Reset", "In how many seconds there is room again", _WHOLE, 12),
)
_CLOSE = Header("Connection", "The server reads no further", {"const": "close"}, "close")
_SIGN_IN = Header("WWW-Authenticate", "How to sign in", {"const": "Bearer"}, "Bearer")

_OF_FAILURES = {
    401: (_SIGN_IN,),
    408: (_CLOSE,),
    413: (_CLOSE,),
    429: (_RETRY, *_LIMITS),
}


def headers_of_answer(reply: Reply, operation: Operation, *, kept: bool) -> dict[str, Any]:
    """Return the headers of an answer that is no error."""
    always = (*reply.headers, *(() if operation.public else _PRIVATE), _ID)
    sometimes = (_REPLAYED,) if kept else ()
    return _described(always, sometimes)


def headers_of_failure(status: int) -> dict[str, Any]:
    """Return the headers of an error of that status."""
    return _described((*_OF_FAILURES.get(status, ()), _ID), (_RETRY,) if status == 503 else ())


def _described(always: tuple[Header, ...], sometimes: tuple[Header, ...]) -> dict[str, Any]:
    return {
        one.name: {
            "description": one.about,
            "required": one in always and one.is_required,
            "schema": one.schema,
            "example": one.example,
        }
        for one in (*always, *sometimes)
    }
