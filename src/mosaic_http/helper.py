"""A helper: the process that does heavy work for a server, one thing at a time (see helpers.py).

It is started with a socket as its standard input, is asked and answers there, and ends with it.
"""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mosaic_adapters.allocator import collect_rarely, release_free, share_freed_memory
from mosaic_adapters.imports.reading import TrackerFileReaders
from mosaic_adapters.json_texts import decode
from mosaic_adapters.settings import Settings
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.place import identity_of
from mosaic_core.app import Mosaic
from mosaic_core.policy import Policy
from mosaic_core.use_cases import UseCases
from mosaic_http.helper_messages import Done, GivenUp, answer, next_request

_NICENESS = 10
"""Where the processors are busy, a server gets one first: as much as ten helpers."""

_LOOK_SECONDS = 0.02


def command_of(settings: Settings) -> Sequence[str] | None:
    """Return what starts a helper, which shares the database file; None where there can be none."""
    if settings.in_memory or settings.in_postgresql or not hasattr(socket, "send_fds"):
        return None
    path = str(settings.database_path.absolute())
    identity = identity_of(path)
    if identity is None:
        return None
    arguments = (path, settings.busy_timeout, settings.max_activities, *identity)
    return [sys.executable, "-m", "mosaic_http.helper", *map(str, arguments)]


def main(path: str, busy_timeout: str, max_activities: str, device: str, inode: str) -> None:
    """Help over the database at the path, that very file; the other arguments are as in the settings."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a terminal tells them as well; their server ends them
    os.nice(_NICENESS)
    share_freed_memory()
    store = SqliteStore(Path(path), float(busy_timeout), joined=(int(device), int(inode)))
    policy = Policy(max_activities=int(max_activities))
    with socket.socket(fileno=sys.stdin.fileno()) as server:
        readers = TrackerFileReaders()
        mosaic = Mosaic.over(store, policy=policy, decode_json=decode, tracker_files=readers)
        collect_rarely()
        help_out(server, mosaic)
    os._exit(0)  # at once: nothing is left to be written


def help_out(server: socket.socket, mosaic: UseCases) -> None:
    """Do what is asked for on the socket, until that is closed."""
    try:
        while (request := next_request(server)) is not None:
            with os.fdopen(request.file, "r+b") as file:
                done = _done(request.work, mosaic, _Watch(server).pause, file, *request.arguments)
            answer(server, done)
            server.recv(1)  # until it is taken over, the result has to stay
            del done
            release_free()
    except ConnectionError:
        return  # the server is gone


def _done(work: Callable[..., Any], *arguments: Any) -> Done:  # noqa: ANN401  # whatever it takes
    try:
        return Done(work(*arguments))
    except Exception as error:  # noqa: BLE001  # whoever asked gets it
        return Done(error=error)


class _Watch:
    """Gives work up once the server says that it is enough, or is gone."""

    def __init__(self, server: socket.socket) -> None:
        self._heard = select.poll()
        self._heard.register(server, select.POLLIN)
        self._next_look = 0.0

    def pause(self) -> None:
        """To be called between small pieces of work. Raises GivenUp."""
        now = time.monotonic()
        if now < self._next_look:
            return
        if self._heard.poll(0):
            raise GivenUp
        self._next_look = now + _LOOK_SECONDS


if __name__ == "__main__":
    main(*sys.argv[1:])
