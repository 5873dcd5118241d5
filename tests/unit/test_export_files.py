"""Exports in files: who closes them, and when."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import ClientDisconnect

from mosaic_core.errors import StorageFull
from mosaic_http.errors import RequestTimeout
from mosaic_http.export_files import ExportFile, FileResponse
from mosaic_http.leaving import unless_left

LARGE = [b"x" * 2**16] * 8


class Closings:
    """Counts how often a file said that it was closed."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self) -> None:
        self.number += 1


def handles() -> list[str]:
    """Return what the open file handles of this process lead to."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the folder itself
            found.append(str(handle.readlink()))
    return found


def open_files() -> int:
    return len(handles())


async def never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def leaves() -> dict[str, Any]:
    return {"type": "http.disconnect"}


def scope(method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "method": method, "asgi": {"spec_version": "2.3"}}


async def read_back(file: ExportFile) -> bytes:
    return b"".join([piece async for piece in file.pieces()])


def sent(file: ExportFile, method: str = "GET") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Send the file to somebody who reads; return the headers and the body."""
    messages: list[Any] = []

    async def send(message: Any) -> None:  # noqa: ANN401  # any message
        messages.append(message)

    asyncio.run(FileResponse(file, {"X-More": "1"}, "text/plain")(scope(method), never, send))
    return messages[0]["headers"], b"".join(message["body"] for message in messages[1:])


@pytest.mark.parametrize("pieces", [[], [b"little"], LARGE])
def test_what_was_written_is_sent_with_its_length_and_the_file_is_closed_once(pieces: list[bytes]) -> None:
    before, closings = open_files(), Closings()
    file = ExportFile(closings)
    file.write(pieces)
    headers, body = sent(file)
    assert body == b"".join(pieces)
    assert dict(headers)[b"content-length"] == b"%d" % len(body)
    file.close()
    assert (closings.number, open_files()) == (1, before)


def test_a_small_export_needs_no_file_and_a_large_one_has_no_name() -> None:
    before, small, large = open_files(), ExportFile(Closings()), ExportFile(Closings())
    small.write([b"little"])
    assert open_files() == before
    large.write(LARGE)
    assert open_files() == before + 1
    assert [handle for handle in handles() if handle.endswith(" (deleted)")]
    small.close()
    large.close()


def test_for_head_the_headers_alone_are_sent() -> None:
    file = ExportFile(Closings())
    file.write(LARGE)
    headers, body = sent(file, "HEAD")
    assert dict(headers)[b"content-length"] == b"%d" % sum(map(len, LARGE))
    assert body == b""


def test_a_file_that_is_closed_while_it_is_written_is_closed_by_its_writer() -> None:
    before, file = open_files(), ExportFile(Closings())
    begun, closed = threading.Event(), threading.Event()
    asked = []

    def pieces() -> Iterator[bytes]:
        yield from LARGE
        begun.set()
        closed.wait()
        for number in range(100):
            asked.append(number)
            yield b"more"

    writer = threading.Thread(target=lambda: file.write(pieces()))
    writer.start()
    begun.wait()
    file.close()
    closed.set()
    writer.join()
    assert asked == [0]
    assert open_files() == before


def test_a_writer_that_fails_leaves_the_file_to_be_closed() -> None:
    def pieces() -> Iterator[bytes]:
        yield from LARGE
        raise LookupError

    before, file = open_files(), ExportFile(Closings())
    with pytest.raises(LookupError):
        file.write(pieces())
    file.close()
    assert open_files() == before


def test_a_temporary_folder_without_room_is_told_as_such() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"little"
        raise OSError(28, "No space left on device")

    file = ExportFile(Closings())
    with pytest.raises(StorageFull) as caught:
        file.write(pieces())
    assert caught.value.message == "There is no room left for the export"
    file.close()


def test_another_failure_of_a_file_is_no_lack_of_room() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"little"
        raise OSError(5, "Input/output error")

    file = ExportFile(Closings())
    with pytest.raises(OSError, match="Input/output"):
        file.write(pieces())
    file.close()


async def _reads_nothing(_: object) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("receive", "grace"), [(never, 0.01), (leaves, 60.0)])
def test_a_client_that_leaves_or_takes_too_long_has_its_file_closed(receive: Any, grace: float) -> None:  # noqa: ANN401  # a coroutine function
    before, closings = open_files(), Closings()
    file = ExportFile(closings)
    file.write([b"little"])
    asked = scope()

    async def answered() -> None:
        response = FileResponse(file, {}, "text/plain", grace - file.size / 4096)
        await response(asked, receive, _reads_nothing)

    asyncio.run(answered())
    assert (closings.number, open_files()) == (1, before)
    assert asked.get("mosaic.note") == ("client too slow" if receive is never else None)


def test_others_get_their_turn_between_two_pieces() -> None:
    file = ExportFile(Closings())
    file.write(LARGE)
    turns = []

    async def others() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    async def both() -> int:
        other = asyncio.ensure_future(others())
        await read_back(file)
        other.cancel()
        return len(turns)

    assert asyncio.run(both()) >= len(LARGE)
    file.close()


def test_work_whose_client_stays_returns_what_it_returns() -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    assert asyncio.run(unless_left(never, work(), Closings())) == "done"


def test_work_whose_client_leaves_is_given_up_and_waited_for() -> None:
    async def asked() -> None:
        ended = asyncio.Event()
        given_up = []

        def give_up() -> None:
            given_up.append(1)
            ended.set()

        async def work() -> None:
            await ended.wait()
            raise LookupError

        with pytest.raises(ClientDisconnect):
            await unless_left(leaves, work(), give_up)
        assert given_up == [1]

    asyncio.run(asked())


def test_what_is_wrong_with_the_body_is_told() -> None:
    async def slow_body() -> dict[str, Any]:
        raise RequestTimeout("slow")

    async def asked() -> None:
        ended = asyncio.Event()
        with pytest.raises(RequestTimeout):
            await unless_left(slow_body, ended.wait(), ended.set)

    asyncio.run(asked())


def test_work_that_is_cancelled_is_not_waited_for() -> None:
    async def asked() -> None:
        gave_up = Closings()
        waiting = asyncio.ensure_future(unless_left(never, asyncio.Event().wait(), gave_up))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert gave_up.number == 0

    asyncio.run(asked())
