"""How many files and connections the process may have open."""

import os
import sys
from contextlib import suppress

MOST_CONNECTIONS = 4096
"""Each takes some 20 KB: all of them less than 100 MiB."""

_RESERVED = 256
"""For the store, logs, backups and the exports under way, of which there may be 128."""

_PER_CAMERA = 8
"""The connection to it, and ffmpeg's input, output and errors, each with what it takes to watch them."""

_PER_CONNECTION = 2
"""The connection itself and the file in which its request's body or its answer may lie."""

_PER_EAR = 16

_MOST = _RESERVED + _PER_CONNECTION * MOST_CONNECTIONS

if sys.platform == "win32":

    def _handles(wanted: int) -> int:
        """Return what is wanted: there is no such limit."""
        return wanted

    def make_room() -> None:
        """Do nothing: room is not made in the middle of a turn of the event loop."""

else:
    import fcntl
    import resource

    def _handles(wanted: int) -> int:
        """Raise the limit to what is wanted, or as far as it goes; return it."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return wanted if soft == resource.RLIM_INFINITY else min(soft, wanted)

    def make_room() -> None:
        """Have the system make room at once for all that may be open, in the process that will open it.

        Linux makes room whenever it runs out of it. A process that has threads then waits until every
        processor has let go of what it does, a second or ten where all are busy: the event loop, in the
        middle of taking a connection.
        """
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _MOST if soft == resource.RLIM_INFINITY else min(soft, _MOST)
        with suppress(OSError), open(os.devnull, "rb") as file:  # noqa: PTH123  # the first files are all in use
            os.close(fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, most - 1))


def ears(most: int) -> int:
    """Return how many sockets may listen, of `most`: one for each sixteen files that may be open."""
    return max(1, _handles(_PER_EAR * most) // _PER_EAR)


def places_for_connections(cameras: int) -> int:
    """Raise the limit of open files; return how many connections leave enough of them for all else.

    Among that are so many `cameras`.
    """
    reserved = _RESERVED + _PER_CAMERA * cameras
    handles = _handles(reserved + _PER_CONNECTION * MOST_CONNECTIONS)
    return (handles - min(reserved, handles // 2)) // _PER_CONNECTION
