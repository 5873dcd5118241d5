"""Deleting expired records once an hour."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_core.lanes import Lane

_SECONDS = 3600

_log = logging.getLogger("mosaic.tidying")


@asynccontextmanager
async def tidy_regularly(mosaic: Mosaic) -> AsyncIterator[None]:
    """Tidy now and every hour while the `with` block runs."""
    task = asyncio.create_task(_tidy(mosaic))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tidy(mosaic: Mosaic) -> None:
    while True:
        try:
            await mosaic.lanes.run(Lane.WRITE, mosaic.tidy)
        except MosaicError as error:
            _log.warning("not tidied: %s", error.message)
        await asyncio.sleep(_SECONDS)
