"""Logs on standard error: one line of JSON for each event, or readable lines on a terminal."""

import asyncio
import atexit
import datetime as dt
import logging
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import Processor

from mosaic_adapters.settings import Settings
from mosaic_http.codec import encode
from mosaic_http.guard import RequestLog
from mosaic_http.outlet import Outlet

_ENDING_SECONDS = 1.0


class Log:
    """Where all log lines of this process go; `close` lets those that wait out, for a second at most."""

    def __init__(self, settings: Settings, descriptor: int = 2) -> None:
        self._settings = settings
        self.outlet = Outlet(descriptor, self._lost_line)
        atexit.register(self.close)

    def close(self) -> None:
        """Write what a slow reader has not taken yet, if it does so now."""
        self.outlet.flush(_ENDING_SECONDS)

    def _lost_line(self, count: int) -> bytes:
        event: Any = {"event": "log lines were lost", "lost": count, "worker": os.getpid()}
        for process in (*_shared_processors(), _renderer(self._settings)):
            event = process(None, "warning", event)
        line: bytes = event
        return line


def request_log(settings: Settings, outlet: Outlet) -> RequestLog:
    """Return the log that takes one line for each request; every line names this worker process."""
    return _Requests(settings, outlet)


class _Requests:
    """Writes at once the lines that one turn of the event loop logs.

    Writing line by line would give way to other threads at each line and wait for its turn again. A structlog
    logger would bind and filter anew for each request; here all is known at the start.
    """

    def __init__(self, settings: Settings, outlet: Outlet) -> None:
        self._outlet = outlet
        self._logs_all = settings.log_level in {"debug", "info"}
        self._worker = os.getpid()
        self._stamp = _TimeStamper()
        self._render = _renderer(settings)
        self._waiting: list[bytes] = []

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log what went as it should, where that is wanted."""
        if self._logs_all:
            self._log("info", event, fields)

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log what failed."""
        self._log("error", event, fields)

    def _log(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Keep the line until the event loop's next turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        line = self._stamp(None, level, {"worker": self._worker, **fields, "event": event, "level": level})
        self._waiting.append(self._render(None, level, line))

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        self._outlet.write(lines)


class _LibraryHandler(logging.Handler):
    """Writes what libraries log, from any thread; what cannot be made a line is counted as lost."""

    def __init__(self, outlet: Outlet) -> None:
        super().__init__()
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        try:
            line = self.format(record).encode("utf-8", "backslashreplace")
        except Exception:  # noqa: BLE001  # a record that cannot be written out harms nobody
            self._outlet.lose(1)
        else:
            self._outlet.write([line])


def send_library_logs(settings: Settings, outlet: Outlet) -> None:
    """Send what libraries log to the same place in the same form."""
    handler = _LibraryHandler(outlet)
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


def _renderer(settings: Settings) -> Callable[[Any, str, Any], bytes]:
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
