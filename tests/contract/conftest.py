"""Where the tests of the contracts have their files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support_folders import a_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with a_folder() as made:
        yield made
