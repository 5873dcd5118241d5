"""Backups over HTTP."""

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypedDict

from msgspec import Struct, structs
from starlette.responses import Response

from mosaic_core.backups import model
from mosaic_core.backups.files import Backup
from mosaic_core.backups.people import Usernames, peoples_activities, peoples_entries
from mosaic_core.backups.plan import BackupChange, BackupRun
from mosaic_core.backups.ports import Archive, Contents
from mosaic_core.backups.service import BackupState, Part
from mosaic_core.backups.verified import Reason, Verified
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    InvalidState,
    NotFound,
    ServiceUnavailable,
    StorageFull,
    TooManyRequests,
)
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import ADMIN
from mosaic_http.answers import say, show
from mosaic_http.call import Call
from mosaic_http.export_files import ExportFile, FileResponse, SentFile, written
from mosaic_http.export_texts import EntryRow, Pieces, activity_row, listed, values_of_entry
from mosaic_http.leaving import unless_left
from mosaic_http.operation import ATTACHMENT, Operation, Reply
from mosaic_http.parameters import Parameter
from mosaic_http.replays import kept_answer, lane_under_key, once

_FILENAME = Parameter(
    "filename",
    "A name that `/backup/status` or `/backup/run` tells",
    str,
    "",
    {"type": "string", "pattern": r"^backup-[0-9]{8}-[0-9]{6}(-[0-9]{1,6})?\.(zip|json|csv)$"},
    "backup-20260102-030405.zip",
)
_MEDIA_TYPES = {"zip": "application/zip", "json": "application/json", "csv": "text/csv; charset=utf-8"}


class BackupsTold(TypedDict):
    """How backups are made, how it went, and which there are, the newest first; times are null for no run."""

    enabled: bool
    interval_minutes: int
    last_run: dt.datetime | None
    next_run: dt.datetime | None
    last_error: str | None
    keep: int
    backups: Sequence[Backup]


class Toggled(TypedDict):
    """How backups are made from now on."""

    message: str
    status: BackupsTold


class BackupTold(TypedDict):
    """A backup, and the names of it and of its parts for people."""

    timestamp: str
    generated_at: dt.datetime
    zip: str
    json: str
    csv: str
    size_bytes: int
    sha256: str


class BackedUp(TypedDict):
    """A backup was made."""

    message: str
    backup: BackupTold


class VerifiedTold(TypedDict):
    """Whether a backup is sound, and how many rows it has; if it is not, why, for a program and in words.

    The reason is `damaged`, `newer` (than this version of Mosaic) or `locked` (no passphrase for it).
    """

    message: str
    filename: str
    verified: bool
    rows: int | None
    reason: Reason | None
    error: str | None


class BackupFile(SentFile):
    """The file of a backup while it is sent. It is read in threads: a disk may be slow."""

    def __init__(self, opened: AbstractContextManager[Contents], contents: Contents) -> None:
        self.size = contents.size
        self._opened = opened
        self._blocks = contents.blocks

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the file's blocks."""
        while block := await asyncio.to_thread(next, self._blocks, b""):
            yield block

    def close(self) -> None:
        """Close the file."""
        self._opened.__exit__(None, None, None)


def status(call: Call) -> Answer:
    """Show how backups are made, and which there are, to an administrator."""
    return show(_status(*call.mosaic.backups.overview(call.caller)))


async def look_through(call: Call, change: BackupChange) -> tuple[BackupChange, Sequence[Backup]]:
    """Return the change and the backups: looking through these may take long."""
    _, backups = await call.run(Lane.HEAVY, partial(call.mosaic.backups.overview, call.caller))
    return change, backups


def toggle(call: Call, read: tuple[BackupChange, Sequence[Backup]]) -> Answer:
    """Set how backups are made; administrators only."""
    change, backups = read
    state = call.mosaic.backups.toggle(call.caller, change)
    verb = "switched on" if state.enabled else "switched off"
    told: Toggled = {"message": f"Backups are {verb}", "status": _status(state, backups)}
    return show(told)


async def make(call: Call) -> Answer | tuple[BackupRun, Backup]:
    """Make a backup; return it and its run, or the answer that the request had when it came before."""
    backups = call.mosaic.backups
    kept = await call.run(Lane.READ, partial(kept_answer, call))
    if kept is not None:
        return kept
    run = await call.run(Lane.WRITE, partial(backups.begin, call.caller))
    return run, await call.run(Lane.BACKUP, partial(backups.make, run, call.caller.user_id))


def finish(call: Call, made: Answer | tuple[BackupRun, Backup]) -> Answer:
    """Make a backup now, and show it; administrators only."""
    if isinstance(made, Answer):
        call.is_replayed = True
        return made
    run, backup = made

    def noted() -> Answer:
        call.mosaic.backups.finish(run, backup, call.caller.user_id)
        return say("Backup completed", backup=_shown(backup))

    return once(call, noted)()


async def read_whole(call: Call) -> Answer | Verified:
    """Read all of a backup; return what came of it, or the answer that the request had when it came before.

    The audit notes it. It is given up if the client leaves.
    """
    backups, part = call.mosaic.backups, _part(call)
    kept = await call.run(Lane.READ, partial(kept_answer, call))
    if kept is not None:
        return kept
    has_left = threading.Event()

    def seen(_: int) -> None:
        if has_left.is_set():
            raise ServiceUnavailable("Nobody wants to know any more")
        call.services.pace.breathe()

    reading = call.run(Lane.VERIFYING, partial(backups.verify, call.caller, part.backup, seen))
    found = await unless_left(call.receive, reading, has_left.set)
    await call.services.audit_rows.write(backups.verified(call.caller, found))
    return found


def verify(call: Call, found: Answer | Verified) -> Answer:
    """Read all of a backup, and tell whether it is sound, to an administrator.

    Every hash, every count and every row is checked, as a restore does before it changes anything. A damaged
    backup is no failure of the request: the answer says what is wrong with it.
    """
    if isinstance(found, Answer):
        call.is_replayed = True
        return found
    return once(call, lambda: show(_verdict(found)))()


async def open_download(call: Call) -> tuple[SentFile, Part]:
    """Return the asked file or part of a backup, and what it is; the audit notes it."""
    part = _part(call)
    file = await (_whole(call, part) if part.kind == "zip" else _for_people(call, part))
    try:
        await call.services.audit_rows.write(call.mosaic.backups.downloaded(call.caller, part.filename))
    except BaseException:
        file.close()
        raise
    return file, part


def download(call: Call, asked: tuple[SentFile, Part]) -> Response:  # noqa: ARG001  # every handler's
    """Send a backup, or the part of it that is for people, to an administrator.

    The part has everybody's entries and activities, as JSON or CSV by the end of the name.
    """
    file, part = asked
    headers = {"Content-Disposition": f'attachment; filename="{part.filename}"'}
    return FileResponse(file, headers, _MEDIA_TYPES[part.kind])


def _part(call: Call) -> Part:
    """Return which backup, or part of one, the path names."""
    return call.mosaic.backups.part(call.caller, call.scope["path_params"][_FILENAME.name])


async def _whole(call: Call, part: Part) -> SentFile:
    """Return the backup's own file: there is no need of another one, which the disk may have no room for."""
    opened = call.mosaic.backups.contents(call.caller, part.backup)
    return BackupFile(opened, await call.run(Lane.HEAVY, opened.__enter__))


async def _for_people(call: Call, part: Part) -> SentFile:
    file, _ = await written(call, partial(_write, call, part))
    return file


def _write(call: Call, part: Part, file: ExportFile) -> None:
    with call.mosaic.backups.archive(call.caller, part.backup) as archive:
        file.write(_json(archive) if part.kind == "json" else _csv(archive))


def _json(archive: Archive) -> Pieces:
    """Yield everybody's entries and activities as one JSON object."""
    usernames = _usernames(archive)
    yield b'{"entries":['
    yield from listed(
        _named(EntryRow(*values_of_entry(entry)), usernames.get(entry.user_id, ""))
        for entry in archive.rows(model.ENTRIES)
    )
    yield b'],"activities":['
    yield from listed(
        _named(activity_row(activity), usernames.get(activity.user_id, ""))
        for activity in archive.rows(model.ACTIVITIES)
    )
    yield b"]}"


def _named(row: Struct, username: str) -> dict[str, object]:
    """Return the row with the name of its user, which is empty for what is shared."""
    return {**structs.asdict(row), "username": username}


def _csv(archive: Archive) -> Pieces:
    """Yield everybody's entries and activities as CSV, with an empty line between."""
    usernames = _usernames(archive)
    for text in peoples_entries(archive.rows(model.ENTRIES), usernames):
        yield text.encode()
    yield b"\r\n"
    for text in peoples_activities(archive.rows(model.ACTIVITIES), usernames):
        yield text.encode()


def _usernames(archive: Archive) -> Usernames:
    return {user.id: user.username for user in archive.rows(model.USERS)}


def _status(state: BackupState, backups: Sequence[Backup]) -> BackupsTold:
    return {
        "enabled": state.enabled,
        "interval_minutes": state.interval_minutes,
        "last_run": state.last_run,
        "next_run": state.next_run,
        "last_error": state.last_error,
        "keep": state.keep,
        "backups": backups,
    }


def _shown(backup: Backup) -> BackupTold:
    stem = backup.filename.removesuffix(".zip")
    return {
        "timestamp": stem.removeprefix("backup-"),
        "generated_at": backup.created_at,
        "zip": backup.filename,
        "json": f"{stem}.json",
        "csv": f"{stem}.csv",
        "size_bytes": backup.size_bytes,
        "sha256": backup.sha256,
    }


def _verdict(found: Verified) -> VerifiedTold:
    return {
        "message": "The backup is sound" if found.is_sound else "The backup cannot be relied on",
        "filename": found.filename,
        "verified": found.is_sound,
        "rows": found.rows,
        "reason": found.reason,
        "error": found.error,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/backup/status": {
        "GET": Operation(
            status, lane=Lane.HEAVY, scope=ADMIN, answers={200: Reply(BackupsTold)}, errors=(Forbidden,)
        ),
    },
    "/backup/run": {
        "POST": Operation(
            finish,
            lane=Lane.WRITE,
            prepare=make,
            scope=ADMIN,
            repeatable=False,
            answers={200: Reply(BackedUp)},
            errors=(Forbidden, Conflict, InvalidState),
        ),
    },
    "/backup/toggle": {
        "POST": Operation(
            toggle,
            lane=Lane.WRITE,
            takes=BackupChange,
            prepare=look_through,
            scope=ADMIN,
            answers={200: Reply(Toggled)},
            errors=(Forbidden,),
        ),
    },
    "/backup/verify/{filename:path}": {
        "POST": Operation(
            verify,
            lane=lane_under_key,
            prepare=read_whole,
            scope=ADMIN,
            repeatable=False,
            path=(_FILENAME,),
            answers={200: Reply(VerifiedTold)},
            errors=(Forbidden, NotFound),
        ),
    },
    "/backup/download/{filename:path}": {
        "GET": Operation(
            download,
            lane=None,
            prepare=open_download,
            scope=ADMIN,
            path=(_FILENAME,),
            answers={
                200: Reply(bytes, "The file", media=tuple(_MEDIA_TYPES.values()), headers=(ATTACHMENT,)),
            },
            errors=(Forbidden, NotFound, TooManyRequests, StorageFull),
        ),
    },
}
