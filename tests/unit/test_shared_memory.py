"""Memory that the workers of one server share."""

import os
import tempfile
from pathlib import Path

import pytest

from mosaic_http.shared_memory import SharedMemory
from support_workers import Worker, write


@pytest.mark.parametrize("kind", ["in memory", "on a disk"])
def test_each_worker_writes_a_part_that_all_read_and_the_next_one_takes_over(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "on a disk":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    memory = SharedMemory.make(2, 64)
    workers = [Worker(write, memory, b"abc"), Worker(write, memory, b"def")]
    assert [worker.told for worker in workers] == [0, 1]
    assert [bytes(part[:4]) for part in memory.parts] == [b"abc\0", b"def\0"]
    workers[0].kill()
    assert bytes(memory.parts[0][:4]) == b"abc\0"
    workers.append(Worker(write, memory, b"x"))
    assert workers[2].told == 0
    assert bytes(memory.parts[0][:4]) == b"xbc\0"
    for worker in workers[1:]:
        worker.kill()


def test_who_finds_all_parts_taken_has_one_that_nobody_else_sees() -> None:
    memory = SharedMemory.make(1, 64)
    workers = [Worker(write, memory, b"a"), Worker(write, memory, b"b")]
    assert [worker.told for worker in workers] == [0, 1]
    assert [bytes(part[:2]) for part in memory.parts] == [b"a\0"]
    for worker in workers:
        worker.kill()


def test_no_name_leads_to_the_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    memory = SharedMemory.make(1, 64)
    assert bytes(memory.parts[0]) == bytes(64)
    assert not [*tmp_path.iterdir()]
