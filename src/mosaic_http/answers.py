"""Answers: making them and sending them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypedDict

import msgspec
from starlette.responses import Response
from starlette.types import Send

from mosaic_core.entries.importing import ImportDetail
from mosaic_core.idempotency.model import Answer
from mosaic_core.paging import Part
from mosaic_core.schedules.model import Schedule, Target
from mosaic_core.schedules.stated import text_of
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.cycle import WHOLE_ANSWER

_JSON = (b"content-type", b"application/json")
_PRIVATE = [(b"cache-control", b"private, no-cache"), (b"vary", b"Authorization, Cookie")]
"""No cache may show one person's answer to another, nor an old one to the same person."""
_OF_CREDENTIALS = frozenset({401, 403})
"""With other credentials the same path would be answered in another way."""
_REPLAYED = (b"idempotency-replayed", b"true")


class Message(TypedDict):
    """What is said to a person."""

    message: str


def say(message: str, status: int = 200, **more: object) -> Answer:
    """Return an answer that says something to a person."""
    return Answer(status, encode({"message": message, **more}))


def show(value: object) -> Answer:
    """Return a successful answer with the value as JSON."""
    return Answer(200, encode(value))


@lru_cache(maxsize=4096)
def stated(value: Schedule | Target | None) -> Any:  # noqa: ANN401  # it stands for the value
    """Return what stands for a schedule or a target in an answer: its JSON, or None."""
    return None if value is None else msgspec.Raw(text_of(value).encode())


def show_part(call: Call, part: Part[Any]) -> Answer:
    """Return a part of a list as JSON, and tell how long the whole list is."""
    call.total = part.total
    return show(part.items)


def show_all(call: Call, items: Sequence[object]) -> Answer:
    """Return a whole list as JSON, and tell its length."""
    call.total = len(items)
    return show(items)


def row_told(detail: ImportDetail) -> dict[str, str | int]:
    """Return what is told of a row of an imported file."""
    shown: dict[str, str | int] = {"part": detail.part} if detail.part else {}
    shown |= {
        "row": detail.row,
        "date": detail.date,
        "activity": detail.activity,
        "status": detail.status,
    }
    if detail.reason is not None:
        shown["reason"] = detail.reason
    return shown


def listed(items: Iterable[object], most: int | None) -> tuple[msgspec.Raw, int]:
    """Return a list as JSON, made item by item, as there may be very many; and how many were left out.

    Items are left out where there would be more than `most` bytes; None is no limit.
    """
    parts: list[bytes] = []
    size = left_out = 0
    for item in items:
        part = encode(item)
        size += len(part) + 1
        if most is not None and size > most:
            left_out += 1
        else:
            parts.append(part)
    return msgspec.Raw(b"[" + b",".join(parts) + b"]"), left_out


async def send_answer(answer: Answer | Response, call: Call, send: Send) -> None:
    """Send JSON with its few headers, or a response as it is; mark what is one person's as private."""
    headers = [] if call.session is None else [*_PRIVATE]
    if isinstance(answer, Response):
        if answer.status_code in _OF_CREDENTIALS:
            headers = _PRIVATE
        own = {name for name, _ in answer.raw_headers}
        answer.raw_headers += [header for header in headers if header[0] not in own]
        await answer(call.scope, call.receive, send)
        return
    if call.is_replayed:
        headers.append(_REPLAYED)
    if call.total is not None and answer.status == 200:
        headers.append((b"x-total-count", b"%d" % call.total))
    headers += (b"content-length", b"%d" % len(answer.body)), _JSON
    if WHOLE_ANSWER in call.scope.get("extensions", ()):
        await send({"type": WHOLE_ANSWER, "status": answer.status, "headers": headers, "body": answer.body})
        return
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
