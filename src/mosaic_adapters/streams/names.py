"""Looking up hosts."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

_THREADS = 4
"""A look-up hangs as long as name servers do. Addresses, which cameras mostly have, need no thread."""


class Names:
    """Asks the system for the addresses of hosts."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "mosaic-names")

    async def addresses(self, host: str) -> Sequence[str]:
        """Return the addresses of a host, which may itself be an address in any spelling; none if unknown."""
        try:
            return _found(host, socket.AI_NUMERICHOST)
        except (socket.gaierror, UnicodeError):
            pass
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _found, host, 0)
        except (socket.gaierror, UnicodeError):
            return ()

    def close(self) -> None:
        """Look up nothing more; what hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _found(host: str, flags: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    return [str(address[0]) for *_, address in found]
