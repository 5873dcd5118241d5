"""How many files and connections the process may have open."""

import sys

MOST_CONNECTIONS = 4096
"""Each takes some 20 KB: all of them less than 100 MiB."""

_RESERVED = 256
"""For the store, logs, backups and the exports under way, of which there may be 128."""

_PER_CONNECTION = 2
"""The connection itself and the file in which its request's body or its answer may lie."""

_WANTED = _RESERVED + _PER_CONNECTION * MOST_CONNECTIONS

if sys.platform == "win32":

    def _handles() -> int:
        """Return what is wanted: there is no such limit."""
        return _WANTED

else:
    import resource

    def _handles() -> int:
        """Raise the limit to what is wanted, or as far as it goes; return it."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if 0 <= soft < _WANTED:
            soft = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return _WANTED if soft == resource.RLIM_INFINITY else min(soft, _WANTED)


def places_for_connections() -> int:
    """Raise the limit of open files; return how many connections leave enough of them for all else."""
    handles = _handles()
    return (handles - min(_RESERVED, handles // 2)) // _PER_CONNECTION
