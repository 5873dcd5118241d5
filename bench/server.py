"""Starts and stops the measured servers, and asks them things."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from history import Row, csv_file

BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
PASSWORD = "correct horse battery"
BOUNDARY = "mosaic-bench"
START_LIMIT = 90.0
PATIENCE = 600.0
# Shorter than the time after which a server closes an idle connection.
KEPT_OPEN = 1.0


class BenchError(Exception):
    """The server answered something else than success."""


class Server:
    """A running server process."""

    def __init__(self, command: list[str], port: int, folder: Path, environment: dict[str, str]) -> None:
        self.port = port
        self._log = folder / "server.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT
            )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The id of its first process."""
        return self._process.pid

    def wait(self) -> None:
        """Return as soon as the server answers; raise BenchError if it ends or takes too long."""
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                Client(self.port, patience=START_LIMIT).get("/")
                return
            time.sleep(0.005)
        raise BenchError(f"the server does not answer: {self._log.read_text()[-2000:]}")

    def peak_memory(self) -> float:
        """Return the most memory its processes held at any time, in MiB, added up."""
        return self._memory("VmHWM:")

    def memory(self) -> float:
        """Return the memory that its processes hold now, in MiB, added up."""
        return self._memory("VmRSS:")

    def processor_time(self) -> float:
        """Return the processor seconds its processes have used, in user and in system mode."""
        return sum(map(_processor_time, self._processes()))

    def own_processor_time(self) -> float:
        """Return the processor seconds of its first process alone."""
        return _processor_time(self.pid)

    def stop(self) -> None:
        """End the process as an operator would; kill it if it does not go."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _memory(self, name: str) -> float:
        lines = "".join(Path(f"/proc/{pid}/status").read_text() for pid in self._processes()).splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

    def _processes(self) -> list[int]:
        found = [self._process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found


def mosaic(folder: Path, database_url: str = "") -> AbstractContextManager[Server]:
    """Serve Mosaic with its defaults and its data in the folder, or in the database; rate limits are off."""
    port = free_port()
    environment = {"MOSAIC_DATA_DIR": str(folder), "MOSAIC_RATE_LIMITS": "off"}
    if database_url:
        environment["MOSAIC_DATABASE_URL"] = database_url
    return running([str(BIN / "mosaic"), "serve", "--port", str(port)], port, folder, environment)


def bare(folder: Path, ready: bytes) -> AbstractContextManager[Server]:
    """Serve the ready bytes at every path from a bare Starlette route."""
    folder.mkdir(exist_ok=True)
    answer = folder / "ready.json"
    answer.write_bytes(ready)
    return starlette("floors:bare", folder, {"BENCH_READY": str(answer)})


def starlette(
    app: str, folder: Path, environment: dict[str, str], *options: str
) -> AbstractContextManager[Server]:
    """Serve an app of this folder, on the same server settings as Mosaic."""
    port = free_port()
    command = [str(BIN / "uvicorn"), app, "--app-dir", str(Path(__file__).parent), *options]
    command += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--port", str(port)]
    return running(command, port, folder, environment)


@contextmanager
def running(command: list[str], port: int, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    folder.mkdir(exist_ok=True)
    server = Server(command, port, folder, environment)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


class Client:
    """One connection that is kept open, for what is not measured by the load program."""

    def __init__(self, port: int, token: str = "", *, patience: float = PATIENCE) -> None:
        self.token = token
        self._port = port
        self._connection = http.client.HTTPConnection(HOST, port, timeout=patience)
        self._last_answer = 0.0

    def get(self, path: str) -> bytes:
        """Return the body of the answer; raise BenchError if it is no success."""
        return self._ask("GET", path, None, {})[0]

    def header(self, path: str, name: str) -> str:
        """Return a header of the answer to a GET."""
        return self._ask("GET", path, None, {})[1][name] or ""

    def post(self, path: str, body: bytes) -> bytes:
        """Send a JSON body; return the body of the answer."""
        return self._ask("POST", path, body, {"Content-Type": "application/json"})[0]

    def upload(self, file: bytes) -> bytes:
        """Import a CSV file."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="history.csv"\r\n\r\n'
        body = head.encode() + file + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self._ask("POST", "/import_csv", body, {"Content-Type": kind})[0]

    def account(self, name: str) -> "Client":
        """Return a client of the server that is logged in under a new account."""
        self.post("/register", orjson.dumps({"username": name, "password": PASSWORD}))
        return Client(self._port, orjson.loads(self.login(name))["access_token"])

    def login(self, name: str) -> bytes:
        """Log in."""
        return self.post("/login", orjson.dumps({"username": name, "password": PASSWORD}))

    def fill(self, rows: Iterable[Row]) -> None:
        """Import the rows and see that every one was new."""
        lines = list(rows)
        summary = orjson.loads(self.upload(csv_file(lines)))["summary"]
        if summary["created"] != len(lines):
            raise BenchError(f"of {len(lines)} rows {summary['created']} were imported")

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[bytes, Any]:
        sent = headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        if time.monotonic() - self._last_answer > KEPT_OPEN:
            self._connection.close()  # it is opened again by the next request
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        content = answer.read()
        self._last_answer = time.monotonic()
        if not 200 <= answer.status < 300:
            raise BenchError(f"{method} {path}: {answer.status} {content[:300].decode()}")
        return content, answer.headers


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _processor_time(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own_and_of_ended_children = sum(map(int, after_name[11:15]))
    return own_and_of_ended_children / os.sysconf("SC_CLK_TCK")
