"""The one table from error codes to statuses, and the one shape of every failure."""

import traceback
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mosaic_core.errors import MosaicError
from mosaic_http.codec import encode
from mosaic_http.limits import limit_headers


class InvalidJson(MosaicError):
    """The body is JSON, but no object."""

    code = "invalid_json"


class BadRequest(MosaicError):
    """The body cannot be read at all."""

    code = "bad_request"


class MissingFile(MosaicError):
    """An upload came without its file."""

    code = "missing_file"


class InvalidCsrf(MosaicError):
    """A cookie session's writing request came without the right token."""

    code = "invalid_csrf"


class MethodNotAllowed(MosaicError):
    """The path exists, the method does not; `details.allow` lists those that do."""

    code = "method_not_allowed"


class RequestTimeout(MosaicError):
    """The body came too slowly."""

    code = "request_timeout"


class PayloadTooLarge(MosaicError):
    """The body is larger than its limit."""

    code = "payload_too_large"


class UnsupportedMediaType(MosaicError):
    """The body has another content type than the path wants."""

    code = "unsupported_media_type"


STATUS: Mapping[str, int] = {
    "invalid_input": 400,
    "invalid_json": 400,
    "bad_request": 400,
    "invalid_query": 400,
    "missing_file": 400,
    "invalid_state": 400,
    "invalid_operation": 400,
    "unauthorized": 401,
    "token_expired": 401,
    "invalid_credentials": 401,
    "camera_unauthorized": 401,
    "forbidden": 403,
    "invalid_csrf": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "idempotency_mismatch": 422,
    "too_many_requests": 429,
    "internal_error": 500,
    "camera_unreachable": 502,
    "service_unavailable": 503,
    "camera_timeout": 504,
    "storage_full": 507,
}


def error_response(error: MosaicError) -> Response:
    """Return the answer that tells of the error."""
    details = dict(error.details)
    headers = _headers(error, details)
    body = {"error": {"code": error.code, "message": error.message, "details": details}}
    return Response(encode(body), STATUS[error.code], headers, "application/json")


def internal_error() -> MosaicError:
    """Return what a client is told of an error that nobody expected: nothing."""
    return MosaicError("Something went wrong on the server")


def where(error: Exception) -> str:
    """Return the kind of the error and where it arose, without its message: that may hold secrets."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{one.name}:{one.lineno}" for one in reversed(frames))])


def _headers(error: MosaicError, details: dict[str, Any]) -> dict[str, str]:
    """Return the headers that the error's details ask for."""
    headers = limit_headers(details)
    if "retry_after" in details:
        headers["Retry-After"] = str(details["retry_after"])
    if "allow" in details:
        headers["Allow"] = ", ".join(details["allow"])
    if STATUS[error.code] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.code in {"request_timeout", "payload_too_large"}:
        headers["Connection"] = "close"
    return headers
