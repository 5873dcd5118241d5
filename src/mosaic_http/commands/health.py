"""`mosaic health`."""

from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import urlopen

import click
import msgspec
from rich.console import Console
from rich.table import Table

from mosaic_http.commands.opening import settings_in_force
from mosaic_http.commands.terminal import cell, failure, label

_SECONDS = 10


@click.command()
def health() -> None:
    """Print the health of the server at MOSAIC_URL; exit with 1 when it is unhealthy or out of reach."""
    url = settings_in_force().url
    status, body = _asked(f"{url.rstrip('/')}/healthz")
    table = Table("health", label(url))
    for name, value in msgspec.json.decode(body, type=dict[str, object]).items():
        table.add_row(cell(name), cell(str(value)))
    Console().print(table)
    if status != HTTPStatus.OK:
        raise SystemExit(1)


def _asked(url: str) -> tuple[int, bytes]:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  # the operator's own setting, checked there
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()
    except OSError:
        raise failure(f"There is no answer from {url}") from None
