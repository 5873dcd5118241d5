"""The command line."""

import json
import os

import click

from mosaic_adapters.release import VERSION
from mosaic_adapters.settings import unknown
from mosaic_http.commands.backups import backup, copy
from mosaic_http.commands.data import export, import_
from mosaic_http.commands.habits import agenda, history, log, today
from mosaic_http.commands.health import health
from mosaic_http.commands.opening import opened, settings_in_force
from mosaic_http.commands.serving import serve
from mosaic_http.commands.terminal import echo
from mosaic_http.commands.tokens import token
from mosaic_http.commands.users import user
from mosaic_http.commands.wearables import wearables


@click.group()
@click.version_option(VERSION, prog_name="mosaic")
def main() -> None:
    """Mosaic: a self-hosted backend for people who track what they do each day."""
    for name, nearest in unknown(os.environ).items():
        hint = f"; did you mean {nearest}?" if nearest else ""
        echo(f"Warning: there is no setting {name}{hint}", err=True)


@main.command()
def config() -> None:
    """Print the settings in force; secrets are masked."""
    for name, value in settings_in_force().shown().items():
        echo(f"{name}={value}")


@main.command()
def migrate() -> None:
    """Make the database, or bring it up to date, and end; for a role that may do what servers need not."""
    with opened(makes_database=True):
        echo("The database is up to date")


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    from mosaic_http.app import PATHS  # noqa: PLC0415  # the other commands start faster without these
    from mosaic_http.openapi.document import document  # noqa: PLC0415

    text = json.dumps(document(PATHS, VERSION), indent=2, ensure_ascii=False)
    for line in text.splitlines():
        echo(line)


main.add_command(serve)
main.add_command(health)
main.add_command(user)
main.add_command(token)
main.add_command(import_)
main.add_command(export)
main.add_command(wearables)
main.add_command(today)
main.add_command(agenda)
main.add_command(log)
main.add_command(history)
main.add_command(backup)
main.add_command(copy)
