"""What the document says of all operations alike."""

from typing import Any

from mosaic_core.errors import MosaicError
from mosaic_http.openapi.rules import FORMATS
from mosaic_http.openapi.schemas import plain_text
from mosaic_http.parameters import Parameter, Schema

_FORMATS = "\n".join(f"- `{name}`: {meaning}" for name, meaning in FORMATS.items())

DESCRIPTION = f"""\
JSON in, JSON out, UTF-8. Dates are `YYYY-MM-DD`, instants RFC 3339 with an offset, numbers finite. A body
that has an undescribed field is refused, and so is a query that has an undescribed parameter (`api_key` and
`_` are passed over). Where a name comes twice, the last one counts; an empty parameter counts as not given.

Texts are kept in Unicode's NFC, and lengths count its characters. Schemas use these formats of their own:

{_FORMATS}

Every failure has one shape, `Error`. A method that a path does not have is answered with 405
`method_not_allowed` and the header `Allow`, an unknown path with 404 `not_found`. Wherever there is `GET`
there is `HEAD`. `OPTIONS` needs no token; for origins that the operator allows, it answers preflights.

The writing calls of a signed-in user that take an idempotency key have one effect under it: within 24 hours
the same request gets the first one's answer again, with `Idempotency-Replayed: true`.
"""

BEARER = "The token that `/login` gives"
PERSONAL = "A token that `/tokens` makes, `mos_…`, with the scope that the operation names"
COOKIE = "The same token as a cookie, which `/login` sets where the body has `cookie`"
CSRF = "The `csrf_token` that `/login` gives: beside the cookie, on whatever changes something"
API_KEY = "Wanted beside all else where the operator has set one"

ERROR: Schema = {
    "description": "What went wrong. The code is for programs, the message for people.",
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string", "minLength": 1},
                "details": {"type": "object"},
            },
        }
    },
}

REQUEST_ID = Parameter(
    "X-Request-ID",
    "The answer's and the log's id, if it is 1 to 64 characters of `A-Za-z0-9._-`",
    str,
    None,
    {"type": "string"},
    "phone-42",
)
_KEY: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]*$"}
IDEMPOTENCY_KEYS = (
    Parameter(
        "Idempotency-Key", "The request under this key has one effect", str, None, _KEY, "entry-2026-01-02-1"
    ),
    Parameter(
        "X-Idempotency-Key",
        "The same, and counts first",
        str,
        None,
        _KEY,
        "entry-2026-01-02-1",
    ),
)


def meaning(error: type[MosaicError]) -> str:
    """Return when an error is met with."""
    if error is MosaicError:
        return "Something went wrong on the server"
    return plain_text(error.__doc__).removesuffix(".")


def failure(error: type[MosaicError]) -> dict[str, Any]:
    """Return an example of what is answered for an error."""
    return {"error": {"code": error.code, "message": meaning(error).partition(". ")[0], "details": {}}}
