"""`mosaic backup …` and `mosaic copy`."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from mosaic_adapters.backups.reading import BackupReader
from mosaic_adapters.secret_file import forget
from mosaic_adapters.settings import Settings, database_file
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.replacing import replacing
from mosaic_adapters.wiring import backup_folder
from mosaic_core.app import Mosaic
from mosaic_core.backups.watched import Seen
from mosaic_core.errors import (
    Conflict,
    LockedBackup,
    MosaicError,
    NewerBackup,
    NotEmpty,
    ServiceUnavailable,
    StorageFull,
    UnusableBackup,
)
from mosaic_http.commands.opening import opened, settings_in_force
from mosaic_http.commands.terminal import echo, failure, make_sure, unasked

_EXIT_CODES: Mapping[type[MosaicError], int] = {
    NewerBackup: 4,
    LockedBackup: 5,
    UnusableBackup: 3,
    NotEmpty: 6,
    ServiceUnavailable: 7,
    Conflict: 8,
    StorageFull: 9,
}
"""The first that fits counts; every other error ends with 1."""

_TOLD = """
    \b
    Exit codes:
      0  done
      1  another error, told in one line
      2  wrong usage
      3  the file is damaged, or is no backup
      4  the backup was made by a newer version of Mosaic
      5  the backup is encrypted, and the passphrase is missing or wrong
      6  there is data already where something should be restored or copied to
      7  the database or the backups are in use or out of reach
      8  another backup is being made
      9  the disk is full
"""


_ALL_LOG_IN = "Everybody has to log in again"
_SIGNED_BY_SETTING = (
    "Set another MOSAIC_JWT_SECRET: with the same one, tokens from before count again, also those of accounts"
    " whose ids others will get"
)


def _with_exit_codes(command: Callable[..., None]) -> Callable[..., None]:
    """Document the exit codes in the command's help."""
    command.__doc__ = f"{command.__doc__}\n{_TOLD}"
    return command


@contextmanager
def _failing(way_out: str = "") -> Iterator[None]:
    """End with one line, and the error's own exit code, if something goes wrong.

    `way_out` is what to do where there is data already.
    """
    try:
        yield
    except MosaicError as error:
        code = next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), 1)
        more = way_out if isinstance(error, NotEmpty) else ""
        raise failure(error.message + more, code) from None


@contextmanager
def _bar(title: str) -> Iterator[Seen]:
    """Give what shows, on a terminal, how far something is."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@click.group()
@_with_exit_codes
def backup() -> None:
    """Make, check and restore backups.

    A backup is one ZIP of everything: JSON lines for each table, from which it is restored, and CSV tables of
    entries and activities for people. The secret that signs tokens is not in it. With
    MOSAIC_BACKUP_PASSPHRASE_FILE it is encrypted, in the format of the program age.
    """


@backup.command("run")
def run() -> None:
    """Make a backup in MOSAIC_BACKUP_DIR, and delete the oldest; a server may be running.

    MOSAIC_BACKUP_KEEP are kept, unless an administrator has set another number.
    """
    with opened() as mosaic, _failing(), _bar("Backing up") as seen:
        made = mosaic.backups.run(seen)
    echo(f"{made.filename} made: {made.size_bytes} bytes, SHA-256 {made.sha256}")


@backup.command("list")
def list_() -> None:
    """List the backups, newest first: name, size in bytes, when it was made, SHA-256."""
    with _failing():
        for one in backup_folder(settings_in_force()).every():
            echo(one.filename, str(one.size_bytes), one.created_at.isoformat(), one.sha256)


@backup.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
def verify(file: Path) -> None:
    """Read all of the backup FILE, and check every hash, every count and every row.

    FILE is a path, or the name of a backup in MOSAIC_BACKUP_DIR.
    """
    with _failing(), _bar("Reading") as seen, _reading(_found(file), seen) as reader:
        reader.verify()
    manifest = reader.manifest
    echo(f"{file.name} is sound: {manifest.rows} rows, made {manifest.created_at.isoformat()}")


@backup.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the database, instead of the one that the settings name.",
)
@click.option("--replace", is_flag=True, help="Put it in the place of a database, which is kept beside it.")
@unasked
def restore(file: Path, into: Path | None, replace: bool, yes: bool) -> None:  # noqa: FBT001  # click's flags
    """Check the backup FILE as a whole, then restore everything from it, or nothing.

    A database that has data is left alone unless --replace is given; then no server may be using it. All
    sessions end: a token must not outlive the account that it was issued to.

    FILE is a path, or the name of a backup in MOSAIC_BACKUP_DIR.
    """
    settings = settings_in_force()
    path = _database(settings, into)
    source = _found(file)
    make_sure(f"Restore {source} into {path}?", yes=yes)
    with (
        _failing("; --replace keeps that beside it"),
        _bar("Restoring") as seen,
        _reading(source, seen) as reader,
    ):
        reader.verify()
        if replace and path.exists() and path.stat().st_size:
            with replacing(path, dt.datetime.now(dt.UTC)) as (new, kept):
                _restore(reader, new, file.name, seen)
                forget(settings.data_dir if into is None else into)
            echo(f"The database that was there is kept as {kept}")
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _restore(reader, path, file.name, seen)
            forget(settings.data_dir if into is None else into)
    echo(f"{reader.manifest.rows} rows restored into {path}")
    echo(_SIGNED_BY_SETTING if settings.jwt_secret else _ALL_LOG_IN)


@click.command()
@click.option("--from", "source", required=True, metavar="URL", help="Such as sqlite:///old.db.")
@click.option("--to", "target", required=True, metavar="URL", help="A store that is empty or absent.")
@_with_exit_codes
def copy(source: str, target: str) -> None:
    """Copy everything from one store into another, which must be empty."""
    old, new = (_file(url) for url in (source, target))
    if not old.is_file() or not old.stat().st_size:
        raise failure(f"There is no database {old}")
    with _failing(), _bar("Copying") as seen, _mosaic(old) as source_mosaic, _mosaic(new) as mosaic:
        mosaic.backups.copy_from(source_mosaic.store, seen)
    echo(f"Everything was copied from {old} to {new}")


def _found(file: Path) -> Path:
    """Return the file, or else the one of that name in the folder of backups."""
    path = file if file.exists() else backup_folder(settings_in_force()).path(file.name)
    if not path.is_file():
        raise failure(f"There is no file {file}")
    return path


@contextmanager
def _reading(path: Path, seen: Seen) -> Iterator[BackupReader]:
    """Open a backup; tell how much of it was read."""
    done, total = 0, path.stat().st_size

    def read(count: int) -> None:
        nonlocal done
        done += count
        seen(done, max(done, total))

    with backup_folder(settings_in_force()).opened(path, read) as reader:
        total += sum(one.size for one in reader.manifest.members)
        yield reader


def _database(settings: Settings, into: Path | None) -> Path:
    if into is not None:
        return (into / "mosaic.db").resolve()
    if settings.in_memory:
        raise failure("MOSAIC_DATABASE_URL is memory:, into which nothing can be restored")
    return settings.database_path.resolve()


def _file(url: str) -> Path:
    """Return the path in the URL, which is not repeated where it is none: it may hold a password."""
    if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
        raise failure("Only stores of the form sqlite:///PATH can be copied")
    return database_file(url)


def _restore(reader: BackupReader, path: Path, name: str, seen: Seen) -> None:
    with _mosaic(path) as mosaic:
        mosaic.backups.restore(reader, name, seen)


def _mosaic(path: Path) -> Mosaic:
    return Mosaic.over(SqliteStore(path, settings_in_force().busy_timeout))
