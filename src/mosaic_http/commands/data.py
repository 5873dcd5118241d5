"""`mosaic import` and `mosaic export`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from mosaic_core.entries.export import Export
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.paging import Page
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import echo, failure
from mosaic_http.export_texts import csv_chunks, json_chunks
from mosaic_http.uploads import lines

_CHUNKS: dict[str, Callable[[Export], Iterator[bytes]]] = {"json": json_chunks, "csv": csv_chunks}

_NO_ROW_TAKEN = 3
"""The exit code of an import of which every row was refused; 2 stands for wrong usage."""

_LINES_A_STEP = 1_000
"""So many lines are read between two looks at the progress bar."""


@click.group("import")
def import_() -> None:
    """Bring in data."""


@import_.command("csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", "name", help="Whose entries they become.")
@click.option("--shared", is_flag=True, help="Make shared entries, which belong to no user.")
def import_csv(file: Path, name: str | None, shared: bool) -> None:  # noqa: FBT001  # click's flags
    """Bring in a CSV FILE of entries.

    Rows that are refused are told one by one. The exit code is 3 if that is all of them.
    """
    if (name is None) == (not shared):
        raise click.UsageError("Give either --user NAME or --shared")
    with opened(makes_database=True) as mosaic, file.open("rb") as opened_file:
        caller = None if name is None else mosaic.sessions.caller(name)
        read = mosaic.imports.read(_with_bar(opened_file, file.stat().st_size, "Reading"), caller)
        with closing(read):
            summary = mosaic.imports.write(caller, mosaic.imports.sum_up(caller, read), file.name)
    _report(summary)


@click.command()
@click.argument("form", type=click.Choice(["json", "csv"]))
@click.option("--user", "name", required=True, help="Whose data.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file instead of standard output.",
)
def export(form: str, name: str, output: Path | None) -> None:
    """Write all of a user's data as JSON or CSV."""
    with opened() as mosaic:
        caller = mosaic.sessions.caller(name)
        with mosaic.exports.open(caller, Page(None)) as whole, _target(output) as target:
            for chunk in _CHUNKS[form](whole):
                target.write(chunk)


def _target(output: Path | None) -> BinaryIO | nullcontext[BinaryIO]:
    if output is None:
        return nullcontext(sys.stdout.buffer)
    return os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _with_bar(file: BinaryIO, size: int, title: str) -> Iterator[str]:
    """Yield the file's lines; on a terminal, show how far of `size` bytes they are."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=size)
        for number, line in enumerate(lines(file)):
            if size and number % _LINES_A_STEP == 0:  # a pipe has no size
                progress.update(task, completed=file.tell())
            yield line


def _report(summary: ImportSummary) -> None:
    for detail in summary.details:
        if detail.status == "skipped":
            echo(f"Line {detail.row} skipped: {detail.reason}", err=True)
    echo(f"{summary.created} created, {summary.updated} updated, {summary.skipped} skipped")
    if summary.skipped and not summary.created + summary.updated:
        raise failure("No row was taken", _NO_ROW_TAKEN)
