"""A connection that has ended is gone at once: no collection of garbage has to find it."""

import asyncio
import gc
import socket
import struct
from collections.abc import Callable

import pytest
from starlette.types import Receive, Scope, Send

from mosaic_http.protocol import LimitedProtocol
from mosaic_http.rounds import Rounds
from support_connections import listening

ASKED = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
WAITING = ASKED.replace(b"/", b"/waiting", 1)
CHUNKED = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
TRAILERS = b"x-more: " + b"y" * 40_000 + b"\r\n\r\n"
PATIENCE = 10
SOON = 0.001


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, or wait until the client has left."""
    if scope["path"] == "/waiting":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def connections() -> int:
    """Return how many connections are in memory."""
    return sum(type(one) is LimitedProtocol for one in gc.get_objects())


def close(writer: asyncio.StreamWriter) -> None:
    """End a connection as it should be."""
    writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a client that crashes does."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def leave_behind(sent: bytes, answers: int, end: Callable[[asyncio.StreamWriter], None]) -> None:
    """Send that on a connection, await so many answers and leave; return once no connection is in memory."""
    async with listening(app, Rounds()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            for _ in range(answers):
                await reader.readuntil(b"\r\n\r\n")
            while not connections():  # noqa: ASYNC110  # it is not told, it has to be looked at
                await asyncio.sleep(SOON)
            end(writer)
            while connections():  # noqa: ASYNC110  # as above
                await asyncio.sleep(SOON)


@pytest.mark.parametrize("end", [close, reset])
@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        pytest.param(b"", 0, id="nothing was said"),
        pytest.param(ASKED, 1, id="a request"),
        pytest.param(ASKED + ASKED, 2, id="requests behind each other"),
        pytest.param(ASKED[:9], 0, id="half a request"),
        pytest.param(WAITING, 0, id="a request that is not answered"),
        pytest.param(b"NO HTTP\r\n\r\n", 1, id="no request"),
        pytest.param(CHUNKED + TRAILERS, 1, id="a refused request"),
    ],
)
def test_an_ended_connection_leaves_nothing_to_the_garbage_collector(
    sent: bytes, answers: int, end: Callable[[asyncio.StreamWriter], None]
) -> None:
    gc.collect()
    gc.disable()
    try:
        asyncio.run(leave_behind(sent, answers, end))
    finally:
        gc.enable()
