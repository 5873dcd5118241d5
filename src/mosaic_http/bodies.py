"""JSON bodies: reading them and what they state."""

from typing import Any, TypeVar

import msgspec
from attrs import AttrsInstance
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from mosaic_core.errors import InvalidInput
from mosaic_http.call import Call
from mosaic_http.codec import structure
from mosaic_http.errors import BadRequest, InvalidJson, UnsupportedMediaType

T = TypeVar("T", bound=AttrsInstance)


async def command(call: Call, kind: type[T]) -> T:
    """Return the command that the JSON object in the body states."""
    return structure(json_object(await json_body(call)), kind)


async def json_body(call: Call) -> bytes:
    """Return the whole body of a request that says it is JSON; it becomes the call's fingerprint."""
    kind = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise UnsupportedMediaType("The content type must be application/json")
    call.fingerprint = await _whole_body(call.receive)
    return call.fingerprint


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the bytes."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.ValidationError:
        raise InvalidInput("The body holds a number that is not finite") from None
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON") from None
    if not isinstance(value, dict):
        raise InvalidJson("The body must be a JSON object")
    return value


async def _whole_body(receive: Receive) -> bytes:
    parts = []
    is_whole = False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        is_whole = not message.get("more_body", False)
    return b"".join(parts)
