"""`mosaic serve`."""

import os
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from mosaic_adapters.backups.passphrase import read_passphrase
from mosaic_adapters.settings import Settings, without_password
from mosaic_core.app import Mosaic
from mosaic_core.errors import LockedBackup
from mosaic_http.commands.opening import opened, settings_in_force
from mosaic_http.commands.terminal import echo, failure

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from mosaic_http.shared_memory import WorkersMemory


_STARTING_SECONDS = 30
"""A worker that is silent for longer is replaced: on a small or busy machine it only starts so slowly."""


@click.command()
@click.option("--host", help="Address to listen on, instead of MOSAIC_HOST, by default 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on, instead of MOSAIC_PORT, by default 8000; 0 takes any that is free.",
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes to serve with."
)
def serve(host: str | None, port: int | None, workers: int) -> None:
    """Serve Mosaic over HTTP until SIGINT or SIGTERM."""
    from mosaic_adapters.allocator import share_freed_memory  # noqa: PLC0415  # the other commands start faster

    share_freed_memory()
    settings = settings_in_force()
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    if settings.in_memory and workers > 1:
        raise failure("MOSAIC_DATABASE_URL memory: cannot be shared by more than one worker")
    _require_passphrase(settings)
    _require_free(settings.root_path)
    with _listening(host, port) as listener:
        is_made = settings.in_memory or not (settings.in_postgresql or settings.database_path.exists())
        with opened(makes_database=True) as mosaic:  # what cannot be stops the start in one line
            is_first = is_made or (settings.in_postgresql and _has_nobody(mosaic))
        import uvicorn  # noqa: PLC0415  # the other commands start faster without these

        from mosaic_http.connections import Connections  # noqa: PLC0415
        from mosaic_http.handles import places_for_connections  # noqa: PLC0415
        from mosaic_http.protocol import LimitedProtocol  # noqa: PLC0415
        from mosaic_http.rounds import Rounds  # noqa: PLC0415
        from mosaic_http.stopping import GRACE_SECONDS, run  # noqa: PLC0415

        memory = _memory(settings, workers)
        _tell(settings, _url(host, listener), is_first=is_first)
        connections = Connections(
            places_for_connections(settings.stream_max_cameras),
            trusted=settings.trusted_proxies,
            ipv6_prefix=settings.rate_limit_ipv6_prefix,
        )
        protocol = partial(
            LimitedProtocol, patience=settings.body_timeout, connections=connections, rounds=Rounds()
        )
        config = uvicorn.Config(
            partial(_application, memory),
            factory=True,
            workers=workers,
            loop="uvloop" if os.name == "posix" else "asyncio",
            http=protocol,  # type: ignore[arg-type]  # makes one
            ws="none",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=_STARTING_SECONDS,
        )
        run(config, listener)


def _application(memory: "WorkersMemory") -> "ASGIApp":
    """Return the application, in the process that serves it."""
    from mosaic_http.asgi import create  # noqa: PLC0415  # a parent of workers does not need it

    return create(memory)


def _memory(settings: Settings, workers: int) -> "WorkersMemory":
    """Return what the workers share; a parent of several logs there too, as when one died."""
    from mosaic_http.logs import Log, send_library_logs  # noqa: PLC0415  # the other commands start faster
    from mosaic_http.shared_memory import WorkersMemory  # noqa: PLC0415

    memory = WorkersMemory.make(workers)
    if workers > 1:
        send_library_logs(settings, Log(settings, memory=memory.log))
    return memory


def _tell(settings: Settings, url: str, *, is_first: bool) -> None:
    """Say where Mosaic serves and where the data lies; at the first start, to a person, what comes next."""
    echo(f"Mosaic serves on {url}")
    echo(f"Data: {_data(settings)}")
    if is_first and sys.stdout.isatty():
        echo(f"There is no account yet; the first one becomes the administrator: POST {url}/register")
        if not settings.in_memory:
            echo("or, in another terminal with the same settings: mosaic user add NAME")


def _has_nobody(mosaic: Mosaic) -> bool:
    with mosaic.store.read() as unit:
        return unit.users.count() == 0


def _data(settings: Settings) -> str:
    """Return where the data lies."""
    if settings.in_memory:
        return "nowhere: memory is forgotten at the end"
    return (
        without_password(settings.database_url)
        if settings.in_postgresql
        else str(settings.database_path.resolve())
    )


def _require_passphrase(settings: Settings) -> None:
    """End with one line if the passphrase for backups is of no use."""
    if settings.backup_passphrase_file is None:
        return
    try:
        read_passphrase(settings.backup_passphrase_file)
    except LockedBackup as error:
        raise failure(error.message) from None


def _require_free(root_path: str) -> None:
    """End with one line if Mosaic has paths of its own below that one: they could not be told apart."""
    if not root_path:
        return
    from mosaic_http.app import PATHS  # noqa: PLC0415  # the other commands start faster without it

    if any(f"{path}/".startswith(f"{root_path}/") for path in PATHS):
        raise failure(f"MOSAIC_ROOT_PATH must not be {root_path}, which is a path of Mosaic's own")


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; end with one line if none can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        # Numbers below 0 are those of looking up hosts.
        reason = os.strerror(number) if number is not None and number > 0 else "there is no such host"
        raise failure(f"Cannot listen on {host} port {port}: {reason}") from None


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
