"""Requests that are sent behind each other on one connection."""

import asyncio
from collections import Counter

from starlette.types import Receive, Scope, Send

from mosaic_http.rounds import Rounds
from support_connections import listening

ASKED = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
ANSWER_END = b"\r\n\r\n"
MOST = 2
CONNECTIONS = 6
REQUESTS = 60


class Turns:
    """Counts how many requests begin in each turn of the event loop."""

    def __init__(self) -> None:
        self.begun: Counter[int] = Counter()
        self._number = 0
        self._is_counted = False

    async def app(self, _: Scope, __: Receive, send: Send) -> None:
        self.begun[self._number] += 1
        if not self._is_counted:
            self._is_counted = True
            asyncio.get_running_loop().call_soon(self._next)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _next(self) -> None:
        self._number += 1
        self._is_counted = False


async def ask(port: int, requests: int) -> int:
    """Return how many answers come to so many requests that are sent together."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASKED * requests)
    for number in range(requests):
        async with asyncio.timeout(10):
            assert (await reader.readuntil(ANSWER_END)).startswith(b"HTTP/1.1 204"), number
    writer.write(ASKED)  # the connection is as good as before
    async with asyncio.timeout(10):
        await reader.readuntil(ANSWER_END)
    writer.close()
    await writer.wait_closed()
    return requests + 1


async def served(turns: Turns) -> list[int]:
    async with listening(turns.app, Rounds(MOST)) as port:
        return await asyncio.gather(*(ask(port, REQUESTS) for _ in range(CONNECTIONS)))


def test_requests_behind_each_other_wait_for_their_turns_as_others_do() -> None:
    turns = Turns()
    answered = asyncio.run(served(turns))
    assert answered == [REQUESTS + 1] * CONNECTIONS
    assert turns.begun.total() == CONNECTIONS * (REQUESTS + 1)
    assert max(turns.begun.values()) <= 2 * MOST  # a turn of the parser and one of what it started
