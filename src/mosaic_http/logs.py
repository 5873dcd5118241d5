"""Logs on standard error: one line of JSON for each event, or readable lines on a terminal."""

import asyncio
import datetime as dt
import logging
import os
import select
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import structlog
from structlog.typing import Processor

from mosaic_adapters.settings import Settings
from mosaic_http.codec import encode
from mosaic_http.guard import RequestLog

_PIECE: int = getattr(select, "PIPE_BUF", 512)


def request_log(settings: Settings) -> RequestLog:
    """Return the log that takes one line for each request; every line names this worker process."""
    log: RequestLog = structlog.wrap_logger(
        _Lines(sys.stderr.buffer),
        processors=[*_shared_processors(), _renderer(settings)],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
        worker=os.getpid(),
    )
    return log


class _Lines:
    """Writes at once the lines that one turn of the event loop logs, or as many as a pipe takes in one piece.

    Writing line by line would give way to other threads at each line and wait for its turn again. Several
    processes may write to one pipe: what is larger than a piece could be torn apart.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[bytes] = []

    def info(self, line: bytes) -> None:
        """Keep the line until the event loop's next turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append(line)

    error = info

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        for piece in _pieces(lines):
            self._file.write(piece)
            self._file.flush()


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    piece = b""
    for line in lines:
        if piece and len(piece) + len(line) >= _PIECE:
            yield piece
            piece = b""
        piece += line + b"\n"
    yield piece


def send_library_logs(settings: Settings) -> None:
    """Send what libraries log to the same place in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared_processors()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *([_console()] if _is_console(settings) else [structlog.processors.JSONRenderer()]),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)


def _shared_processors() -> list[Processor]:
    return [structlog.processors.add_log_level, _TimeStamper()]


class _TimeStamper:
    """Adds the time in UTC. Writing out the second once for all its events is cheaper than for each."""

    def __init__(self) -> None:
        self._second = -1.0
        self._text = ""

    def __call__(self, _: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Add the field `timestamp`."""
        second, fraction = divmod(time.time(), 1)
        if second != self._second:
            self._second, self._text = (
                second,
                f"{dt.datetime.fromtimestamp(second, dt.UTC):%Y-%m-%dT%H:%M:%S}",
            )
        event["timestamp"] = f"{self._text}.{int(fraction * 1e6):06d}Z"
        return event


def _renderer(settings: Settings) -> Processor:
    if not _is_console(settings):
        return _json
    console = _console()

    def render(logger: Any, name: str, event: structlog.typing.EventDict) -> bytes:  # noqa: ANN401  # any logger
        return str(console(logger, name, event)).encode()

    return render


def _json(_: object, __: str, event: structlog.typing.EventDict) -> bytes:
    return encode(event)


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer()


def _is_console(settings: Settings) -> bool:
    return (settings.log_format or ("console" if sys.stderr.isatty() else "json")) == "console"
