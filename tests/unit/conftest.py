"""The core over the memory store, and two people who use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from support import FixedClock, a_mosaic, registered
from support_folders import a_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with a_folder() as made:
        yield made


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def mosaic(clock: FixedClock) -> Iterator[Mosaic]:
    made = a_mosaic(clock)
    yield made
    made.close()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    """The first user, an administrator."""
    return registered(mosaic, "Ada")


@pytest.fixture
def ben(mosaic: Mosaic, ada: Caller) -> Caller:  # noqa: ARG001  # Ada comes first
    return registered(mosaic, "ben")
