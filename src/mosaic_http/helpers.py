"""Heavy work in processes of its own.

Python lets one thread of a process run at a time. One that computes for long takes the interpreter from the
event loop again and again, for a millisecond whenever that has waited for the network, so that everybody
waits. So what computes for long is done by helpers: processes that are started on demand, have the database
open for reading, step back where the processors are busy, and end when nobody has needed them for a while.
"""

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, BinaryIO, TypeVar

from mosaic_core.errors import ServiceUnavailable
from mosaic_core.use_cases import UseCases
from mosaic_http.helper_messages import ENOUGH, Done, GivenUp, ask, next_answer
from mosaic_http.temporary import room

T = TypeVar("T")

_IDLE_SECONDS = 3.0
"""To start one takes half a second of a processor's time; each holds 35 MiB."""

_TEND_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_ENDING_SECONDS = 2.0

_HEARING_SECONDS = 10.0
"""A helper looks fifty times a second whether it has said enough, but may be in the middle of a statement."""


class Helpers:
    """Does heavy work, in another process if a `command` starts one, else in the thread that asks for it.

    There are as many helpers as threads ask at the same time. In this process, the use cases are the
    `mosaic`'s, and work breathes between its pieces.
    """

    def __init__(
        self,
        mosaic: UseCases,
        breathe: Callable[[], object],
        command: Sequence[str] | None = None,
        idle_seconds: float = _IDLE_SECONDS,
    ) -> None:
        self._mosaic = mosaic
        self._breathe = breathe
        self._command = command
        self._idle_seconds = idle_seconds
        self._idle: list[_Helper] = []
        self.busy: set[_Helper] = set()
        self._lock = threading.Lock()

    def do(
        self,
        work: Callable[..., T],
        file: BinaryIO,
        *arguments: object,
        is_given_up: Callable[[], bool] = lambda: False,
    ) -> T:
        """Return what the work (see heavy.py) makes of the file, which lies in a temporary one by then.

        To be called in a thread. Raises what the work raises, GivenUp if nobody wants the result any more,
        ServiceUnavailable if the helper has died.
        """
        if is_given_up():
            raise GivenUp
        if self._command is None:
            return self._do_here(work, file, arguments, is_given_up)
        with room("There is no room left for a temporary file"):
            handle = file.fileno()
        try:
            helper = self._one_of_idle() or _Helper(self._command)
            with self._busy_with(helper):
                done = helper.do(work, arguments, handle, is_given_up)
        except OSError as error:
            raise ServiceUnavailable("The work broke off; try again", {"retry_after": 1}) from error
        try:
            if done.error is not None:
                raise done.error
            result: T = done.result
            return result
        finally:
            del done  # this frame, to which the error leads, would lead back to it

    @asynccontextmanager
    async def tended(self) -> AsyncIterator[None]:
        """End idle helpers while the `with` block runs, and all at its end, whatever they do."""
        tending = asyncio.create_task(self._tend())
        try:
            yield
        finally:
            tending.cancel()
            for helper in tuple(self.busy):
                helper.kill()
            await asyncio.to_thread(self.end_idle, 0)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_TEND_SECONDS)
            if self._idle:
                await asyncio.to_thread(self.end_idle, self._idle_seconds)

    def end_idle(self, seconds: float) -> None:
        """End the helpers that have been idle for so long."""
        before = time.monotonic() - seconds
        with self._lock:
            ended = [one for one in self._idle if one.idle_since <= before]
            self._idle = [one for one in self._idle if one.idle_since > before]
        for helper in ended:
            helper.end()

    def _do_here(
        self,
        work: Callable[..., T],
        file: BinaryIO,
        arguments: tuple[object, ...],
        is_given_up: Callable[[], bool],
    ) -> T:
        def pause() -> None:
            self._breathe()
            if is_given_up():
                raise GivenUp

        try:
            return work(self._mosaic, pause, file, *arguments)
        except GivenUp as error:
            raise error.with_traceback(None) from None  # its frames would hold a snapshot of the store

    @contextmanager
    def _busy_with(self, helper: "_Helper") -> Iterator[None]:
        """Know the helper as busy, and as idle afterwards, unless it failed."""
        self.busy.add(helper)
        try:
            yield
            with self._lock:
                self._idle.append(helper)
        finally:
            self.busy.discard(helper)

    def _one_of_idle(self) -> "_Helper | None":
        with self._lock:
            while self._idle:
                helper = self._idle.pop()
                if helper.is_alive():
                    return helper
                helper.end()
        return None


def _environment() -> dict[str, str]:
    """Return this process's variables but the settings, some of which are secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}


class _Helper:
    """A process that helps, and the socket on which it is asked."""

    def __init__(self, command: Sequence[str]) -> None:
        self._socket, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(  # noqa: S603  # this very program
                command, stdin=other.fileno(), stdout=subprocess.DEVNULL, env=_environment()
            )
        self._socket.settimeout(_LOOK_SECONDS)
        self.idle_since = 0.0

    def is_alive(self) -> bool:
        """Return whether the process has not ended."""
        return self._process.poll() is None

    def do(
        self,
        work: Callable[..., Any],
        arguments: tuple[object, ...],
        file: int,
        is_given_up: Callable[[], bool],
    ) -> Done:
        """Return what became of the work. Raises OSError if the process has died."""
        try:
            ask(self._socket, work, arguments, file)
            done = self._answer(is_given_up)
        except BaseException:
            self.end()
            raise
        self.idle_since = time.monotonic()
        return done

    def _answer(self, is_given_up: Callable[[], bool]) -> Done:
        """Wait for the answer and take it over; say so, or before that, that nobody wants it any more.

        Raises TimeoutError if that is not heard.
        """
        said_enough: float | None = None
        while True:
            try:
                done = next_answer(self._socket)
            except TimeoutError:
                if said_enough is None:
                    if is_given_up():
                        self._socket.sendall(ENOUGH)
                        said_enough = time.monotonic()
                elif time.monotonic() - said_enough > _HEARING_SECONDS:
                    raise
                continue
            if said_enough is None:
                self._socket.sendall(ENOUGH)
            return done

    def kill(self) -> None:
        """End the process at once; whoever waits for its answer is told that there is none."""
        self._process.kill()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._socket.close()
        try:
            self._process.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
