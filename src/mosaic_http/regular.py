"""What a server does by itself: deleting expired records, making backups, telling of uses and events."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from mosaic_adapters.lanes import DELIVERY_THREADS
from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane, Party
from mosaic_http.errors import where

TIDYING_SECONDS = 3600.0
LOOKING_SECONDS = 5.0
"""So often a server looks whether a backup is due: not only when it should be, for the plan may change, and
whoever began one may crash."""

USES_SECONDS = 60.0
"""So often it is stored when logins and tokens were last used: whoever looks wants no more, and each time is
one commit, however many requests there were."""

BEAT_SECONDS = 1.0
"""So often a worker tells the others what it has counted, and looks for what it can free."""

DELIVERY_SECONDS = 1.0
"""So often a server looks whether an event waits: people see lamps go on a second late, and no later."""

_log = logging.getLogger("mosaic.regular")


@asynccontextmanager
async def regular_work(
    mosaic: Mosaic, looking_seconds: float = LOOKING_SECONDS, beats: Sequence[Callable[[], None]] = ()
) -> AsyncIterator[None]:
    """Do it, and the `beats`, again and again while the `with` block runs. Nothing that fails ends it."""
    tidy = partial(mosaic.lanes.run, Lane.WRITE, mosaic.tidy)
    back_up = partial(mosaic.lanes.run, Lane.BACKUP, mosaic.backups.run_if_due)
    uses = partial(_write_uses, mosaic)
    tasks = [
        asyncio.create_task(_regularly("not tidied", TIDYING_SECONDS, tidy)),
        asyncio.create_task(_regularly("no backup made", looking_seconds, back_up)),
        asyncio.create_task(_regularly("last uses not stored", USES_SECONDS, uses)),
    ]
    tasks += [
        asyncio.create_task(_regularly("a beat was missed", BEAT_SECONDS, partial(_beat, beat)))
        for beat in beats
    ]
    tasks += [
        asyncio.create_task(
            _regularly(
                None if number else "no event delivered", DELIVERY_SECONDS, partial(_deliver, mosaic, number)
            )
        )
        for number in range(DELIVERY_THREADS)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _deliver(mosaic: Mosaic, number: int) -> None:
    """Deliver what is due, as one of those that do so at the same time."""
    was_due = True
    while was_due:
        was_due = await mosaic.lanes.run(Lane.DELIVERY, mosaic.webhooks.deliver, Party(f"delivery {number}"))


async def _beat(beat: Callable[[], None]) -> None:
    beat()


async def _write_uses(mosaic: Mosaic) -> None:
    if mosaic.sessions.uses.are_there:
        await mosaic.lanes.run(Lane.WRITE, mosaic.sessions.write_uses)


async def _regularly(failed: str | None, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do the work every so many seconds; one trouble that goes on is told once, if `failed` says how."""
    told = None
    while True:
        trouble = await _trouble(work)
        if failed is not None and trouble not in {None, told}:
            _log.warning("%s: %s", failed, trouble)
        told = trouble
        await asyncio.sleep(seconds)


async def _trouble(work: Callable[[], Awaitable[object]]) -> str | None:
    """Do the work; return what went wrong, if anything did."""
    try:
        await work()
    except MosaicError as error:
        return error.message
    except Exception as error:  # noqa: BLE001  # whatever it is, the next time may be better
        return where(error)
    return None
