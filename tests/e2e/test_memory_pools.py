"""All threads of a server take their memory from one pool, so that what one has freed serves the others."""

import platform
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from support_server import PASSWORD, Start, children

POOL = 64 * 2**20
"""glibc reserves so much for each pool but the first, from a multiple of that on."""


class Part(NamedTuple):
    """A part of a process's memory: from where to where, and what it may do there."""

    start: int
    end: int
    mode: str

    @classmethod
    def of(cls, line: str) -> "Part":
        """Return the part of which the kernel tells in a line."""
        place, mode, *_ = line.split()
        start, end = place.split("-")
        return cls(int(start, 16), int(end, 16), mode)


def further_pools(pid: int) -> int:
    """Return how many pools the process has beside the one that every process has."""
    parts = map(Part.of, Path(f"/proc/{pid}/maps").read_text().splitlines())
    return sum(
        used.start % POOL == 0
        and (used.mode, left.mode) == ("rw-p", "---p")
        and (left.start, left.end) == (used.end, used.start + POOL)
        for used, left in pairwise(parts)
    )


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries have no pools to share")
@pytest.mark.parametrize("workers", [1, 2])
def test_all_threads_take_memory_from_one_pool(
    start: Start, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    server = start(workers=workers)
    ada = server.anyone.registered("ada")
    for number in range(10):
        ada.add_entry(f"Habit {number}").went(201)
        server.anyone.post("/login", {"username": "ada", "password": PASSWORD}).went(200)
    pids = [server.pid, *children(server.pid)]
    assert len(pids) >= workers
    assert [further_pools(pid) for pid in pids] == [0] * len(pids)
