"""Attacks by clients without an account."""

import json
import secrets

from siege import wire
from siege.camp import PROXY, Camp
from siege.wire import PIECE

MIB = 2**20
NETWORKS = 20
"""So many take part in a flood of logins; a net of thousands is a task for those who run the network."""


async def trailers(camp: Camp) -> None:
    """Send 20 MiB of trailers behind a chunked body."""
    begun = wire.chunked("/login") + wire.chunk(b"{}") + b"0\r\n"
    some = b"X-More: " + b"y" * 1000 + b"\r\n"

    async def hand(_: int) -> int:
        async with camp.line(camp.source(next(camp.serial))) as line:
            await line.send(begun)
            for _ in range(20 * MIB // (60 * len(some))):
                await line.send(some * 60)
            return (await line.answer()).status

    await camp.hands(4, hand, pause=0.2)


async def long_names(camp: Camp) -> None:
    """Try to log in under names of almost 10 MiB, from 20 networks."""
    body = json.dumps({"username": "n" * (10 * MIB - 100), "password": "wrong password"}).encode()

    async def hand(_: int) -> int:
        return await camp.ask(wire.post("/login", body), camp.source(next(camp.serial) % NETWORKS))

    await camp.hands(2, hand, pause=0.1)


async def login_flood(camp: Camp) -> None:
    """Guess the owner's password 200 times at once, from 20 networks."""

    async def hand(number: int) -> int:
        return await camp.ask(wire.login(camp.owner, "wrong password"), camp.source(number % NETWORKS))

    await camp.hands(camp.few(200), hand, pause=0.5)


async def names_flood(camp: Camp) -> None:
    """Try to log in under 200 random names at once, from 20 networks."""

    async def hand(number: int) -> int:
        return await camp.ask(
            wire.login(secrets.token_hex(8), "wrong password"), camp.source(number % NETWORKS)
        )

    await camp.hands(camp.few(200), hand, pause=0.5)


async def lone_login_flood(camp: Camp) -> None:
    """Guess the owner's password on 50 connections from one address, without a pause."""
    await _ask_on_and_on(camp, camp.few(50), wire.login(camp.owner, "wrong password"))


async def healthz_flood(camp: Camp) -> None:
    """Ask for /healthz on 100 connections, without a pause."""
    await _ask_on_and_on(camp, camp.few(100), wire.get("/healthz"))


async def ipv6_rotation(camp: Camp) -> None:
    """Log in from ever new addresses of one IPv6 network, behind a trusted proxy."""

    async def hand(_: int) -> int:
        address = f"2001:db8:1:2:{secrets.randbits(16):x}:{secrets.randbits(16):x}::1"
        asked = wire.login("nobody", "wrong password", X_Forwarded_For=address)
        status = await camp.ask(asked, PROXY)
        if status != 429 and next(camp.serial) >= camp.most_logins:
            camp.faults["logins past their limit"] += 1
        return status

    await camp.hands(4, hand, pause=0.1)


async def large_bodies(camp: Camp) -> None:
    """Send bodies of 12 MiB to the end before reading the answer, announced and in chunks."""
    piece = bytes(PIECE)
    pieces = 12 * MIB // PIECE
    announced = wire.head("POST", "/add_entry", Content_Type="application/json", Content_Length=12 * MIB)

    async def hand(number: int) -> int:
        async with camp.line(camp.source(number)) as line:
            await line.send(announced if number % 2 else wire.chunked("/add_entry", camp.tokens[0]))
            try:
                for _ in range(pieces):
                    await line.send(piece if number % 2 else wire.chunk(piece))
                return (await line.answer()).status
            except ConnectionError:
                camp.faults["answers lost"] += 1
                raise

    await camp.hands(4, hand, pause=0.2)


async def slow_heads(camp: Camp) -> None:
    """Send the heads of 100 requests at once, a header a second."""

    async def hand(_: int) -> int | str:
        async with camp.line() as line:
            await line.send(b"GET / HTTP/1.1\r\nHost: mosaic\r\n")
            return await line.drip(b"X-More: 1\r\n")

    await camp.hands(camp.few(100), hand)


async def slow_bodies(camp: Camp) -> None:
    """Send the bodies of 100 logins at once, a byte a second."""
    begun = wire.head("POST", "/login", Content_Type="application/json", Content_Length=1000)

    async def hand(number: int) -> int | str:
        async with camp.line(camp.source(number)) as line:
            await line.send(begun)
            return await line.drip(b" ")

    await camp.hands(camp.few(100), hand, pause=0.5)


async def held_bodies(camp: Camp) -> None:
    """Send 9 MiB of 60 logins' bodies at once, and the rest a byte a second."""
    begun = wire.head("POST", "/login", Content_Type="application/json", Content_Length=10 * MIB)

    async def hand(number: int) -> int | str:
        async with camp.line(camp.source(number)) as line:
            await line.send(begun)
            for _ in range(9 * MIB // PIECE):
                await line.send(bytes(PIECE))
            return await line.drip(b" ")

    await camp.hands(camp.few(60), hand, pause=0.5)


async def idle(camp: Camp) -> None:
    """Keep 300 connections open on which nothing is said; as many as the server may open files, if told."""

    async def hand(_: int) -> int | str:
        async with camp.line() as line:
            return await line.drip(b"")

    await camp.hands(max(camp.few(300), camp.handles), hand, pause=0.1)


async def _ask_on_and_on(camp: Camp, connections: int, asked: bytes) -> None:
    async def hand(_: int) -> str:
        async with camp.line() as line:
            while True:
                camp.tally[str((await line.ask(asked)).status)] += 1

    await camp.hands(connections, hand)
