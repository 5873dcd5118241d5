"""Attacks by heavy or hostile users who have an account."""

import datetime as dt
import itertools
from collections.abc import Iterable

from siege import payloads, wire
from siege.camp import Camp

MIB = 2**20
BATCH = "/ingest/wearable/batch"


async def uploads(camp: Camp) -> None:
    """Import two CSV files of 400,000 rows at once, as often as the limit allows."""
    file = payloads.rows(100, 400 if camp.is_short else 4_000)

    async def hand(number: int) -> int:
        return await camp.ask(wire.upload(file, camp.tokens[number]))

    await camp.hands(2, hand, pause=1.0)


async def batches(camp: Camp) -> None:
    """Send two wearable batches of 100,000 records at once, one pair after the other."""
    number_of_records = 10_000 if camp.is_short else 100_000
    body = payloads.batch("watch", (payloads.steps("KEY0000", minute) for minute in range(number_of_records)))

    async def hand(number: int) -> int:
        new = body.replace(b"KEY0000", b"KEY%04d" % next(camp.serial))
        return await camp.ask(wire.post(BATCH, new, camp.tokens[number]))

    await camp.hands(2, hand, pause=1.0)


async def held_batches(camp: Camp) -> None:
    """Send 50 MiB of 8 wearable batches at once, and the rest a byte a second."""
    size = 50 * MIB
    begun = wire.head("POST", BATCH, camp.tokens[0], Content_Type="application/json", Content_Length=2 * size)

    async def hand(number: int) -> int | str:
        async with camp.line(camp.source(number)) as line:
            await line.send(begun)
            for _ in range(size // MIB):
                await line.send(bytes(MIB))
            return await line.drip(b" ")

    await camp.hands(camp.few(8), hand, pause=0.5)


async def slow_readers(camp: Camp) -> None:
    """Ask for 400 exports of everything at once and read next to nothing of them."""
    asked = wire.get("/export/json?limit=all", camp.tokens[0])

    async def hand(number: int) -> int | str:
        async with camp.line(camp.source(number % 4), receive_buffer=4096) as line:
            await line.send(asked)
            status = int((await line.some(12))[-3:] or 0)
            if status != 200:
                return status
            await line.sip(1024)
            return "200, cut off"

    await camp.hands(camp.few(400), hand, pause=1.0)


async def sleep_stages(camp: Camp) -> None:
    """Send nights of 40,000 stages each, and batches of 30 nights with as many stages as are taken."""
    too_many = payloads.batch("ring", [payloads.sleep("many", 0, 40_000)])
    most = payloads.batch("ring", (payloads.sleep("KEY0000", night, 2_880) for night in range(30)))

    async def hand(number: int) -> int:
        body = most.replace(b"KEY0000", b"KEY%04d" % next(camp.serial)) if number else too_many
        return await camp.ask(wire.post(BATCH, body, camp.tokens[0]))

    await camp.hands(2, hand, pause=2.0)


async def long_steps(camp: Camp) -> None:
    """Send batches of 20,000 step records that last 31 days, or as long as is taken: two days."""
    bodies = [
        payloads.batch(
            "clip", (payloads.steps("KEY0000", minute, dt.timedelta(days=days)) for minute in range(20_000))
        )
        for days in (31, 2)
    ]

    async def hand(number: int) -> int:
        body = bodies[number].replace(b"KEY0000", b"KEY%04d" % next(camp.serial))
        return await camp.ask(wire.post(BATCH, body, camp.tokens[0]))

    await camp.hands(2, hand, pause=2.0)


async def useless_rows(camp: Camp) -> None:
    """Import 8 MiB of rows that are no entries."""
    file = b"date,activity\n" + b"x,y\n" * (8 * MIB // 4)

    async def hand(number: int) -> int:
        return await camp.ask(wire.upload(file, camp.tokens[number]))

    await camp.hands(2, hand, pause=1.0)


async def costly_reads(camp: Camp) -> None:
    """Read deep offsets, categories, statistics and exports of very many entries and activities."""
    days = itertools.cycle(range(1, 29))

    def asked() -> Iterable[str]:
        while True:
            yield "/entries?offset=290000&limit=500"
            yield "/entries?category=Health&offset=9000&limit=500"
            yield "/export/json?offset=290000&limit=2000"
            yield f"/stats/progress?date=2023-12-{next(days):02}"
            yield f"/today?date=2023-11-{next(days):02}&limit=500"
            yield "/activities?all=true&offset=80000&limit=500"

    paths = iter(asked())

    async def hand(_: int) -> int:
        return await camp.ask(wire.get(next(paths), camp.tokens[0]))

    await camp.hands(4, hand, pause=0.02)


async def large_replays(camp: Camp) -> None:
    """Send batches whose answers have megabytes, each under an idempotency key of its own."""
    body = payloads.batch("toy", (payloads.wrong("bad", number) for number in range(20_000)))

    async def hand(_: int) -> int:
        asked = wire.post(BATCH, body, camp.tokens[0], Idempotency_Key=f"siege-{next(camp.serial)}")
        return await camp.ask(asked)

    await camp.hands(2, hand, pause=1.0)
