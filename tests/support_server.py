"""The real command in real processes, and clients that speak HTTP to it."""

import atexit
import http.client
import json as jsons
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from email.message import Message
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from attrs import define, evolve, field, frozen

from support_commands import Forked, fork, unmeasured

MOSAIC = str(Path(sys.executable).with_name("mosaic"))
PASSWORD = "correct horse battery"

PATIENCE = 90.0
"""No test waits for as long unless something is wrong, but busy machines are slow."""
_UNSET = object()


@frozen
class Answer:
    """What a server said."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # any JSON
        return jsons.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a failure."""
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"code", "message", "details"}
        code: str = self.json["error"]["code"]
        return code

    def went(self, status: int) -> "Answer":
        """Want this status; return the answer."""
        assert self.status == status, (self.status, self.body)
        return self

    def failed(self, status: int, code: str) -> "Answer":
        """Want this failure; return the answer."""
        assert (self.status, self.code) == (status, code), self.body
        return self


@frozen
class Client:
    """Somebody who sends requests, each on a connection of its own."""

    port: int
    headers: Mapping[str, str] = field(factory=dict)
    name: str = ""

    @property
    def token(self) -> str:
        return self.headers["Authorization"].removeprefix("Bearer ")

    def registered(self, name: str, password: str = PASSWORD) -> "Client":
        """Make an account and return its owner, logged in."""
        self.post("/register", {"username": name, "password": password}).went(201)
        return self.logged_in(name, password)

    def logged_in(self, name: str, password: str = PASSWORD) -> "Client":
        login = self.post("/login", {"username": name, "password": password}).went(200).json
        return evolve(
            self, name=name, headers={**self.headers, "Authorization": f"Bearer {login['access_token']}"}
        )

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", target, headers=headers)

    def post(self, target: str, json: object = _UNSET, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("POST", target, json, headers=headers)

    def patch(self, target: str, json: object = _UNSET) -> Answer:
        return self.ask("PATCH", target, json)

    def delete(self, target: str) -> Answer:
        return self.ask("DELETE", target)

    def add_entry(self, activity: str, day: str = "2026-01-02", **said: object) -> Answer:
        return self.post("/add_entry", {"date": day, "activity": activity, **said})

    def ask(
        self,
        method: str,
        target: str,
        json: object = _UNSET,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and return its answer. Raises OSError or HTTPException if there is none."""
        sent = {**self.headers, **(headers or {}), "Connection": "close"}
        if json is not _UNSET:
            body = jsons.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())


@define(eq=False)
class Server:
    """`mosaic serve` in processes of its own, with its data in `folder/data` and its log in files."""

    folder: Path
    workers: int = 1
    environment: Mapping[str, str] = field(factory=dict)
    wrapper: Sequence[str] = ()
    is_measured: bool = False
    port: int = field(init=False, default=0)
    process: "subprocess.Popen[bytes] | Forked | None" = field(init=False, default=None)

    @property
    def data(self) -> Path:
        return Path(self.variables["MOSAIC_DATA_DIR"])

    @property
    def variables(self) -> dict[str, str]:
        measuring = _measuring() if self.is_measured else {}
        return environment(self.folder, **self.environment) | measuring

    @property
    def anyone(self) -> Client:
        """A client without credentials."""
        return Client(self.port)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        """All that the server has written to standard error, over all its starts."""
        return (self.folder / "stderr").read_text("utf-8")

    @property
    def output(self) -> str:
        """All that the server has written to standard output, over all its starts."""
        return (self.folder / "stdout").read_text("utf-8")

    def events(self) -> list[dict[str, Any]]:
        """Return the events in the log, oldest first."""
        return [jsons.loads(line) for line in self.log.splitlines()]

    def start(self) -> "Server":
        """Start, and wait until every worker serves."""
        for _ in range(5):
            self.port = _free_port()
            lines_before = len(self.log.splitlines()) if (self.folder / "stderr").exists() else 0
            self._spawn()
            if self._serves(lines_before):
                return self
        raise AssertionError(self.log)

    def serve_anywhere(self) -> None:
        """Start on any free port; take from the output which one that is."""
        lines_before, log_before = len(self.output.splitlines()), len(self.log.splitlines())
        self.port = 0
        self._spawn()
        for _ in patiently():
            said = self.output.splitlines()[lines_before:]
            if len(said) == 2:
                self.port = int(said[0].rpartition(":")[2])
                break
        assert self._serves(log_before)

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask the server to end; return its exit status once it has."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait until the server has ended; return its exit status."""
        assert self.process is not None
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def kill(self) -> None:
        """End the server as a loss of power would, without asking."""
        if self.process is None:
            return
        for child in children(self.process.pid):
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(child, signal.SIGKILL)
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process = None

    def _spawn(self) -> None:
        """Start the command; from the process that has loaded it if nothing but this one process matters."""
        command = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        with (
            Path(os.devnull).open("rb") as given,
            (self.folder / "stdout").open("ab") as out,
            (self.folder / "stderr").open("ab") as err,
        ):
            if self.wrapper or self.is_measured or self.workers > 1:
                self.process = subprocess.Popen(
                    [*self.wrapper, MOSAIC, *command],
                    cwd=self.folder,
                    env=self.variables,
                    stdin=given,
                    stdout=out,
                    stderr=err,
                )
            else:
                self.process = fork(command, self.folder, self.variables, (given, out, err))

    def _serves(self, lines_before: int) -> bool:
        """Wait until the server answers; tell whether it does, or has ended because its port was taken."""
        assert self.process is not None
        for _ in patiently():
            if self.process.poll() is not None:
                assert "address already in use" in self.log.lower(), self.log
                return False
            started = self.log.splitlines()[lines_before:]
            if (
                sum("Application startup complete" in line for line in started) == self.workers
                and self._answers()
            ):
                return True
        raise AssertionError(self.log)

    def _answers(self) -> bool:
        try:
            return self.anyone.get("/").status == 200
        except OSError:
            return False


Start = Callable[..., Server]
"""Starts a server with the given settings."""


@contextmanager
def serving(
    folder: Path,
    *,
    workers: int = 1,
    wrapper: Sequence[str] = (),
    is_measured: bool = False,
    **variables: str,
) -> Iterator[Server]:
    """Serve from `folder` until the `with` block ends."""
    server = Server(folder, workers, variables, wrapper, is_measured)
    try:
        yield server.start()
    finally:
        server.kill()


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a command whose data lie in `folder/data`; no rate limits unless given,
    and patience with databases and cameras, which a busy machine makes slow.

    What it runs of Mosaic does not count as covered by tests.
    """
    inherited = {name: value for name, value in unmeasured().items() if not name.startswith("MOSAIC_")}
    return {
        **inherited,
        "MOSAIC_DATA_DIR": str(folder / "data"),
        "MOSAIC_BUSY_TIMEOUT": "60",
        "MOSAIC_STREAM_TIMEOUT": "60",
        "MOSAIC_RATE_LIMITS": "off",
        **{f"MOSAIC_{name.upper()}": value for name, value in variables.items()},
    }


def _measuring() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def run(
    folder: Path, *arguments: str, stdin: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    with TemporaryFile("w+") as given, TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        given.write(stdin)
        given.seek(0)
        variables = environment(folder, **variables)
        files = (given, out, err)
        code = fork(arguments, folder, variables, files, seconds=round(PATIENCE), is_measured=True).wait()
        return subprocess.CompletedProcess([MOSAIC, *arguments], code, *map(_whole, files[1:]))


def with_ada(folder: Path) -> Path:
    """Make a database in `folder/data` in which Ada, an administrator, has an account; return it."""
    shutil.copytree(_folder_of_ada() / "data", folder / "data")
    return folder / "data" / "mosaic.db"


@cache
def _folder_of_ada() -> Path:
    """Make her account by the command, once for all tests of this process."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    done = run(Path(folder.name), "user", "add", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert (done.returncode, done.stdout) == (0, "User ada added as an administrator\n"), done.stderr
    return Path(folder.name)


def _whole(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def fill(disk: Path) -> Path:
    """Take all room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def patiently(seconds: float = PATIENCE) -> Iterator[float]:
    """Yield again and again what is left of the time, until nothing is."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        yield left
        time.sleep(0.02)


def becomes_healthy(client: Client, *, db_ok: bool) -> None:
    """Want the server to say before long that its store is well or not: it says for a second what it said."""
    for _ in patiently():
        answer = client.get("/healthz")
        if answer.json["db_ok"] is db_ok:
            answer.went(200 if db_ok else 503)
            return
    raise AssertionError(answer.body)


def connected(port: int, sent: bytes = b"", *, receive_buffer: int = 0, source: str = "") -> socket.socket:
    """Return a connection to the server, from that address if told, on which these bytes are sent."""
    client = socket.socket()
    if source:
        client.bind((source, 0))
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", port))
    client.sendall(sent)
    return client


def peak_memory(server: Server) -> int:
    """Return the most that the server has ever held, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak) * 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def children(pid: int) -> list[int]:
    return [
        int(child)
        for listed in Path(f"/proc/{pid}/task").glob("*/children")
        for child in listed.read_text().split()
    ]
