"""Commands, forked from a process that has loaded them: that takes longer than most of what they do."""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import IO, Any, NoReturn

from coverage import Coverage

_LONGEST = 2**17
_HANDLES = 4


class Forked:
    """A process that runs a command; it is used as one of `subprocess.Popen`."""

    def __init__(self, told: socket.socket) -> None:
        self.pid = int(told.recv(20))
        self._told = told
        self._code: int | None = None

    def wait(self, seconds: float | None = None) -> int:
        """Return the exit code, below 0 if a signal ended it. Raises TimeoutError if it goes on."""
        if self._code is None:
            self._told.settimeout(seconds)
            self._code = int(self._told.recv(20))
            self._told.close()
        return self._code

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except BlockingIOError:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def fork(
    arguments: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    files: Sequence[IO[Any]],
    *,
    program: str = "mosaic",
    seconds: int = 0,
    is_measured: bool = False,
) -> Forked:
    """Run the program in the folder, with these variables and standard files.

    After so many seconds it is ended, if told. What it runs counts as covered if it `is_measured`.
    """
    asked = json.dumps([[program, *arguments], str(folder), dict(variables), seconds]).encode()
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with closing(theirs):
        handles = [theirs.fileno(), *(file.fileno() for file in files)]
        socket.send_fds(_loaded(program, is_measured=is_measured), [asked], handles)
    return Forked(ours)


def unmeasured() -> dict[str, str]:
    """Return the environment without what makes coverage.py start, which takes a process twice the time."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}


@cache
def _loaded(program: str, *, is_measured: bool) -> socket.socket:
    """Start the process that has loaded the program, and ends with this one; return where it is asked."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with closing(theirs):
        process = subprocess.Popen(
            [sys.executable, __file__, program],
            env=os.environ if is_measured else unmeasured(),
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _mosaic() -> Callable[[], object]:
    """Load what a command needs that finds a database, or serves from it."""
    import sqlite_utils  # noqa: F401, PLC0415  # here alone, as all that follows
    import uvicorn  # noqa: F401, PLC0415

    from mosaic_http import asgi, cli, program, protocol, rounds, stopping  # noqa: F401, PLC0415

    return program.main


def _pytest() -> Callable[[], object]:
    """Load what the suite for stores needs."""
    import pytest  # noqa: PLC0415

    import strangers_suite  # noqa: F401, PLC0415

    return pytest.console_main


def _fork_until_the_end(main: Callable[[], object]) -> NoReturn:
    if measuring := Coverage.current():
        measuring.save()  # what was loaded: no process is to tell of it again, which takes longer than to run
    gc.collect()
    gc.freeze()  # what a collection looks at is copied in each process
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how those ended that wait for a command
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        while True:
            asked, handles, _, _ = socket.recv_fds(control, _LONGEST, _HANDLES)
            if not asked:
                _vanish()
            if os.fork() == 0:
                control.detach()
                _run_and_tell(main, asked, handles)
            for handle in handles:
                os.close(handle)


def _run_and_tell(main: Callable[[], object], asked: bytes, handles: Sequence[int]) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process == 0:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _become(*json.loads(asked), handles=handles)
        _end(_code_of(main))
    os.write(handles[0], b"%d" % process)
    _, status = os.waitpid(process, 0)
    os.write(handles[0], b"%d" % os.waitstatus_to_exitcode(status))
    _vanish()


def _become(
    arguments: list[str], folder: str, variables: dict[str, str], seconds: int, *, handles: Sequence[int]
) -> None:
    for number, handle in enumerate(handles[1:]):
        os.dup2(handle, number)
    for handle in handles:
        os.close(handle)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = arguments
    signal.alarm(seconds)


def _code_of(main: Callable[[], object]) -> object:
    try:
        return main()
    except SystemExit as end:
        return end.code


def _end(code: object) -> NoReturn:
    """End as `sys.exit` does, but without taking apart what was loaded."""
    if isinstance(code, str):
        print(code, file=sys.stderr)  # noqa: T201  # as `sys.exit` does
        code = 1
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 0)


def _vanish() -> NoReturn:
    """End at once, without what is done at the end of a program, which was loaded for others."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


if __name__ == "__main__":
    _fork_until_the_end({"mosaic": _mosaic, "pytest": _pytest}[sys.argv[1]]())
