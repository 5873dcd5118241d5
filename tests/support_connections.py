"""Connections as tests see them: of one request, and to a server without anything around it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from mosaic_http.connections import Connections
from mosaic_http.protocol import LimitedProtocol
from mosaic_http.rounds import Rounds

KEPT_SECONDS = 3_600
"""So long a connection may stay between requests: no test waits for its end."""


class Connection(asyncio.Transport):
    """Notes what is written in one piece, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True


@asynccontextmanager
async def listening(app: ASGIApp, rounds: Rounds) -> AsyncIterator[int]:
    """Serve the application over our protocol; yield the port."""
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", interface="asgi3", timeout_keep_alive=KEPT_SECONDS
    )
    config.load()
    protocol = partial(
        LimitedProtocol,
        config,
        ServerState(),
        {},
        patience=10.0,
        connections=Connections(100),
        rounds=rounds,
    )
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
