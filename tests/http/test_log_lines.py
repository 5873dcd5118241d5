"""Lines of the request log on their way to standard error."""

import asyncio
import io
import json
import select
import sys

import pytest

from mosaic_adapters.settings import load
from mosaic_http.logs import request_log

PIECE = getattr(select, "PIPE_BUF", 512)


class Pieces(io.BytesIO):
    """A file that remembers what each write brought."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # bytes alone come
        self.pieces.append(piece)
        return len(piece)


def test_no_write_holds_more_than_a_pipe_takes_whole_or_half_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = Pieces()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(file))
    log = request_log(load({"MOSAIC_LOG_FORMAT": "json"}))
    lengths = [0, 1, 100, PIECE, 5, 2 * PIECE, *range(300)]

    async def one_turn() -> None:
        for length in lengths:
            log.info("request", route="x" * length)

    asyncio.run(one_turn())
    lines = [json.loads(line) for line in b"".join(file.pieces).splitlines()]
    assert [len(line["route"]) for line in lines] == lengths
    assert all(piece.endswith(b"\n") for piece in file.pieces)
    assert all(len(piece) <= PIECE or piece.count(b"\n") == 1 for piece in file.pieces)
    assert len(file.pieces) < len(lengths) / 2
