"""The shipped suite proves a stranger's store right, and one with a fault wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from faulty_stores import FAULTS
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.store import Store
from mosaic_core.testing import StoresAgree
from strangers_store import StrangersStore

SUITE = Path(__file__).parents[1] / "strangers_suite.py"


def run_suite(fault: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", str(SUITE), "-x", "-q", "-p", "no:cacheprovider", "--tb=line"]
    measuring = {name for name in os.environ if name.startswith("COVERAGE_")}  # here it takes time alone
    environment = {name: value for name, value in os.environ.items() if name not in measuring}
    environment["FAULT"] = fault
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_a_store_that_keeps_the_contract_passes() -> None:
    told = run_suite("none")
    assert told.returncode == pytest.ExitCode.OK, told.stdout


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "none"])
def test_a_store_with_a_fault_fails(fault: str) -> None:
    told = run_suite(fault)
    assert told.returncode == pytest.ExitCode.TESTS_FAILED, told.stdout
    assert re.fullmatch(r"1 failed(, \d+ \w+)* in .*", summary := told.stdout.splitlines()[-1])
    assert " error" not in summary


class StrangerAgreesWithMemory(StoresAgree):
    def make_stores(self) -> tuple[Store, Store]:
        return MemoryStore(), StrangersStore()


TestStrangerAgreesWithMemory = StrangerAgreesWithMemory.TestCase
TestStrangerAgreesWithMemory.settings = settings(max_examples=15, stateful_step_count=20)
