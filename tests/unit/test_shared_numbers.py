"""The file in which the workers of a server count."""

import os
import subprocess
import sys

import pytest

from mosaic_http.shared_numbers import REGION_BYTES, SharedFile

_HOLD = """
import fcntl, sys
fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX, 1, 0)
print(flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_a_file_has_room_for_every_worker_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch, *, has_memory_files: bool
) -> None:
    if not has_memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    shared = SharedFile(3)
    descriptor = shared._descriptor  # noqa: SLF001  # what is handed on
    assert os.fstat(descriptor).st_size == 3 * REGION_BYTES
    assert os.fstat(descriptor).st_nlink == 0
    numbers = shared.join()
    numbers.own[7] = 1.5
    assert [part[7] for part in numbers.every] == [1.5, 0.0, 0.0]


def test_nobody_takes_a_region_that_another_process_has() -> None:
    shared = SharedFile(1)
    descriptor = shared._descriptor  # noqa: SLF001  # what is handed on
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(descriptor)],
        pass_fds=[descriptor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        with pytest.raises(RuntimeError, match="more workers"):
            shared.join()
        other.stdin.close()
    assert shared.join().own[0] == 0
