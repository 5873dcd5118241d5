"""Attacks with requests that no ordinary client sends."""

import asyncio
import json

from siege import wire
from siege.camp import Camp

MIB = 2**20
PIPELINED = 5_000
PLAIN = wire.get("/")
"""It has 32 bytes, so that no piece ends within a head, which the server would take for one without end."""
ENTRY = json.dumps({"date": "2024-01-02", "activity": "Odd"}).encode()


async def deep_json(camp: Camp) -> None:
    """Send JSON that is nested a million deep, as an entry and as a wearable record."""
    nested = b"[" * MIB + b"]" * MIB
    entry = b'{"date": "2024-01-02", "activity": ' + nested + b"}"
    batch = b'{"source_app": "a", "device_id": "b", "tz": "UTC", "records": [{"fields": ' + nested + b"}]}"

    async def hand(number: int) -> int:
        if number % 2:
            return await camp.ask(wire.post("/add_entry", entry, camp.tokens[0]))
        return await camp.ask(wire.post("/ingest/wearable/batch", batch, camp.tokens[0]))

    await camp.hands(2, hand, pause=0.5)


async def garbage(camp: Camp) -> None:
    """Send a valid request, and behind it what is no HTTP."""
    asked = wire.post("/add_entry", ENTRY, camp.tokens[0]) + b"\x00garbage\r\n\r\n" * 1000

    async def hand(_: int) -> str:
        async with camp.line() as line:
            first = (await line.ask(asked)).status
            return f"{first} then {(await line.answer()).status}"

    await camp.hands(4, hand, pause=0.2)


async def upgrades(camp: Camp) -> None:
    """Ask for h2c on a POST."""
    asked = wire.post(
        "/add_entry",
        ENTRY,
        camp.tokens[0],
        Connection="Upgrade, HTTP2-Settings",
        Upgrade="h2c",
        HTTP2_Settings="AA",
    )

    async def hand(_: int) -> int:
        return await camp.ask(asked)

    await camp.hands(4, hand, pause=0.2)


async def pipelining(camp: Camp) -> None:
    """Send 5,000 requests at once on one connection and read the answers; or never read them."""
    asked = PLAIN * PIPELINED

    async def hand(number: int) -> int | str:
        if number % 2:
            return await _unread(camp, asked)
        async with camp.line() as line:
            sending = asyncio.ensure_future(line.send(asked))
            for _ in range(PIPELINED):
                status = (await line.answer()).status
            await sending
            return status

    await camp.hands(4, hand, pause=0.5)


async def _unread(camp: Camp, asked: bytes) -> str:
    async with camp.line(receive_buffer=4096) as line:
        while True:
            await line.send(asked)
