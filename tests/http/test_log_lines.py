"""Log lines on their way to standard error."""

import asyncio
import json
import logging
import os
import re
import select
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mosaic_adapters.settings import load
from mosaic_http import outlet
from mosaic_http.logs import Log, request_log, send_library_logs

PIECE = getattr(select, "PIPE_BUF", 512)
LOST = "log lines were lost"
SETTINGS = load({"MOSAIC_LOG_FORMAT": "json"})


class Reader:
    """A pipe or a socket, and what its reader gets."""

    def __init__(self, kind: str) -> None:
        if kind == "socket":
            ours, theirs = socket.socketpair()
            self.reading, self.writing = ours.detach(), theirs.detach()
        else:
            self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)

    def lines(self, last: str) -> list[dict[str, Any]]:
        """Return the lines up to that of this event or route."""
        got = b""
        while not (got.endswith(b"\n") and last in names(got)[-1:]):
            assert select.select([self.reading], [], [], 30)[0], got
            got += os.read(self.reading, 2**16)
        return [json.loads(line) for line in got.splitlines()]

    def close(self) -> None:
        os.close(self.writing)
        os.close(self.reading)


def names(lines: bytes) -> list[str]:
    """Return what each line of JSON is about."""
    return [one.get("route", one["event"]) for one in map(json.loads, lines.splitlines())]


@pytest.fixture(params=["pipe", "socket", "pipe that cannot be opened again"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    if request.param.startswith("pipe that"):
        monkeypatch.setattr(outlet, "sys", SimpleNamespace(platform="another system"))
    made = Reader(request.param)
    yield made
    made.close()


@pytest.fixture
def log(reader: Reader) -> Log:
    return Log(SETTINGS, reader.writing)


def logged(log: Log, routes: list[str]) -> None:
    """Log a request of each route in one turn of an event loop."""
    requests = request_log(SETTINGS, log)

    async def one_turn() -> None:
        for route in routes:
            requests.info(
                "request", id="x", method="GET", route=route, status=200, duration_ms=0.1, user=None
            )

    asyncio.run(one_turn())


def fill(log: Log, route: str = "filling") -> int:
    """Log until lines must be lost; return how many were logged."""
    count = 0
    while log.outlet._lost == 0:  # noqa: SLF001  # only a reader is told, and none reads
        logged(log, [route + "x" * 500] * 100)
        count += 100
    return count


def test_no_piece_holds_more_than_a_pipe_takes_whole_or_half_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    reader = Reader("pipe")
    log = Log(SETTINGS, reader.writing)

    def write(piece: bytes) -> int:
        written.append(piece)
        return len(piece)

    monkeypatch.setattr(log.outlet, "_write_some", write)
    lengths = [0, 1, 100, PIECE, 5, 2 * PIECE, *range(300)]
    logged(log, ["x" * length for length in lengths])
    lines = [json.loads(line) for line in b"".join(written).splitlines()]
    assert [len(line["route"]) for line in lines] == lengths
    assert all(piece.endswith(b"\n") for piece in written)
    assert all(len(piece) <= PIECE or piece.count(b"\n") == 1 for piece in written)
    assert len(written) < len(lengths) / 2
    reader.close()


def test_lines_come_in_their_order(reader: Reader, log: Log) -> None:
    routes = [f"/{number}" for number in range(100)]
    logged(log, routes[:50])
    logged(log, routes[50:])
    assert [line["route"] for line in reader.lines(routes[-1])] == routes


def test_nobody_waits_for_a_reader_and_one_line_says_how_many_were_lost(reader: Reader, log: Log) -> None:
    count = fill(log)
    logged(log, ["lost"] * 10)
    *read, told = reader.lines(LOST)
    assert told["level"] == "warning"
    assert told["worker"] == os.getpid()
    assert told["lost"] == count + 10 - len(read)
    assert {line["route"][:7] for line in read} == {"filling"}
    logged(log, ["after"])
    assert [line["route"] for line in reader.lines("after")] == ["after"]


def test_a_slow_reader_loses_nothing_that_fits_the_backlog(reader: Reader, log: Log) -> None:
    routes = [f"/{number}/{'x' * 100}" for number in range(3000)]
    logged(log, routes)
    assert [line["route"] for line in reader.lines(routes[-1])] == routes


def test_the_descriptor_of_others_stays_as_it_was(reader: Reader, log: Log) -> None:
    logged(log, ["x"])
    assert os.get_blocking(reader.writing)


def test_closing_waits_only_so_long_for_a_reader(reader: Reader, log: Log) -> None:
    fill(log)
    log.close()
    assert reader.lines(LOST)


def test_a_reader_that_has_gone_harms_nobody() -> None:
    reading, writing = os.pipe()
    log = Log(SETTINGS, writing)
    os.close(reading)
    logged(log, ["x"] * 5)
    logged(log, ["x"] * 5)
    assert log.outlet._lost == 10  # noqa: SLF001  # nobody is left who could be told
    os.close(writing)


def test_what_libraries_log_goes_the_same_way(reader: Reader, log: Log) -> None:
    before = logging.getLogger().handlers
    send_library_logs(SETTINGS, log)
    try:
        fill(log)
        logging.getLogger("a.library").warning("said %d", 1)
        reader.lines(LOST)
        logging.getLogger("a.library").warning("said %d", 2)
        logging.getLogger("a.library").warning("wrong %d", "x")
        logging.getLogger("a.library").warning("said %d", 3)
        said, told, again = reader.lines("said 3")
    finally:
        logging.getLogger().handlers = before
    assert (said["event"], said["logger"], said["level"]) == ("said 2", "a.library", "warning")
    assert told["lost"] == 1
    assert again["logger"] == "a.library"


@pytest.mark.parametrize("kind", ["json", "console"])
def test_half_a_character_is_written_out(kind: str) -> None:
    settings = load({"MOSAIC_LOG_FORMAT": kind})
    reader = Reader("pipe")
    log = Log(settings, reader.writing)
    before = logging.getLogger().handlers
    send_library_logs(settings, log)
    try:
        logging.getLogger("a.library").warning("no file %s", "a\udc80" * 500)
    finally:
        logging.getLogger().handlers = before
    assert b"no file a\\" in os.read(reader.reading, 2**16)
    (told,) = log.recent.newest(1)
    assert told["message"].startswith("no file a\\udc80a")
    reader.close()


def test_a_line_that_the_disk_has_torn_does_not_tear_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader("pipe")
    log = Log(SETTINGS, reader.writing)
    whole = log.outlet._write_some  # noqa: SLF001  # nothing else makes a disk full after half a line
    answers = iter([lambda piece: whole(piece[:10]), lambda _: os.write(-1, b"")])

    def write(piece: bytes) -> int:
        return next(answers, whole)(piece)

    monkeypatch.setattr(log.outlet, "_write_some", write)
    logged(log, ["torn"])
    logged(log, ["whole"])
    half, told, line = os.read(reader.reading, 2**16).splitlines()
    assert len(half) == 10
    assert json.loads(told)["lost"] == 1
    assert json.loads(line)["route"] == "whole"
    reader.close()


@pytest.mark.parametrize(("place", "no_color"), [("terminal", ""), ("terminal", "1"), ("pipe", "")])
def test_lines_for_people_have_colours_on_a_terminal_that_wants_them(
    monkeypatch: pytest.MonkeyPatch, place: str, no_color: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    reading, writing = os.openpty() if place == "terminal" else os.pipe()
    logged(Log(load({"MOSAIC_LOG_FORMAT": "console"}), writing), ["/today"])
    line = os.read(reading, 2**16).decode()
    assert "GET /today 200 0.1 ms" in line
    assert "[info " in re.sub(r"\x1b\[[0-9;]*m", "", line)
    assert ("\x1b[" in line) == (place == "terminal" and not no_color)
    os.close(reading)
    os.close(writing)


def test_a_terminal_gets_no_commands_from_what_is_logged() -> None:
    settings = load({"MOSAIC_LOG_FORMAT": "console"})
    reader = Reader("pipe")
    log = Log(settings, reader.writing)
    before = logging.getLogger().handlers
    send_library_logs(settings, log)
    try:
        failure = ValueError("wrong \x1b[2J")
        logging.getLogger("a.library").error("said \x1b]0;title\x07\nand ü", exc_info=failure)
    finally:
        logging.getLogger().handlers = before
    written = os.read(reader.reading, 2**16).decode()
    assert "said \\x1b]0;title\\x07\\nand ü" in written
    assert "\nValueError: wrong \\x1b[2J" in written
    assert "\x1b" not in written
    log.outlet._lost = 1  # noqa: SLF001  # as after a record that cannot be written out
    logged(log, ["/today"])
    told = os.read(reader.reading, 2**16).decode()
    assert LOST in told
    assert "lost=1" in told
    reader.close()
