"""`mosaic wearables …`."""

import click
from rich.console import Console
from rich.progress import Progress

from mosaic_core.app import Mosaic
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import echo, label


@click.group()
def wearables() -> None:
    """Maintain wearable records."""


@wearables.command("reprocess")
@click.option("--user", "name", help="Whose records; without it, everybody's.")
def reprocess(name: str | None) -> None:
    """Run the pipeline again over the raw records."""
    with opened() as mosaic:
        if name is None:
            users = {user.username: user.id for user in mosaic.accounts.every()}
        else:
            users = {name: mosaic.sessions.caller(name).user_id}
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            done = sum(_reprocess(mosaic, bar, *user) for user in users.items())
    echo(f"{done} records processed again")


def _reprocess(mosaic: Mosaic, bar: Progress, name: str, user_id: int) -> int:
    """Process a user's records again, show the progress, and return how many there were."""
    task = bar.add_task(label(name))
    done = 0
    for progress in mosaic.wearables.reprocess(user_id):
        done = progress.done
        bar.update(task, completed=done, total=progress.total)
    bar.remove_task(task)
    return done
