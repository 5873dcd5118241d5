"""`mosaic import` and `mosaic export`."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from mosaic_adapters.allocator import collect_rarely
from mosaic_adapters.imports.databases import MAGIC
from mosaic_adapters.text_lines import lines
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.csv import where
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.imports.collecting import FileImport
from mosaic_core.imports.model import FileSummary, FileWanted
from mosaic_core.paging import Page
from mosaic_http.commands.opening import opened
from mosaic_http.commands.terminal import echo, failure, label

_NO_ROW_TAKEN = 3
"""The exit code of an import of which every row was refused; 2 stands for wrong usage."""

_LINES_A_STEP = 1_000
"""So many lines of a table are read between two looks at the progress bar."""

_LOOK_SECONDS = 0.1
"""Readers of other files breathe as often as they like."""

_ANY_FILE = "FILE"
"""The command for files of any format, which need not be named."""


class _Imports(click.Group):
    """Takes what is no subcommand for the file of any format."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command for files where no other is named."""
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = [_ANY_FILE, *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=_Imports)
def import_() -> None:
    """Bring in data: a FILE of another tracker, or a CSV table."""


@import_.command(_ANY_FILE)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="")
@click.option("--user", "name", required=True, help="Whose data it becomes.")
@click.option("--format", "format_", help="The file's format; without it, its content tells.")
@click.option("--dry-run", is_flag=True, help="Change nothing, and say what the import would do.")
@click.option("--overwrite", is_flag=True, help="Replace values that the user gave.")
def import_file(file: Path, name: str, format_: str | None, dry_run: bool, overwrite: bool) -> None:  # noqa: FBT001
    """Bring in the FILE of another tracker, or an export of Mosaic's.

    Rows that are not taken are told one by one. The exit code is 3 if that is all of them.
    """
    wanted = FileWanted(format=format_, dry_run=dry_run, overwrite=overwrite)
    collect_rarely()
    with opened(makes_database=not dry_run) as mosaic, file.open("rb") as stream:
        caller = mosaic.sessions.caller(name)
        with _bar() as bar, closing(_read(mosaic, caller, stream, wanted, bar)) as read:
            _take_records(mosaic, caller, read, bar)
            summary = mosaic.files.write(caller, read, file.name)
    _report_file(summary)


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
    from mosaic_http.export_texts import csv_chunks, json_chunks  # noqa: PLC0415  # the other commands start faster

    chunks = csv_chunks if form == "csv" else json_chunks
    with opened() as mosaic:
        caller = mosaic.sessions.caller(name)
        with mosaic.exports.open(caller, Page(None)) as whole, _target(output) as target:
            for chunk in chunks(whole):
                target.write(chunk)


def _target(output: Path | None) -> BinaryIO | nullcontext[BinaryIO]:
    if output is None:
        return nullcontext(sys.stdout.buffer)
    return os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _bar() -> Progress:
    """Return a progress bar, which is there on a terminal alone."""
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal, transient=True)


def _read(mosaic: Mosaic, caller: Caller, stream: BinaryIO, wanted: FileWanted, bar: Progress) -> FileImport:
    return mosaic.files.read(caller, stream, wanted, _reading(bar, stream))


def _reading(bar: Progress, stream: BinaryIO) -> Callable[[], None]:
    """Return what shows, whenever it is called, how far in the file its readers are.

    Those of a database read it elsewhere: then the bar only shows that something happens.
    """
    size = os.fstat(stream.fileno()).st_size
    is_database = stream.read(len(MAGIC)) == MAGIC
    task = bar.add_task("Reading", total=None if is_database else size)
    next_look = 0.0

    def show() -> None:
        nonlocal next_look
        now = time.monotonic()
        if now >= next_look and not stream.closed:
            next_look = now + _LOOK_SECONDS
            bar.update(task, completed=stream.tell())

    return show


def _take_records(mosaic: Mosaic, caller: Caller, read: FileImport, bar: Progress) -> None:
    """Take the wearable records over, part by part."""
    for batch in read.batches:
        task = bar.add_task(f"Records of {label(batch.origin.device_id)}", total=None)
        while part := batch.next_part():
            batch.took(mosaic.files.take(caller, read, batch, part))
            bar.advance(task, len(part))


def _with_bar(file: BinaryIO, size: int, title: str) -> Iterator[str]:
    """Yield the file's lines; on a terminal, show how far of `size` bytes they are."""
    with _bar() as progress:
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


def _report_file(summary: FileSummary) -> None:
    unchanged = 0
    for detail in summary.details:
        unchanged += detail.status == "unchanged"
        if detail.status == "skipped":
            place = where(detail.row, detail.part)
            echo(f"{place[0].upper()}{place[1:]} skipped: {detail.reason}", err=True)
    echo(f"{summary.format}{', a dry run: nothing was changed' if summary.dry_run else ''}")
    echo(f"activities: {summary.activities_created} created, {summary.activities_updated} updated")
    echo(f"entries: {summary.created} created, {summary.updated} updated, {summary.skipped} skipped")
    echo(f"paused days: {summary.paused}")
    echo(
        f"wearable records: {summary.accepted} accepted, {summary.duplicates} there before,"
        f" {summary.records_skipped} skipped"
    )
    taken = summary.created + summary.updated + summary.paused + summary.accepted + summary.duplicates
    if summary.skipped + summary.records_skipped and not taken + unchanged:
        raise failure("No row was taken", _NO_ROW_TAKEN)
