"""Where the tests of the contracts have their files."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from coverage import Coverage

from mosaic_adapters.postgresql.runs import Run
from support_folders import a_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with a_folder() as made:
        yield made


@pytest.fixture(autouse=True)
def _what_runs_in_greenlets_is_measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that switches greenlets where coverage loses its way in them."""
    measuring = Coverage.current()
    if measuring is None or "greenlet" in str(measuring.get_option("run:concurrency")):
        yield
        return
    switching = []
    result = Run.result

    async def noted(run: Run) -> object:
        switching.append(run)
        return await result(run)

    monkeypatch.setattr(Run, "result", noted)
    yield
    assert not switching, "the file of this test is to be one of IN_GREENLETS in the Makefile"
