"""`mosaic user …`: accounts, straight on the database."""

import sys

import click

from mosaic_core.accounts.model import NewAccount
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import echo, failure, make_sure, unasked

_password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)


@click.group()
def user() -> None:
    """Manage accounts straight on the database."""


@user.command("add")
@click.argument("name")
@click.option("--admin", is_flag=True, help="Make an administrator.")
@_password_stdin
def add(name: str, admin: bool, password_stdin: bool) -> None:  # noqa: FBT001  # click's flags
    """Add the account NAME; the very first one is an administrator."""
    password = _password(from_stdin=password_stdin)
    with opened(makes_database=True) as mosaic:
        added = mosaic.accounts.add(NewAccount(username=name, password=password), admin=admin)
    echo(f"User {added.username} added" + (" as an administrator" if added.is_admin else ""))


@user.command("list")
def list_() -> None:
    """List all accounts."""
    with opened() as mosaic:
        for one in mosaic.accounts.every():
            role = "admin" if one.is_admin else "user"
            echo(str(one.id), one.username, role, one.display_name)


@user.command("set-password")
@click.argument("name")
@_password_stdin
def set_password(name: str, password_stdin: bool) -> None:  # noqa: FBT001  # click's flags
    """Give the account NAME a new password; all its tokens end."""
    password = _password(from_stdin=password_stdin)
    with opened() as mosaic:
        mosaic.accounts.set_password(name, password)
    echo(f"Password of {name} set")


@user.command("set-admin")
@click.argument("name")
@click.option("--off", is_flag=True, help="Make an administrator an ordinary user.")
def set_admin(name: str, off: bool) -> None:  # noqa: FBT001  # click's flags
    """Make the account NAME an administrator."""
    with opened() as mosaic:
        mosaic.accounts.set_admin(name, is_admin=not off)
    echo(f"User {name} is {'no longer' if off else 'now'} an administrator")


@user.command("delete")
@click.argument("name")
@unasked
def delete(name: str, yes: bool) -> None:  # noqa: FBT001  # click's flag
    """Delete the account NAME with all that it owns."""
    with opened() as mosaic:
        mosaic.sessions.caller(name)
        make_sure(f"Delete the account {name} with all that it owns?", yes=yes)
        mosaic.accounts.delete_named(name)
    echo(f"User {name} deleted")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise failure("There is no terminal to ask for a password; --password-stdin reads one line of input")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
