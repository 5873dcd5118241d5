"""Several real servers over one database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from support_server import Answer, Client, Server, serving

SECRET = "a secret that both servers of these tests share"


class Servers:
    """Starts servers over one database, each with a folder of its own, as on machines of their own."""

    def __init__(self, folder: Path, url: str, stack: ExitStack) -> None:
        self.url = url
        self._folder = folder
        self._stack = stack

    def start(self, name: str, **variables: str) -> Server:
        folder = self._folder / name
        folder.mkdir()
        given = {"database_url": self.url, "jwt_secret": SECRET, **variables}
        return self._stack.enter_context(serving(folder, **given))  # type: ignore[arg-type]  # as in `start`


def at(server: Server, person: Client) -> Client:
    """Return the person as a client of that server."""
    return Client(server.port, person.headers, person.name)


def together(*works: Callable[[], Answer]) -> list[Answer]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(work) for work in works]]
