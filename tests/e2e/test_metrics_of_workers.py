"""Metrics of a server with several workers: what all of them did, also those that died."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from support_server import Server, children, patiently, serving

TODAY = 'mosaic_http_requests_total{method="GET",route="/today",status="401"}'


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("pair"), workers=2) as server:
        yield server
        assert "Traceback" not in server.log
        assert server.stop() == 0


def told(server: Server) -> dict[str, float]:
    text = server.anyone.get("/metrics").went(200).body.decode()
    return {name: float(value) for name, value in re.findall(r"^(mosaic_\S+) (\S+)$", text, re.MULTILINE)}


def workers(server: Server) -> list[int]:
    return [one for one in children(server.pid) if b"spawn_main" in _command(one)]


def _command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def test_any_worker_tells_what_all_did_and_counts_survive_a_worker(pair: Server) -> None:
    ada = pair.anyone.registered("ada")
    asked = int(told(pair).get(TODAY, 0))
    for round_ in range(3):
        for _ in range(10):
            pair.anyone.get("/today").went(401)
            asked += 1
        for _ in patiently():  # a request is counted when it has ended, just after its answer was sent
            if told(pair)[TODAY] == asked:
                break
        assert [told(pair)[TODAY] for _ in range(6)] == [asked] * 6
        dead = workers(pair)[round_ % 2]
        before = told(pair)
        os.kill(dead, signal.SIGKILL)
        for _ in patiently():
            if pair.log.count("Application startup complete") == 3 + round_:
                break
        after = told(pair)
        grown = [name for name in before if name.partition("{")[0].endswith(("_total", "_count", "_bucket"))]
        assert all(after[name] >= before[name] for name in grown)
        assert after["mosaic_process_start_time_seconds"] == before["mosaic_process_start_time_seconds"]
    assert ada.get("/healthz").went(200).json["req_per_min"] > 0


def test_health_speaks_for_all_workers(pair: Server) -> None:
    for _ in range(20):
        pair.anyone.get("/")
    for _ in patiently():  # each tells the others every second
        if {pair.anyone.get("/healthz").json["req_per_min"] >= 21 for _ in range(8)} == {True}:
            break
    else:
        raise AssertionError("a worker does not know what the other one did")
    assert pair.anyone.get("/metrics?format=json").json["requests_total"] > 28


def test_a_worker_that_starts_slowly_is_waited_for(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2) as server:
        before = workers(server)
        os.kill(before[0], signal.SIGKILL)
        for _ in patiently():
            if new := set(workers(server)) - set(before):
                break
        (late,) = new
        os.kill(late, signal.SIGSTOP)
        time.sleep(7)  # longer than uvicorn waits by itself
        os.kill(late, signal.SIGCONT)
        for _ in patiently():
            if server.log.count("Application startup complete") == 3:
                break
        assert late in workers(server)
        assert server.log.count(" died") == 1


def test_what_workers_count_lies_in_no_file_that_has_a_name(pair: Server) -> None:
    pair.anyone.get("/metrics")
    for process in [pair.pid, *workers(pair)]:
        assert "/memfd:mosaic (deleted)" in _opened(process)


def _opened(process: int) -> list[str]:
    found = []
    for one in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(one.readlink()))
    return found
