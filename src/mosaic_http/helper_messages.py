"""What a server and its helpers say to each other, on a socket between the two.

A request is a function of a module and its arguments, and comes with the handle of an open file. Its answer
is a result or an error. Behind an answer stands a byte that says it was taken over; the same byte before it
says that nobody wants it any more.
"""

import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any

from attrs import frozen

from mosaic_core.errors import MosaicError

ENOUGH = b"."

_SIZE = struct.Struct("!Q")


class GivenUp(Exception):
    """Nobody wants to know the result any more."""


@frozen
class Request:
    """What is to be done, with which open file."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    file: int


@frozen
class Done:
    """What became of it: a result, or an error."""

    result: Any = None
    error: BaseException | None = None


def ask(other: socket.socket, work: Callable[..., Any], arguments: tuple[Any, ...], file: int) -> None:
    """Send a request."""
    said = pickle.dumps((work, arguments))
    socket.send_fds(other, [_SIZE.pack(len(said))], [file])
    other.sendall(said)


def next_request(other: socket.socket) -> Request | None:
    """Wait for a request; None when there will be no more."""
    size, files, _, _ = socket.recv_fds(other, _SIZE.size, 1)
    if not files:
        return None
    work, arguments = pickle.loads(_exactly(other, *_SIZE.unpack(size)))  # noqa: S301  # from our own server
    return Request(work, arguments, files[0])


def answer(other: socket.socket, done: Done) -> None:
    """Send an answer. An error that cannot be pickled is told by its name; what a result raises, as it is."""
    try:
        said = pickle.dumps(done)
    except MosaicError as error:
        said = pickle.dumps(Done(error=error))
    except Exception as error:  # noqa: BLE001  # whatever an object raises that is not made for it
        said = pickle.dumps(Done(error=RuntimeError(type(done.error or error).__name__)))
    other.sendall(_SIZE.pack(len(said)))
    other.sendall(said)


def next_answer(other: socket.socket) -> Done:
    """Wait for an answer. Raises TimeoutError if it takes too long, ConnectionError if it never comes."""
    begun = other.recv(_SIZE.size)
    timeout = other.gettimeout()
    other.settimeout(None)
    size = begun + _exactly(other, _SIZE.size - len(begun)) if begun else b""
    if not size:
        raise ConnectionError
    said = _exactly(other, *_SIZE.unpack(size))
    other.settimeout(timeout)
    done: Done = pickle.loads(said)  # noqa: S301  # from our own helper
    return done


def _exactly(other: socket.socket, size: int) -> bytearray:
    """Return so many bytes. Raises ConnectionError if there are fewer."""
    said = bytearray(size)
    left = memoryview(said)
    while left:
        taken = other.recv_into(left)
        if not taken:
            raise ConnectionError
        left = left[taken:]
    return said
