"""The besieged server, and what its processes hold."""

import shlex
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from server import BIN, START_LIMIT, BenchError, Server, free_port
from siege.camp import PROXY
from siege.report import Turns


@contextmanager
def serving(
    folder: Path, *, workers: int = 1, handles: int = 0, environment: Mapping[str, str] = {}
) -> Iterator[Server]:
    """Serve from the folder with the defaults, but for a trusted proxy; `handles` limits the open files."""
    port = free_port()
    command = [str(BIN / "mosaic"), "serve", "--port", str(port), "--workers", str(workers)]
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


class Watch:
    """Looks at what the processes of a server hold, and remembers the most.

    `memory` is the sum over all processes, in MiB; pages that they share count for each. A peak between two
    looks is seen if it is one process's.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.most_memory = 0.0
        self.most_handles = 0

    def look(self) -> None:
        """Take note of what is held now."""
        pids = _tree(self._pid)
        sizes = [_sizes(pid) for pid in pids]
        self.most_memory = max(self.most_memory, sum(now for now, _ in sizes), *(peak for _, peak in sizes))
        self.most_handles = max(self.most_handles, sum(map(_handles, pids)))

    def memory(self) -> float:
        """Return what is held now."""
        return sum(_sizes(pid)[0] for pid in _tree(self._pid))

    def handles(self) -> int:
        """Return how many file handles are open now."""
        return sum(map(_handles, _tree(self._pid)))

    def turns(self) -> Turns:
        """Return how long the main threads, which have the event loops, ran and waited for a processor."""
        told = [_read(Path(f"/proc/{pid}/schedstat")).split() for pid in _tree(self._pid)]
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


def _sizes(pid: int) -> tuple[float, float]:
    """Return what a process holds and the most that it ever held; nothing if it has ended."""
    lines = [line.split() for line in _read(Path(f"/proc/{pid}/status")).splitlines()]
    told = {line[0]: int(line[1]) / 1024 for line in lines if line[0] in {"VmRSS:", "VmHWM:"}}
    return told.get("VmRSS:", 0.0), told.get("VmHWM:", 0.0)


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
