"""`mosaic backup …` and `mosaic copy`."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from mosaic_adapters.backups.reading import BackupReader
from mosaic_adapters.secret_file import forget
from mosaic_adapters.settings import SettingError, Settings, database_file, is_postgresql, without_password
from mosaic_adapters.sqlite.replacing import replacing
from mosaic_adapters.wiring import backup_folder, store_at
from mosaic_core.app import Mosaic
from mosaic_core.backups.watched import Seen
from mosaic_core.errors import (
    Conflict,
    LockedBackup,
    MosaicError,
    NewerBackup,
    NotEmpty,
    NotFound,
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
_TOKENS_ENDED = "Personal access tokens have ended; mosaic token add makes new ones"
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
    settings = settings_in_force()
    with _failing():
        found = backup_folder(settings).every()
        if not found:
            echo(f"There is no backup in {settings.backup_dir.absolute()}", err=True)
        for one in found:
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
    sessions and personal access tokens end: a token must not outlive the account that it was issued to.

    FILE is a path, or the name of a backup in MOSAIC_BACKUP_DIR.
    """
    settings = settings_in_force()
    url = _database(settings, into)
    if replace and is_postgresql(url):
        raise failure("--replace is for SQLite: name a new database of PostgreSQL instead, which is empty")
    source, way_out = _found(file), "" if is_postgresql(url) else "; --replace keeps that beside it"
    make_sure(f"Restore {source} into {_told(url)}?", yes=yes)
    folder = settings.data_dir if into is None else into
    with _failing(way_out), _bar("Restoring") as seen, _reading(source, seen) as reader:
        reader.verify()
        path = None if is_postgresql(url) else database_file(url)
        if replace and path is not None and path.exists() and path.stat().st_size:
            with replacing(path, dt.datetime.now(dt.UTC)) as (new, kept):
                _restore(reader, f"sqlite:///{new}", file.name, seen)
                forget(folder)
            echo(f"The database that was there is kept as {kept}")
        else:
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _restore(reader, url, file.name, seen)
            forget(folder)
    echo(f"{reader.manifest.rows} rows restored into {_told(url)}")
    echo(_TOKENS_ENDED)
    echo(_SIGNED_BY_SETTING if settings.jwt_secret else _ALL_LOG_IN)


@click.command()
@click.option("--from", "source", required=True, metavar="URL", help="Such as sqlite:///old.db.")
@click.option("--to", "target", required=True, metavar="URL", help="A store that is empty or absent.")
@_with_exit_codes
def copy(source: str, target: str) -> None:
    """Copy everything from one store into another, which must be empty."""
    for url in (source, target):
        _require_store(url)
    if not is_postgresql(source):
        old = database_file(source)
        if not old.is_file() or not old.stat().st_size:
            raise failure(f"There is no database {old}")
    with (
        _failing(),
        _bar("Copying") as seen,
        _mosaic(source, makes_database=False) as source_mosaic,
        _mosaic(target) as mosaic,
    ):
        mosaic.backups.copy_from(source_mosaic.store, seen)
    echo(f"Everything was copied from {_told(source)} to {_told(target)}")


def _found(file: Path) -> Path:
    """Return the file, or else the one of that name in the folder of backups."""
    with suppress(NotFound):
        path = file if file.exists() else backup_folder(settings_in_force()).path(file.name)
        if path.is_file():
            return path
    raise failure(f"There is no file {file}")


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


def _database(settings: Settings, into: Path | None) -> str:
    """Return the URL of the store to restore into."""
    if into is not None:
        return f"sqlite:///{(into / 'mosaic.db').resolve()}"
    if settings.in_memory:
        raise failure("MOSAIC_DATABASE_URL is memory:, into which nothing can be restored")
    return (
        settings.database_url if settings.in_postgresql else f"sqlite:///{settings.database_path.resolve()}"
    )


def _require_store(url: str) -> None:
    """End with one line unless the URL, which may hold a password, has the form of a store's."""
    if is_postgresql(url) or (url.startswith("sqlite:///") and len(url) > len("sqlite:///")):
        return
    raise failure("Only stores of the form sqlite:///PATH or postgresql://… can be copied")


def _told(url: str) -> str:
    """Return where a store is, without a password."""
    return without_password(url) if is_postgresql(url) else str(database_file(url))


def _restore(reader: BackupReader, url: str, name: str, seen: Seen) -> None:
    with _mosaic(url) as mosaic:
        mosaic.backups.restore(reader, name, seen)


def _mosaic(url: str, *, makes_database: bool = True) -> Mosaic:
    try:
        return Mosaic.over(store_at(url, settings_in_force(), makes_database=makes_database))
    except SettingError as error:
        raise failure(str(error)) from None
