"""What the commands print: printable text only, so that no stored name can drive the terminal."""

import click
from rich.markup import escape
from rich.text import Text

from mosaic_core.texts import printable


def echo(*columns: str, err: bool = False) -> None:
    """Print one line of columns, with a tab between them."""
    click.echo("\t".join(map(printable, columns)), err=err)


def failure(message: str, exit_code: int = 1) -> click.ClickException:
    """Return the error that ends a command with that one line and that exit code."""
    error = click.ClickException(printable(message))
    error.exit_code = exit_code  # type: ignore[misc]  # each error may have its own
    return error


unasked = click.option("--yes", is_flag=True, help="Do it without asking.")


def make_sure(question: str, *, yes: bool) -> None:
    """End the command unless it was told `yes`, or whoever sits there says so."""
    if yes:
        return
    try:
        is_sure = click.confirm(printable(question), err=True)
    except click.Abort:
        click.echo(err=True)
        raise failure("Nobody answered, so nothing was changed; --yes does it without asking") from None
    if not is_sure:
        raise failure("Nothing was changed")


def cell(text: str) -> Text:
    """Return the text for a table."""
    return Text(printable(text))


def label(text: str) -> str:
    """Return the text for a progress bar."""
    return escape(printable(text))
