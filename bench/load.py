"""Sends load with wrk, in a process of its own: one thread, so many connections, so many seconds."""

import datetime as dt
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from history import ACTIVITIES
from server import BenchError

PROGRAM = shutil.which("wrk")
# More requests than can be sent but not yet answered when a round ends.
SLACK = 100

REPORT = """
done = function(summary, latency, requests)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("REPORT %d %d %d\\n", summary.requests, summary.duration, failed))
end
"""


@dataclass(frozen=True)
class Load:
    """How often per second the server answered, and how many requests that were."""

    rate: float
    requests: int


def send(url: str, token: str, script: str, *, seconds: int, connections: int = 8) -> Load:
    """Load the server with the requests of the script; raise BenchError if any fails."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(f'wrk.headers["Authorization"] = "Bearer {token}"\n{script}\n{REPORT}')
        file.flush()
        options = ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", file.name]
        told = subprocess.run([str(PROGRAM), *options, url], capture_output=True, text=True, check=False)
    report = [line.split() for line in told.stdout.splitlines() if line.startswith("REPORT")]
    if not report:
        raise BenchError(f"wrk: {told.stdout}{told.stderr}")
    requests, microseconds, failed = map(int, report[0][1:])
    if failed or not requests:
        raise BenchError(f"{failed} of {requests} requests to {url} failed")
    return Load(requests * 1e6 / microseconds, requests)


def walk(path: str, days: Sequence[str], first: int, limits: range | None = None) -> str:
    """Return a script that asks `path` for one day after the other, in a circle, beginning with the `first`.

    With `limits`, each round of the circle has another limit.
    """
    listed = ", ".join(f'"{day}"' for day in days)
    limit = ""
    if limits:
        limit = f' .. "&limit=" .. {limits.start} + math.floor(number / #days) % {len(limits)}'
    return f"""
local days = {{{listed}}}
local number = {first}
request = function()
    local path = "{path}?date=" .. days[number % #days + 1]{limit}
    number = number + 1
    return wrk.format("GET", path)
end
"""


def new_entries(first_day: dt.date, number: int) -> str:
    """Return a script that adds entries that lie before `first_day`, beginning with the given number.

    Each is for another day or activity, as in `history.older`.
    """
    names = ", ".join(f'"{name}"' for name, _ in ACTIVITIES)
    midnight = int(dt.datetime.combine(first_day, dt.time(), dt.UTC).timestamp())
    return f"""
local names = {{{names}}}
local number = {number}
wrk.headers["Content-Type"] = "application/json"
request = function()
    local day = os.date("!%Y-%m-%d", {midnight} - 86400 * (1 + math.floor(number / #names)))
    local body = string.format('{{"date": "%s", "activity": "%s", "value": 1.25, "note": "went well today"}}',
        day, names[number % #names + 1])
    number = number + 1
    return wrk.format("POST", "/add_entry", nil, body)
end
"""
