"""Logs on standard error: one line of JSON for each event, or readable lines on a terminal."""

import asyncio
import atexit
import datetime as dt
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from structlog.typing import Processor

from mosaic_adapters.settings import Settings
from mosaic_http.codec import encode
from mosaic_http.guard import RequestLog
from mosaic_http.outlet import Outlet
from mosaic_http.recent_events import RecentEvents, is_request, said
from mosaic_http.shared_memory import LOG_BYTES, SharedMemory

_ENDING_SECONDS = 1.0


class Log:
    """Where all events of this process go, each a line of JSON; the newest are `recent`.

    They are written to the descriptor, on a terminal as people read them. `memory` is where other workers
    look for them. `close` lets those that wait out, for a second at most.
    """

    def __init__(self, settings: Settings, descriptor: int = 2, memory: SharedMemory | None = None) -> None:
        self._show = _console(os.isatty(descriptor)) if _is_console(settings) else None
        self.recent = RecentEvents(memory or SharedMemory.make(1, LOG_BYTES))
        self.outlet = Outlet(descriptor, self._lost_lines)
        atexit.register(self.close)

    def write(self, lines: Sequence[bytes]) -> None:
        """Write events, each a line of JSON that has no end yet."""
        self.recent.add(lines)
        self.outlet.write(lines if self._show is None else map(self._show, lines))

    def close(self) -> None:
        """Write what a slow reader has not taken yet, if it does so now."""
        self.outlet.flush(_ENDING_SECONDS)

    def _lost_lines(self, count: int) -> bytes:
        event: Any = {"event": "log lines were lost", "lost": count}
        for process in _shared_processors():
            event = process(None, "warning", event)
        line = encode(event)
        return line if self._show is None else self._show(line)


def request_log(settings: Settings, log: Log) -> RequestLog:
    """Return the log that takes one line for each request; every line names this worker process."""
    return _Requests(settings, log)


class _Requests:
    """Writes at once the lines that one turn of the event loop logs.

    Writing line by line would give way to other threads at each line and wait for its turn again. A structlog
    logger would bind and filter anew for each request; here all is known at the start.
    """

    def __init__(self, settings: Settings, log: Log) -> None:
        self._log = log
        self._logs_all = settings.log_level in {"debug", "info"}
        self._worker = os.getpid()
        self._stamp = _TimeStamper()
        self._waiting: list[bytes] = []

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log what went as it should, where that is wanted."""
        if self._logs_all:
            self._keep("info", event, fields)

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        """Log what failed."""
        self._keep("error", event, fields)

    def _keep(self, level: str, event: str, fields: dict[str, Any]) -> None:
        """Keep the line until the event loop's next turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        line = self._stamp(None, level, {"worker": self._worker, **fields, "event": event, "level": level})
        self._waiting.append(encode(line))

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        self._log.write(lines)


class _LibraryHandler(logging.Handler):
    """Writes what libraries log, from any thread; what cannot be made a line is counted as lost."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record."""
        try:
            self._log.write([self.format(record).encode()])
        except Exception:  # noqa: BLE001  # a record that cannot be written out harms nobody
            self._log.outlet.lose(1)


def send_library_logs(settings: Settings, log: Log) -> None:
    """Send what libraries log to the same place in the same form."""
    handler = _LibraryHandler(log)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_shared_processors()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _encodable,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)


def _shared_processors() -> list[Processor]:
    return [structlog.processors.add_log_level, _TimeStamper(), _name_worker]


def _name_worker(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["worker"] = os.getpid()
    return event


def _encodable(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Write out what no JSON holds: half a character, as file names have."""
    return {name: _whole(value) if isinstance(value, str) else value for name, value in event.items()}


def _whole(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


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


def _console(has_colours: bool) -> Callable[[bytes], bytes]:  # noqa: FBT001  # what is asked of the terminal
    """Return what makes a line for people of a line of JSON."""
    render = structlog.dev.ConsoleRenderer(colors=has_colours and not os.environ.get("NO_COLOR"))

    def show(line: bytes) -> bytes:
        event = msgspec.json.decode(line)
        text = _harmless(said(event))
        if is_request(event):
            event = {name: event[name] for name in ("timestamp", "level", "worker")}
        if "exception" in event:
            event["exception"] = "\n".join(map(_harmless, event["exception"].splitlines()))
        return str(render(None, "", {**event, "event": text})).encode()

    return show


def _harmless(text: str) -> str:
    """Return the text with its control characters written out: a terminal would obey them."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _is_console(settings: Settings) -> bool:
    return (settings.log_format or ("console" if sys.stderr.isatty() else "json")) == "console"
