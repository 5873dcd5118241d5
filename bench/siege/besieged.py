"""The besieged server, and what its processes hold."""

import shlex
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from server import START_LIMIT, BenchError, Server, free_port
from siege.camp import PROXY
from siege.report import Turns

BEATING = str(Path(__file__).parents[1] / "beating.py")
HELPER = "mosaic_http.helper"
"""Is told where a helper is started, which has no event loop."""


@contextmanager
def serving(
    folder: Path, *, workers: int = 1, handles: int = 0, environment: Mapping[str, str] = {}
) -> Iterator[Server]:
    """Serve from the folder with the defaults, but for a trusted proxy; `handles` limits the open files.

    What keeps the event loops is told in the folder.
    """
    port = free_port()
    command = [sys.executable, BEATING, str(folder), "serve", "--port", str(port), "--workers", str(workers)]
    if handles:
        command = ["sh", "-c", f"ulimit -n {handles} && exec {shlex.join(command)}"]
    settings = {"MOSAIC_DATA_DIR": str(folder / "data"), "MOSAIC_TRUSTED_PROXIES": PROXY, **environment}
    log = folder / "server.log"
    log.unlink(missing_ok=True)
    server = Server(command, port, folder, settings)
    try:
        server.wait()
        _await_workers(log, workers)
        yield server
    finally:
        server.stop()


def _await_workers(log: Path, workers: int) -> None:
    deadline = time.monotonic() + START_LIMIT
    while log.read_text().count("Application startup complete") < workers:
        if time.monotonic() > deadline:
            raise BenchError("not all workers have started")
        time.sleep(0.05)


class _Size(NamedTuple):
    """What a process holds, in MiB: its own, of files, and the most of both that it ever held."""

    own: float
    files: float
    peak: float


class Watch:
    """Looks at what the processes of a server hold, and remembers the most.

    `memory` is what they take of the machine, in MiB: what is in no file, each page once, however many share
    it; and of programs and libraries, which are the same for all, what the process holds that holds most. The
    kernel's share of these (Pss) would be too little: the attackers run the same program. A peak between two
    looks is seen if one process reached it alone: the kernel tells the most that each ever held, but not
    when, so that it cannot be added to what others held.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.most_memory = 0.0
        self.most_handles = 0

    def look(self) -> None:
        """Take note of what is held now."""
        pids = _tree(self._pid)
        sizes = [_size(pid) for pid in pids]
        self.most_memory = max(self.most_memory, _together(sizes), *(size.peak for size in sizes))
        self.most_handles = max(self.most_handles, sum(map(_handles, pids)))

    def memory(self) -> float:
        """Return what is held now."""
        return _together([_size(pid) for pid in _tree(self._pid)])

    def handles(self) -> int:
        """Return how many file handles are open now."""
        return sum(map(_handles, _tree(self._pid)))

    def turns(self) -> Turns:
        """Return how long the main threads, which have the event loops, ran and waited for a processor."""
        servers = [pid for pid in _tree(self._pid) if HELPER not in _read(Path(f"/proc/{pid}/cmdline"))]
        told = [_read(Path(f"/proc/{pid}/schedstat")).split() for pid in servers]
        ran, waited = (sum(int(one[place]) for one in told if one) / 1e9 for place in (0, 1))
        return Turns(ran, waited)


def stored(folder: Path) -> float:
    """Return how large the database and its logs are, in MiB."""
    return sum(file.stat().st_size for file in (folder / "data").glob("mosaic.db*")) / 2**20


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in _listed(Path(f"/proc/{one}/task")):
            found += map(int, _read(task / "children").split())
    return found


def _size(pid: int) -> _Size:
    """Return what a process holds; nothing if it has ended."""
    status, shares = (_told(Path(f"/proc/{pid}/{name}")) for name in ("status", "smaps_rollup"))
    own = shares["Pss"] - shares["Pss_File"]
    return _Size(own, status["RssFile"], status["VmHWM"] - status["VmRSS"] + own + status["RssFile"])


def _together(sizes: Sequence[_Size]) -> float:
    return sum(size.own for size in sizes) + max((size.files for size in sizes), default=0.0)


def _told(file: Path) -> Mapping[str, float]:
    """Return the sizes that the kernel tells in a file, in MiB; 0 for what it does not tell."""
    lines = (line.partition(":") for line in _read(file).splitlines() if line.endswith(" kB"))
    return defaultdict(float, {name: int(size.split()[0]) / 1024 for name, _, size in lines})


def _handles(pid: int) -> int:
    return len(_listed(Path(f"/proc/{pid}/fd")))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []  # the process has ended


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
