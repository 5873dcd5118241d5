"""What a request's cycle writes to its connection."""

import asyncio
from collections.abc import Callable

from mosaic_http.flow import Outlet
from support_connections import Connection


def after(work: Callable[[Outlet, Connection], None], *, turns: int = 1) -> list[bytes]:
    """Return what was written after the work in one turn of an event loop, and so many more turns."""

    async def run() -> list[bytes]:
        connection = Connection()
        work(Outlet(connection, asyncio.get_running_loop(), connection.close), connection)
        for _ in range(turns):
            await asyncio.sleep(0)
        return [*connection.written]

    return asyncio.run(run())


def write(*parts: bytes) -> Callable[[Outlet, Connection], None]:
    def work(outlet: Outlet, _: Connection) -> None:
        for part in parts:
            outlet.write(part)

    return work


def test_a_head_and_the_body_behind_it_go_out_at_once() -> None:
    assert after(write(b"head", b"body"), turns=0) == [b"headbody"]


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    assert after(write(b"head")) == [b"head"]


def test_no_more_than_one_part_is_held_back() -> None:
    assert after(write(b"a", b"b", b"c", b"d", b"e"), turns=0) == [b"ab", b"cd"]
    assert after(write(b"a", b"b", b"c")) == [b"ab", b"c"]


def test_what_is_held_back_goes_out_before_the_connection_closes() -> None:
    def work(outlet: Outlet, _: Connection) -> None:
        outlet.write(b"head")
        outlet.close()

    assert after(work, turns=0) == [b"head"]


def test_nothing_is_written_to_a_connection_that_is_closed_meanwhile() -> None:
    def work(outlet: Outlet, connection: Connection) -> None:
        outlet.write(b"head")
        connection.close()

    assert after(work) == []
