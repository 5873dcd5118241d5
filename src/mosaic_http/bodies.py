"""JSON bodies: reading them and what they state."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, TypeVar, cast

import msgspec
from attrs import AttrsInstance
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from mosaic_adapters.discarding import discard
from mosaic_core.errors import InvalidInput
from mosaic_http.call import Call
from mosaic_http.codec import structure
from mosaic_http.errors import BadRequest, InvalidJson, UnsupportedMediaType
from mosaic_http.temporary import room
from mosaic_http.uploads import NO_ROOM

T = TypeVar("T", bound=AttrsInstance)

_SMALL = 2**16
_MOST_VALUES = 10_000
"""A larger body may have so many values. Each takes time of the event loop, and no command has a hundred."""

_SEEN_FAST = 2**19

_look_through = msgspec.json.Decoder(msgspec.Raw).decode

_IN_MEMORY = 2**18
"""So many bytes of a large body are collected before they go to a file in a thread."""


async def command(call: Call, kind: type[T]) -> T:
    """Return the command that the JSON object in the body states."""
    return structure(json_object(await json_body(call)), kind)


async def json_body(call: Call) -> bytes:
    """Return the whole body of a request that says it is JSON. The call's fingerprint tells it from others.

    While a large body comes, it is in a file: whoever sends many at once would fill the memory with them.
    """
    _require_json(call)
    begun, size, is_whole = [], 0, False
    while not is_whole and size <= _SMALL:
        part, is_whole = await _part(call.receive)
        begun.append(part)
        size += len(part)
    if size <= _SMALL:
        call.fingerprint = b"".join(begun)
        return call.fingerprint
    rest = _parts(call.receive, is_whole=is_whole)
    async with _spooled(call, hashlib.sha256(), begun, rest) as file:
        return file.read()


@asynccontextmanager
async def json_file(call: Call, about: bytes) -> AsyncIterator[BinaryIO]:
    """Open the whole body of a request that says it is JSON as a file, which is not in memory if it is large.

    The call's fingerprint covers what is told `about` the body as well.
    """
    _require_json(call)
    async with _spooled(call, hashlib.sha256(about), [], _parts(call.receive)) as file:
        yield file


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the bytes. Raises InvalidInput if it has more values than any command."""
    if len(body) > _SMALL and sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise _too_much(body)
    try:
        value = msgspec.json.decode(body)
    except msgspec.ValidationError:
        raise InvalidInput("The body holds a number that is not finite") from None
    except (ValueError, RecursionError):
        raise BadRequest("The body is no JSON") from None
    if not isinstance(value, dict):
        raise InvalidJson("The body must be a JSON object")
    return value


@asynccontextmanager
async def _spooled(
    call: Call, sha: "hashlib._Hash", begun: Sequence[bytes], parts: AsyncIterator[bytes]
) -> AsyncIterator[BinaryIO]:
    """Open what has come and what is still to come as a file; its hash becomes the call's fingerprint."""
    file = cast("BinaryIO", SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115  # is closed below
    waiting, size, written = [*begun], sum(map(len, begun)), 0
    try:
        with room(NO_ROOM):
            async for part in parts:
                waiting.append(part)
                size += len(part)
                if size - written >= _IN_MEMORY:
                    await run_in_threadpool(_append, file, sha, waiting)
                    waiting, written = [], size
            await run_in_threadpool(_append, file, sha, waiting)
            file.seek(0)
        call.fingerprint = sha.digest()
        yield file
    finally:
        if size > _IN_MEMORY:
            await run_in_threadpool(discard, file)  # the system frees some megabytes in a millisecond
        else:
            file.close()


def _append(file: BinaryIO, sha: "hashlib._Hash", parts: Sequence[bytes]) -> None:
    for part in parts:
        sha.update(part)
        file.write(part)


def _too_much(body: bytes) -> InvalidInput | BadRequest:
    """Return the refusal of a body of too many values; whether it is JSON is seen where that is seen fast."""
    try:
        if len(body) <= _SEEN_FAST:
            _look_through(body)
    except (ValueError, RecursionError):
        return BadRequest("The body is no JSON")
    return InvalidInput(f"The body must not have more than {_MOST_VALUES} values")


def _require_json(call: Call) -> None:
    kind = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise UnsupportedMediaType("The content type must be application/json")


async def _parts(receive: Receive, *, is_whole: bool = False) -> AsyncIterator[bytes]:
    """Yield the parts of the body, up to its end; none if it is whole already."""
    while not is_whole:
        part, is_whole = await _part(receive)
        yield part


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """Return the next part of the body, and whether it is whole with that."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), not message.get("more_body", False)
