"""What heavy requests do to others: `bench/stalls.py [CASE ...] [--at-once 1 2] [--keyed]`.

Each case runs against a server of its own with its defaults, rate limits off. Meanwhile another person asks
for a cached Today and for `/healthz` and adds entries, again and again, on kept connections. The table has
how long the server's event loop computed and was held at most (see beats.py), the 99th percentile and the
longest of what the others waited, in milliseconds, and the most memory that the server held.
"""

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import beats
import heavy
import server
from heavy import Request
from server import Client, Server

PATIENCE = 900.0
QUIET_SECONDS = 0.3


class Others:
    """People who ask for small things, and what they waited."""

    def __init__(self, port: int, token: str) -> None:
        self.waits: dict[str, list[float]] = {}
        self.failures: list[str] = []
        self._ended = threading.Event()
        asks = {
            "today": (_asking(port, token, Request("GET", "/today")), 0.005),
            "healthz": (_asking(port, "", Request("GET", "/healthz")), 0.05),
            "add": (_asking(port, token, _entry()), 0.02),
        }
        self._threads = [
            threading.Thread(target=self._ask, args=(name, *ask), daemon=True) for name, ask in asks.items()
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask no more."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, name: str, ask: Callable[[], int], every: float) -> None:
        waits = self.waits.setdefault(name, [])
        while not self._ended.wait(every):
            begun = time.perf_counter()
            try:
                status = ask()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{name} {type(error).__name__}")
                return
            waits.append(time.perf_counter() - begun)
            if status >= 400:
                self.failures.append(f"{name} {status}")


def main() -> None:
    """Measure the cases that are named, or all."""
    parser = argparse.ArgumentParser(description="Measure what heavy requests do to others.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(heavy.BODIES))
    parser.add_argument("--at-once", nargs="*", type=int, default=[1])
    parser.add_argument("--keyed", action="store_true", help="under an idempotency key")
    asked = parser.parse_args()
    print("| case | at once | answers | s | computed, held | today p99, max | healthz | add | peak, later |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for case in asked.cases or heavy.BODIES:
        for number in asked.at_once:
            print(_line(case, number, keyed=asked.keyed), flush=True)


def _line(case: str, number: int, *, keyed: bool) -> str:
    with tempfile.TemporaryDirectory(prefix="mosaic-stalls-") as name:
        folder = Path(name)
        with _beating(folder / "data", folder) as running:
            return _measured(running, case, number, folder, keyed=keyed)


def _measured(running: Server, case: str, number: int, told: Path, *, keyed: bool) -> str:
    people = [Client(running.port).account(f"heavy{one}") for one in range(number)]
    other = Client(running.port).account("other")
    other.post("/add_activity", json.dumps(_activity()).encode())
    requests = [heavy.BODIES[case](f"{one}-") for one in range(number)]
    if keyed:
        requests = [heavy.keyed(request, "key") for request in requests]
    others = Others(running.port, other.token)
    time.sleep(QUIET_SECONDS)
    beats.forget(told)
    for waited in others.waits.values():
        waited.clear()
    begun = time.perf_counter()
    answers = _at_once(
        [_sending(running.port, one.token, r) for one, r in zip(people, requests, strict=True)]
    )
    seconds = time.perf_counter() - begun
    time.sleep(QUIET_SECONDS)
    others.stop()
    waits = [_spread(others.waits[name]) for name in ("today", "healthz", "add")]
    longest = beats.read(told)
    failed = f" failed: {', '.join(sorted(set(others.failures)))}" if others.failures else ""
    cells = [
        case,
        str(number),
        " ".join(answers) + failed,
        f"{seconds:.1f}",
        f"{longest.computed * 1000:.1f}, {longest.held * 1000:.1f}",
        *waits,
    ]
    return f"| {' | '.join([*cells, f'{running.peak_memory():.0f}', f'{running.memory():.0f}'])} |"


def _at_once(works: list[Callable[[], str]]) -> list[str]:
    answers = [""] * len(works)

    def work(place: int) -> None:
        try:
            answers[place] = works[place]()
        except (OSError, http.client.HTTPException) as error:
            answers[place] = repr(error)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _sending(port: int, token: str, request: Request) -> Callable[[], str]:
    def send() -> str:
        with closing(http.client.HTTPConnection(server.HOST, port, timeout=PATIENCE)) as connection:
            connection.request(request.method, request.path, request.body or None, _headers(token, request))
            answer = connection.getresponse()
            return f"{answer.status} ({len(answer.read()):,} bytes)"

    return send


def _asking(port: int, token: str, request: Request) -> Callable[[], int]:
    connection = http.client.HTTPConnection(server.HOST, port, timeout=PATIENCE)

    def ask() -> int:
        connection.request(request.method, request.path, request.body or None, _headers(token, request))
        answer = connection.getresponse()
        answer.read()
        return answer.status

    return ask


def _headers(token: str, request: Request) -> dict[str, str]:
    headers = dict(request.headers)
    if request.kind:
        headers["Content-Type"] = request.kind
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _beating(data: Path, told: Path) -> AbstractContextManager[Server]:
    port = server.free_port()
    script = str(Path(__file__).with_name("beating.py"))
    command = [sys.executable, script, str(told), "serve", "--port", str(port)]
    environment = {"MOSAIC_DATA_DIR": str(data), "MOSAIC_RATE_LIMITS": "off"}
    return server.running(command, port, data, environment)


def _activity() -> dict[str, object]:
    return {"name": "Run", "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7}


def _entry() -> Request:
    body = json.dumps({"date": "2020-01-01", "activity": "Run", "value": 1}).encode()
    return Request("POST", "/add_entry", "application/json", body)


def _spread(waits: list[float]) -> str:
    ordered = sorted(waits)
    if not ordered:
        return "none"
    return f"{ordered[len(ordered) * 99 // 100] * 1000:.0f}, {ordered[-1] * 1000:.0f}"


if __name__ == "__main__":
    main()
