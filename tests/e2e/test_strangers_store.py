"""The shipped suite proves a stranger's store right, and one with a fault wrong."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

from faulty_stores import FAULTS
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.store import Store
from mosaic_core.testing import StoresAgree
from strangers_store import StrangersStore
from support_commands import fork, unmeasured

SUITE = Path(__file__).parents[1] / "strangers_suite.py"
PATIENCE = 300


def run_suite(fault: str, folder: Path) -> tuple[int, str]:
    """Run the suite over the store with that fault; return pytest's exit code and what it printed."""
    output = folder / "output"
    options = ["-x", "-q", "-p", "no:cacheprovider", "--tb=line", "-W", "ignore:Module already imported"]
    with Path(os.devnull).open("rb") as nothing, output.open("wb") as file:
        process = fork(
            [str(SUITE), *options],
            SUITE.parent,
            unmeasured() | {"FAULT": fault},
            (nothing, file, file),
            program="pytest",
            seconds=PATIENCE,
        )
    code = process.wait()
    return code, output.read_text("utf-8")


def test_a_store_that_keeps_the_contract_passes(tmp_path: Path) -> None:
    code, output = run_suite("none", tmp_path)
    assert code == pytest.ExitCode.OK, output


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "none"])
def test_a_store_with_a_fault_fails(tmp_path: Path, fault: str) -> None:
    code, output = run_suite(fault, tmp_path)
    assert code == pytest.ExitCode.TESTS_FAILED, output
    assert re.fullmatch(r"1 failed(, \d+ \w+)* in .*", summary := output.splitlines()[-1])
    assert " error" not in summary


class StrangerAgreesWithMemory(StoresAgree):
    def make_stores(self) -> tuple[Store, Store]:
        return MemoryStore(), StrangersStore()


TestStrangerAgreesWithMemory = StrangerAgreesWithMemory.TestCase
TestStrangerAgreesWithMemory.settings = settings(max_examples=15, stateful_step_count=20)
