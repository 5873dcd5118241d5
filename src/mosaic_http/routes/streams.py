"""Cameras over HTTP."""

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TypedDict

from starlette.responses import Response

from mosaic_core.accounts.model import Session
from mosaic_core.errors import (
    CameraTimeout,
    CameraUnauthorized,
    CameraUnreachable,
    Forbidden,
    InvalidInput,
    InvalidQuery,
    ServiceUnavailable,
)
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.streams.model import LONGEST_CREDENTIAL, LONGEST_URL, CameraAddress, CameraWanted
from mosaic_core.streams.service import TICKET_SECONDS
from mosaic_core.tokens.model import READ
from mosaic_http.answers import show
from mosaic_http.auth import authenticate, presented_token
from mosaic_http.call import Call
from mosaic_http.moving_pictures import MEDIA_TYPE, NOT_STORED, MovingPictures, while_there
from mosaic_http.operation import Operation, Reply
from mosaic_http.parameters import Parameter, text
from mosaic_http.replays import lane_under_key

_FAILURES = (CameraTimeout, CameraUnauthorized, CameraUnreachable, Forbidden, ServiceUnavailable)

_CREDENTIAL = {"type": "string", "maxLength": LONGEST_CREDENTIAL, "not": {"pattern": r"[\x00-\x1f\x7f-\x9f]"}}
_URL: Parameter[str | None] = Parameter(
    "url",
    "The address of the camera; needed unless there is a ticket",
    str,
    None,
    {"type": "string", "format": "camera-address", "maxLength": LONGEST_URL},
    "rtsp://192.0.2.7/live",
)
_USERNAME: Parameter[str | None] = Parameter(
    "username",
    "A user of the camera; counts before the address",
    str,
    None,
    _CREDENTIAL,
    "viewer",
    also=("user",),
)
_PASSWORD: Parameter[str | None] = Parameter(
    "password", "The user's password", str, None, _CREDENTIAL, "swordfish"
)
_TICKET = text("ticket", "What `POST /api/stream-ticket` gave, in place of all else and of a token", "Zm9v")
_CAMERA = (_URL, _USERNAME, _PASSWORD, _TICKET)


class TicketTold(TypedDict):
    """A ticket, and how many seconds it may be used in."""

    ticket: str
    expires_in: int


async def admit(call: Call) -> Session:
    """Return whose ticket came, else whose token."""
    sealed = call.query.get(_TICKET)
    if sealed is None:
        return await authenticate(call)
    session, call.ticket = await call.run(Lane.READ, partial(call.mosaic.streams.present, sealed))
    return session


def ticket(call: Call, wanted: CameraWanted) -> Answer:
    """Give a ticket for one look at a camera, within a minute and without a token.

    It is for what cannot send a header, such as the image of a page, and ends with the token that it was
    asked for with.
    """
    sealed = call.mosaic.streams.give_ticket(presented_token(call), wanted)
    told: TicketTold = {"ticket": sealed, "expires_in": TICKET_SECONDS}
    return show(told)


async def start(call: Call) -> Response:
    """Return an answer that shows the camera from its first picture on."""
    address, streams = await _address(call), call.mosaic.streams
    first, more = await _begun(call, address)
    began = call.mosaic.clock.monotonic()

    async def stopped(frames: int) -> None:
        seconds = call.mosaic.clock.monotonic() - began
        await call.services.audit_rows.write(streams.stopped(call.caller, address, seconds, frames))

    await call.services.audit_rows.write(streams.started(call.caller, address))
    return MovingPictures(first, more, stopped)


async def take(call: Call) -> Response:
    """Return an answer that shows one picture of the camera."""
    address = await _address(call)
    first, more = await _begun(call, address)
    await more.aclose()
    await call.services.audit_rows.write(call.mosaic.streams.started(call.caller, address, snapshot=True))
    return Response(first, 200, NOT_STORED, "image/jpeg")


def stream(_: Call, answer: Response) -> Response:
    """Show a camera: one JPEG after the other, for as long as somebody watches.

    All who watch a camera share one connection to it. Administrators may open any camera, others those that
    the operator allows. The answer begins with the first picture, so that a failure is an error.
    """
    return answer


def snapshot(_: Call, answer: Response) -> Response:
    """Show one picture of a camera."""
    return answer


async def _address(call: Call) -> CameraAddress:
    """Return which camera is asked for, by the ticket, which is used up, or by the query."""
    if call.ticket is not None:
        use = partial(call.mosaic.streams.use, call.caller, call.ticket)
        await call.run(Lane.WRITE, use)
        return CameraAddress.parse(call.ticket.wanted)
    query = call.query
    url = query.get(_URL)
    if url is None:
        raise InvalidQuery("url or ticket must be given", {"parameter": "url"})
    try:
        return CameraAddress.parse(
            CameraWanted(url=url, username=query.get(_USERNAME), password=query.get(_PASSWORD))
        )
    except InvalidInput as error:
        raise InvalidQuery(error.message, {"parameter": error.details["field"]}) from None


async def _begun(call: Call, address: CameraAddress) -> tuple[bytes, AsyncGenerator[bytes, None]]:
    """Return the first picture, and those that follow; a failure is noted in the audit."""
    try:
        return await while_there(call.receive, _first(call, address))
    except _FAILURES as error:
        await call.services.audit_rows.write(call.mosaic.streams.failed(call.caller, address, error))
        raise


async def _first(call: Call, address: CameraAddress) -> tuple[bytes, AsyncGenerator[bytes, None]]:
    pictures = await call.mosaic.streams.watch(call.caller, address)
    try:
        return await anext(pictures), pictures
    except BaseException:
        await pictures.aclose()
        raise


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/api/stream-ticket": {
        "POST": Operation(
            ticket,
            lane=lane_under_key,
            takes=CameraWanted,
            scope=READ,
            tells_secret=True,
            answers={200: Reply(TicketTold)},
        ),
    },
    "/api/stream-proxy": {
        "GET": Operation(
            stream,
            lane=None,
            prepare=start,
            admit=admit,
            limit="stream_proxy",
            query=_CAMERA,
            answers={200: Reply(bytes, "JPEGs without end", media=(MEDIA_TYPE,))},
            errors=_FAILURES,
        ),
    },
    "/api/stream-snapshot": {
        "GET": Operation(
            snapshot,
            lane=None,
            prepare=take,
            admit=admit,
            limit="stream_proxy",
            query=_CAMERA,
            answers={200: Reply(bytes, "A JPEG", media=("image/jpeg",))},
            errors=_FAILURES,
        ),
    },
}
