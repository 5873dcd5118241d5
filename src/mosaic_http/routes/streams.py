"""Cameras over HTTP."""

from collections.abc import AsyncGenerator, Mapping
from functools import partial

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
from mosaic_core.streams.model import CameraAddress, CameraWanted
from mosaic_core.streams.service import TICKET_SECONDS
from mosaic_http.answers import show
from mosaic_http.auth import authenticate, presented_token
from mosaic_http.call import Call
from mosaic_http.endpoint import Operation
from mosaic_http.moving_pictures import NOT_STORED, MovingPictures, while_there

_FAILURES = (CameraTimeout, CameraUnauthorized, CameraUnreachable, Forbidden, ServiceUnavailable)


async def admit(call: Call) -> Session:
    """Return whose ticket came, else whose token."""
    sealed = call.query.text("ticket")
    if sealed is None:
        return await authenticate(call)
    session, call.ticket = await call.run(Lane.READ, partial(call.mosaic.streams.present, sealed))
    return session


def ticket(call: Call, wanted: CameraWanted) -> Answer:
    """Give a ticket for one look at a camera."""
    sealed = call.mosaic.streams.give_ticket(presented_token(call), wanted)
    return show({"ticket": sealed, "expires_in": TICKET_SECONDS})


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


def prepared(_: Call, answer: Response) -> Response:
    """Send what was prepared."""
    return answer


async def _address(call: Call) -> CameraAddress:
    """Return which camera is asked for, by the ticket, which is used up, or by the query."""
    if call.ticket is not None:
        use = partial(call.mosaic.streams.use, call.caller, call.ticket)
        await call.run(Lane.WRITE, use)
        return CameraAddress.parse(call.ticket.wanted)
    query = call.query
    try:
        return CameraAddress.parse(
            CameraWanted(
                url=query.text("url") or "", username=query.text("username"), password=query.text("password")
            )
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
    "/api/stream-ticket": {"POST": Operation(ticket, lane=None, takes=CameraWanted, repeatable=False)},
    "/api/stream-proxy": {
        "GET": Operation(prepared, lane=None, prepare=start, admit=admit, limit="stream_proxy")
    },
    "/api/stream-snapshot": {
        "GET": Operation(prepared, lane=None, prepare=take, admit=admit, limit="stream_proxy")
    },
}
