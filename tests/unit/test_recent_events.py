"""The newest log events, kept in memory that all workers of a server read."""

import datetime as dt
import json
import threading
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mosaic_http.recent_events import LONGEST, MOST, RecentEvents
from mosaic_http.shared_memory import LOG_BYTES, SharedMemory
from support_workers import Worker, log

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def a_line(number: int, text: str = "said", **more: Any) -> bytes:  # noqa: ANN401  # any JSON
    """Return the line of the event that something said that many seconds after noon."""
    event = {
        "timestamp": f"{NOON + dt.timedelta(seconds=number):%Y-%m-%dT%H:%M:%S.%fZ}",
        "level": "warning",
        "logger": "mosaic.store",
        "event": f"{text} {number}",
        "worker": 7,
    }
    return json.dumps({**event, **more}, ensure_ascii=False).encode()


def kept(size: int = LOG_BYTES) -> RecentEvents:
    return RecentEvents(SharedMemory.make(1, size))


def messages(recent: RecentEvents, limit: int = MOST) -> list[str]:
    return [event["message"] for event in recent.newest(limit)]


def test_nothing_is_told_before_anything_is_logged() -> None:
    assert kept().newest(MOST) == []


def test_an_event_is_told_as_it_was_logged() -> None:
    recent = kept()
    recent.add([a_line(1, "Größe \n 🌲")])
    assert recent.newest(1) == [
        {
            "timestamp": NOON + dt.timedelta(seconds=1),
            "level": "warning",
            "logger": "mosaic.store",
            "message": "Größe \n 🌲 1",
            "worker": 7,
        }
    ]


REQUEST: dict[str, Any] = {
    "event": "request",
    "id": "my-id",
    "method": "GET",
    "route": "/entries/{id:int}",
    "status": 200,
    "duration_ms": 1.25,
    "user": 3,
}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "GET /entries/{id:int} 200 1.25 ms (user 3, request my-id)"),
        ({"route": "", "user": None}, "GET (unknown path) 200 1.25 ms (request my-id)"),
        ({"note": "client left"}, "GET /entries/{id:int} 200 1.25 ms, client left (user 3, request my-id)"),
        ({"failure": "OSError"}, "GET /entries/{id:int} 200 1.25 ms, OSError (user 3, request my-id)"),
    ],
)
def test_a_request_is_told_as_people_read_it(fields: dict[str, Any], message: str) -> None:
    recent = kept()
    recent.add([a_line(1, **{**REQUEST, **fields})])
    (told,) = recent.newest(1)
    assert (told["logger"], told["level"], told["message"]) == ("mosaic.requests", "warning", message)


def test_the_newest_events_come_first_and_no_more_than_asked_for() -> None:
    recent = kept()
    recent.add([a_line(1), a_line(2)])
    recent.add([a_line(3)])
    assert messages(recent) == ["said 3", "said 2", "said 1"]
    assert messages(recent, 2) == ["said 3", "said 2"]


def test_events_of_one_instant_keep_their_order() -> None:
    recent = kept()
    recent.add([a_line(0, text, event=text) for text in "abc"])
    assert messages(recent) == ["c", "b", "a"]


@pytest.mark.parametrize("text", ["x", "ü", "🌲", "\x01", '"'])
def test_the_newest_500_are_there_however_long_they_are(text: str) -> None:
    recent = kept()
    lines = [a_line(number, text * 5000, exception="y" * 5000) for number in range(MOST + 1)]
    recent.add(lines)
    told = recent.newest(MOST)
    assert [event["timestamp"].second for event in told] == [number % 60 for number in range(MOST, 0, -1)]
    assert all(event["message"].startswith(text) and event["message"].endswith("…") for event in told)
    assert all(len(event["message"].encode()) <= LONGEST for event in told)


def test_what_is_long_because_of_its_traceback_keeps_its_message() -> None:
    recent = kept()
    recent.add([a_line(1, "failed", exception="y" * 5000), a_line(2, **REQUEST, failure="z" * 5000)])
    request, failed = recent.newest(2)
    assert failed["message"] == "failed 1"
    assert request["logger"] == "mosaic.requests"
    assert request["message"].startswith("GET /entries/{id:int} 200 1.25 ms, zzz")


@given(st.lists(st.lists(st.integers(0, 120), min_size=1, max_size=5), max_size=30), st.integers(200, 900))
@example([[0] * 5] * 30, 16 + 91)
def test_a_full_ring_tells_the_newest_events_whole(batches: list[list[int]], size: int) -> None:
    recent = kept(size)
    logged: list[str] = []
    for batch in batches:
        lines = [a_line(len(logged) + at, "x" * length) for at, length in enumerate(batch)]
        recent.add(lines)
        logged += [json.loads(line)["event"] for line in lines]
    told = messages(recent)
    assert told == logged[::-1][: len(told)]
    room = size - 16
    needed = 0
    for number, text in enumerate(reversed(logged)):
        needed += len(a_line(len(logged) - 1 - number, text[: text.rindex(" ")])) + 1
        assert needed > room or number < len(told)


def test_what_a_worker_that_was_killed_said_stays_when_another_takes_its_place() -> None:
    memory = SharedMemory.make(2, LOG_BYTES)
    recent = RecentEvents(memory)
    recent.add([a_line(2, "own")])
    Worker(log, memory, [a_line(1, "first")]).kill()
    Worker(log, memory, [a_line(3, "second")]).kill()
    assert messages(recent) == ["second 3", "own 2", "first 1"]


@pytest.mark.parametrize("piece", [bytes(40), b"7", b"{}", b'{"timestamp": "2026', b"\xc3"])
def test_a_line_of_which_only_a_piece_is_left_is_passed_over(piece: bytes) -> None:
    memory = SharedMemory.make(1, 4096)
    before = RecentEvents(memory)
    before.add([a_line(1)])
    part = memory.parts[0]
    counters = part[:16].cast("Q")
    part[16 + counters[1] : 16 + counters[1] + len(piece)] = piece
    counters[0] += len(piece)  # as a process leaves it that is killed while it writes
    assert messages(before) == ["said 1"]
    after = RecentEvents(memory)
    after.add([a_line(2)])
    assert messages(after) == ["said 2", "said 1"]


def test_readers_see_whole_events_while_others_write() -> None:
    recent = kept(8192)
    ended = threading.Event()

    def write() -> None:
        for number in range(3000):
            recent.add([a_line(number, "x" * (number % 200)) for _ in range(3)])
        ended.set()

    writing = [threading.Thread(target=write) for _ in range(2)]
    for one in writing:
        one.start()
    while not ended.is_set():
        for message in messages(recent):
            crosses, _, number = message.partition(" ")
            assert crosses == "x" * (int(number) % 200)
    for one in writing:
        one.join()
