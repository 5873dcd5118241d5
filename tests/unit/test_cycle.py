"""An answer that is all there goes out in one piece, and says what it would have said in two."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from mosaic_http.cycle import WHOLE_ANSWER, Cycle
from mosaic_http.flow import Outlet
from support_connections import Connection

HEADERS = [(b"x-total-count", b"3"), (b"content-length", b"4"), (b"content-type", b"text/plain")]
WHOLE: Any = {"type": WHOLE_ANSWER, "status": 201, "headers": HEADERS, "body": b"body"}
PARTS: tuple[Any, ...] = (
    {"type": "http.response.start", "status": 201, "headers": HEADERS},
    {"type": "http.response.body", "body": b"body"},
)


class Exchange:
    """A request that is to be answered on a connection; to be made within an event loop."""

    def __init__(
        self, method: str = "GET", *, stays: bool = True, kind: type[RequestResponseCycle] = Cycle
    ) -> None:
        self.connection = Connection()
        self.answers = 0
        self.flow = FlowControl(self.connection)
        logger = logging.getLogger(__name__)
        outlet: Any = Outlet(self.connection, asyncio.get_running_loop(), self.connection.close)
        scope: Any = {"type": "http", "method": method}
        self.cycle = kind(
            scope=scope,
            transport=outlet,
            flow=self.flow,
            logger=logger,
            access_logger=logger,
            access_log=False,
            default_headers=[(b"date", b"today")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=stays,
            on_response=self._answered,
        )

    def _answered(self) -> None:
        self.answers += 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("stays", [True, False])
def test_a_whole_answer_is_what_its_parts_would_be(method: str, *, stays: bool) -> None:
    async def answered() -> tuple[Exchange, Exchange]:
        one, other = (Exchange(method, stays=stays, kind=kind) for kind in (Cycle, RequestResponseCycle))
        await one.cycle.send(WHOLE)
        for part in PARTS:
            await other.cycle.send(part)
        return one, other

    one, other = asyncio.run(answered())
    assert len(one.connection.written) == 1
    assert one.connection.written == [b"".join(other.connection.written)]
    assert one.connection.closing == other.connection.closing is not stays
    assert one.answers == other.answers == 1
    assert one.cycle.response_complete


def test_an_answer_in_parts_goes_out_as_ever() -> None:
    async def answered() -> Exchange:
        exchange = Exchange()
        for part in PARTS:
            await exchange.cycle.send(part)
        return exchange

    (written,) = asyncio.run(answered()).connection.written
    assert written.startswith(b"HTTP/1.1 201 Created\r\ndate: today\r\n")
    assert written.endswith(b"\r\n\r\nbody")


def test_a_whole_answer_waits_for_a_client_that_takes_nothing() -> None:
    async def answered() -> tuple[list[bytes], list[bytes]]:
        exchange = Exchange()
        exchange.flow.pause_writing()
        sending = asyncio.create_task(exchange.cycle.send(WHOLE))
        await asyncio.sleep(0)
        before = [*exchange.connection.written]
        exchange.flow.resume_writing()
        await sending
        return before, exchange.connection.written

    before, after = asyncio.run(answered())
    assert not before
    assert len(after) == 1


def test_nobody_is_answered_who_has_left() -> None:
    async def answered() -> Exchange:
        exchange = Exchange()
        exchange.cycle.disconnected = True
        await exchange.cycle.send(WHOLE)
        return exchange

    exchange = asyncio.run(answered())
    assert not exchange.connection.written
    assert exchange.answers == 0


def test_a_request_has_one_answer() -> None:
    async def answer_twice() -> None:
        exchange = Exchange()
        await exchange.cycle.send(WHOLE)
        await exchange.cycle.send(WHOLE)

    with pytest.raises(RuntimeError, match="begun already"):
        asyncio.run(answer_twice())


def test_an_answer_that_is_cut_off_ends_its_connection_without_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def begin(*request: Any) -> None:  # noqa: ANN401  # as in ASGI
        *_, send = request
        await send(PARTS[0])
        await asyncio.sleep(60)

    async def scenario() -> Exchange:
        exchange = Exchange()
        running = asyncio.ensure_future(exchange.cycle.run_asgi(begin))
        await asyncio.sleep(0)
        running.cancel()
        await running
        return exchange

    exchange = asyncio.run(scenario())
    assert exchange.connection.closing
    assert exchange.connection.written
    assert caplog.records == []
