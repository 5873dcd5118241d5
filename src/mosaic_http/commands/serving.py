"""`mosaic serve`."""

import os
import socket
from functools import partial

import click

from mosaic_adapters.backups.passphrase import read_passphrase
from mosaic_adapters.settings import Settings
from mosaic_core.errors import LockedBackup
from mosaic_http.commands.opening import opened, settings_in_force
from mosaic_http.commands.terminal import echo, failure


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any that is free.",
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes to serve with."
)
def serve(host: str, port: int, workers: int) -> None:
    """Serve Mosaic over HTTP until SIGINT or SIGTERM."""
    settings = settings_in_force()
    if settings.in_memory and workers > 1:
        raise failure("MOSAIC_DATABASE_URL memory: cannot be shared by more than one worker")
    _require_passphrase(settings)
    with _listening(host, port) as listener:
        with opened():
            pass  # what cannot be opened stops the start here, in one line, before any worker
        import uvicorn  # noqa: PLC0415  # the other commands start faster without these

        from mosaic_http.connections import Connections  # noqa: PLC0415
        from mosaic_http.handles import places_for_connections  # noqa: PLC0415
        from mosaic_http.protocol import LimitedProtocol  # noqa: PLC0415
        from mosaic_http.rounds import Rounds  # noqa: PLC0415
        from mosaic_http.stopping import GRACE_SECONDS, run  # noqa: PLC0415

        data = (
            "nowhere: memory is forgotten at the end"
            if settings.in_memory
            else settings.database_path.resolve()
        )
        echo(f"Mosaic serves on {_url(host, listener)}")
        echo(f"Data: {data}")
        connections = Connections(
            places_for_connections(),
            trusted=settings.trusted_proxies,
            ipv6_prefix=settings.rate_limit_ipv6_prefix,
        )
        protocol = partial(
            LimitedProtocol, patience=settings.body_timeout, connections=connections, rounds=Rounds()
        )
        config = uvicorn.Config(
            "mosaic_http.asgi:create",
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
        )
        run(config, listener)


def _require_passphrase(settings: Settings) -> None:
    """End with one line if the passphrase for backups is of no use."""
    if settings.backup_passphrase_file is None:
        return
    try:
        read_passphrase(settings.backup_passphrase_file)
    except LockedBackup as error:
        raise failure(error.message) from None


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; end with one line if none can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise failure(f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}") from None


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
