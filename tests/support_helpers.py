"""Work for helpers, in a module that a helper finds too."""

import os
import time
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from mosaic_core.errors import InvalidInput, StorageFull
from mosaic_core.use_cases import UseCases

Pause = Callable[[], object]


def shout(_: UseCases, __: Pause, file: BinaryIO) -> tuple[int, str]:
    """Return in which process this runs and what the file says; say it louder behind that."""
    said = file.read().decode()
    file.write(said.upper().encode())
    return os.getpid(), said


def settings(_: UseCases, __: Pause, ___: BinaryIO) -> list[str]:
    """Return the variables that are settings."""
    return [name for name in os.environ if name.startswith("MOSAIC_")]


def refuse(_: UseCases, __: Pause, ___: BinaryIO) -> NoReturn:
    raise InvalidInput("Not this", {"field": "that"})


class TooLarge:
    """What finds no room when it is to be handed over."""

    def __getstate__(self) -> NoReturn:
        raise StorageFull("There is no room")


def return_too_much(_: UseCases, __: Pause, ___: BinaryIO) -> TooLarge:
    return TooLarge()


def fail_oddly(_: UseCases, __: Pause, ___: BinaryIO) -> NoReturn:
    class OddError(Exception):
        """No other process knows it."""

    raise OddError


def die(_: UseCases, __: Pause, ___: BinaryIO) -> NoReturn:
    os._exit(1)


def go_on_and_on(_: UseCases, pause: Pause, __: BinaryIO) -> NoReturn:
    while True:
        pause()
        time.sleep(0.001)
