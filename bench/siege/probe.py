"""A light probe: how long the event loop keeps the simplest request waiting."""

import http.client
import time
from contextlib import suppress
from typing import NamedTuple

from siege.wire import HOST

EVERY = 0.02
ADDRESS = "127.9.1.1"


class Stalls(NamedTuple):
    """The seconds that the probe waited: at most, and in all but one of a hundred cases."""

    longest: float
    at: float
    p99: float


def felt(port: int, seconds: float, lines: int) -> Stalls:
    """Ask for `/` every 20 ms, in turn on so many connections, which may be different workers'."""
    connections = [
        http.client.HTTPConnection(HOST, port, timeout=30, source_address=(ADDRESS, 0)) for _ in range(lines)
    ]
    begin = time.monotonic()
    waited: list[tuple[float, float]] = []
    while (now := time.monotonic()) < begin + seconds:
        _ask(connections[len(waited) % lines])
        waited.append((time.monotonic() - now, now - begin))
        time.sleep(EVERY)
    waited.sort()
    return Stalls(*waited[-1], waited[len(waited) * 99 // 100][0])


def _ask(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/")
        connection.getresponse().read()
        return
    connection.close()  # the next request opens it again
