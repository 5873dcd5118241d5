"""`mosaic token …`: personal access tokens, straight on the database."""

import datetime as dt

import click

from mosaic_core.calendar import parse_day
from mosaic_core.tokens.model import READ, SCOPES, NewToken
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import echo, failure


@click.group()
def token() -> None:
    """Manage personal access tokens straight on the database."""


@token.command("add")
@click.argument("name")
@click.option("--user", "username", required=True, help="Whose token it is.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=[READ],
    show_default=True,
    type=click.Choice(SCOPES),
    help="What it opens; may be given several times.",
)
@click.option("--expires", metavar="DAY", help="The day, in UTC, with which it ends; by default none.")
def add(name: str, username: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Make a token called NAME, and print it: it is told this once."""
    with opened() as mosaic:
        new = NewToken(name=name, scopes=tuple(dict.fromkeys(scopes)), expires_at=_end(expires))
        created = mosaic.tokens.create(mosaic.sessions.caller(username), new)
    echo(created.text)
    echo("Keep it: it is not told again.", err=True)


@token.command("list")
@click.option("--user", "username", help="Whose tokens; without it, everybody's.")
def list_(username: str | None) -> None:
    """List tokens: id, whose, name, scopes, last use, end."""
    with opened() as mosaic:
        for user, one in mosaic.tokens.every(username):
            times = (_shown(one.last_used_at), _shown(one.expires_at))
            echo(str(one.id), user.username, one.name, ",".join(one.scopes), *times)


@token.command("delete")
@click.argument("token_id", metavar="ID", type=int)
@click.option("--user", "username", required=True, help="Whose token it is.")
def delete(token_id: int, username: str) -> None:
    """End the token with the ID at once."""
    with opened() as mosaic:
        mosaic.tokens.delete(mosaic.sessions.caller(username), token_id)
    echo(f"Token {token_id} deleted")


def _end(day: str | None) -> dt.datetime | None:
    """Return the end of the day."""
    if day is None:
        return None
    try:
        return dt.datetime.combine(parse_day(day), dt.time(), dt.UTC) + dt.timedelta(days=1)
    except ValueError as error:
        raise failure(f"{day} {error}") from None
    except OverflowError:
        raise failure(f"{day} is too late: no day comes after it") from None


def _shown(instant: dt.datetime | None) -> str:
    return "-" if instant is None else instant.isoformat(timespec="seconds")
