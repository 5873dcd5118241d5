"""Answers that are made piece by piece of something that stays open meanwhile."""

from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from mosaic_core.lanes import Lane, Lanes

Pieces = Generator[bytes, None, None]


class OpenPieces:
    """Something open, and the pieces that are made of it in the pool for heavy work."""

    def __init__(
        self,
        lanes: Lanes,
        opened: AbstractContextManager[Any],
        pieces: Pieces,
        headers: Mapping[str, str],
    ) -> None:
        self.headers = headers
        self._lanes = lanes
        self._opened = opened
        self._pieces = pieces
        self._lock = Lock()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the pieces, each made in the pool."""
        while (piece := await self._lanes.run(Lane.HEAVY, self._piece)) is not None:
            yield piece

    def close(self) -> None:
        """Close it, after the piece that the pool may still be making for a client who has left."""
        with self._lock:
            self._pieces.close()
            self._opened.__exit__(None, None, None)

    def _piece(self) -> bytes | None:
        with self._lock:
            return next(self._pieces, None)


class PiecewiseResponse(StreamingResponse):
    """Closes what is open however it ends, even if it never begins."""

    def __init__(self, pieces: OpenPieces, headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(pieces.chunks(), 200, {**headers, **pieces.headers}, media_type)
        self._open = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all pieces."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._open.close()
