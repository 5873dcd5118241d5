"""Clients that leave while something is done for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")


async def unless_left(receive: Receive, work: Awaitable[T], give_up: Callable[[], None]) -> T:
    """Return what the work returns.

    If the client leaves before, `give_up`, wait for the end of the work, and raise ClientDisconnect.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            give_up()
            await asyncio.wait((working,))
            working.exception()  # nobody is left whom that concerns
            leaving.result()  # raises what was wrong with the body, if anything was
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
