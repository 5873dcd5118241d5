"""How many files the process may have open."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, resource, sys
from mosaic_http.handles import make_room
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
before = os.listdir("/proc/self/fd")
make_room()
assert os.listdir("/proc/self/fd") == before
print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("FDSize")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells how large the table of open files is")
@pytest.mark.parametrize("most", [64, 1000, 5000])
def test_room_for_as_many_files_as_may_be_open_is_made_at_once(most: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(most)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= most
