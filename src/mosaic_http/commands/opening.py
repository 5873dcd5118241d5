"""What every command does first and last."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mosaic_adapters.settings import SettingError, Settings, load
from mosaic_adapters.wiring import build
from mosaic_core.app import Mosaic
from mosaic_core.errors import MosaicError
from mosaic_http.commands.terminal import failure


def settings_in_force() -> Settings:
    """Return the environment's settings; end with one line that names a setting that makes no sense."""
    try:
        return load(os.environ)
    except SettingError as error:
        raise failure(str(error)) from None


@contextmanager
def opened(*, makes_database: bool = False) -> Iterator[Mosaic]:
    """Give the Mosaic of the environment's settings; end with one line if something goes wrong.

    One that is only looked at, or has nothing to change yet, is not made.
    """
    try:
        mosaic = build(settings_in_force(), makes_database=makes_database)
        try:
            yield mosaic
        finally:
            mosaic.close()
    except MosaicError as error:
        raise failure(error.message) from None
    except SettingError as error:
        raise failure(str(error)) from None
