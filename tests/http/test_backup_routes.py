"""Backups over HTTP."""

import asyncio
import csv
import hashlib
import io
import secrets
import stat
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import mosaic_adapters.backups.folder as folder_of_backups
from mosaic_adapters.backups.reading import BackupReader
from mosaic_core.backups import model
from mosaic_core.backups.lease import LEASE_SECONDS
from mosaic_core.testing import an_event
from support_http import Client, Reply, Serve, Then

NAME = "backup-20240601-120000"
FIELDS = {"enabled", "interval_minutes", "last_run", "next_run", "last_error", "keep", "backups"}


def run(admin: Client, **headers: str) -> dict[str, Any]:
    backup: dict[str, Any] = admin.post("/backup/run", headers=headers).went(200).json["backup"]
    return backup


def damage(file: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def status(admin: Client) -> dict[str, Any]:
    shown: dict[str, Any] = admin.get("/backup/status").went(200).json
    assert set(shown) == FIELDS
    return shown


def test_at_first_there_is_a_plan_and_no_backup(ada: Client, store_name: str) -> None:
    kept = store_name != "memory"
    assert status(ada) == {
        "enabled": kept,
        "interval_minutes": 1440,
        "last_run": None,
        "next_run": "2024-06-02T12:00:00Z" if kept else None,
        "last_error": None,
        "keep": 14,
        "backups": [],
    }


def test_the_status_tells_when_the_folder_cannot_be_looked_at(ada: Client, folder: Path) -> None:
    (folder / "backups").write_text("no folder")
    told = status(ada)
    assert told["backups"] == []
    assert told["last_error"] == "The backups cannot be read or written: Not a directory"
    assert ada.post("/backup/toggle", {"keep": 3}).went(200).json["status"]["keep"] == 3


def test_a_backup_is_made_told_and_listed(ada: Client, folder: Path) -> None:
    said = ada.post("/backup/run").went(200).json
    file = folder / "backups" / f"{NAME}.zip"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert said == {
        "message": "Backup completed",
        "backup": {
            "timestamp": "20240601-120000",
            "generated_at": "2024-06-01T12:00:00Z",
            "zip": f"{NAME}.zip",
            "json": f"{NAME}.json",
            "csv": f"{NAME}.csv",
            "size_bytes": file.stat().st_size,
            "sha256": digest,
        },
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    shown = status(ada)
    assert shown["last_run"] == "2024-06-01T12:00:00Z"
    assert shown["last_error"] is None
    assert shown["backups"] == [
        {
            "filename": f"{NAME}.zip",
            "size_bytes": file.stat().st_size,
            "created_at": "2024-06-01T12:00:00Z",
            "sha256": digest,
        }
    ]
    assert ada.world.audit("backup.run") == [
        {
            "event_type": "backup.run",
            "user_id": ada.id,
            "level": "info",
            "context": {"filename": f"{NAME}.zip", "size_bytes": file.stat().st_size},
        }
    ]


def test_the_newest_come_first_and_only_so_many_are_kept(serve: Serve) -> None:
    ada = serve(backup_keep=2).person("ada")
    for _ in range(3):
        run(ada)
        ada.world.clock.advance(minutes=1)
    shown = status(ada)
    assert shown["keep"] == 2
    assert [one["filename"] for one in shown["backups"]] == [
        "backup-20240601-120200.zip",
        "backup-20240601-120100.zip",
    ]


def test_backups_are_switched_off_and_on(ada: Client) -> None:
    reply = ada.post("/backup/toggle", {"enabled": False}).went(200).json
    assert reply["message"] == "Backups are switched off"
    assert set(reply["status"]) == FIELDS
    assert (reply["status"]["enabled"], reply["status"]["next_run"]) == (False, None)
    reply = ada.post("/backup/toggle", {"enabled": True, "interval_minutes": 5, "keep": 3}).went(200).json
    assert reply["message"] == "Backups are switched on"
    assert reply["status"] == status(ada)
    assert (reply["status"]["interval_minutes"], reply["status"]["keep"]) == (5, 3)
    assert reply["status"]["next_run"] == "2024-06-01T12:05:00Z"
    assert [one["context"] for one in ada.world.audit("backup.toggle")] == [
        {"enabled": False, "interval_minutes": 1440, "keep": 14},
        {"enabled": True, "interval_minutes": 5, "keep": 3},
    ]


def test_the_next_run_comes_an_interval_after_the_last(ada: Client) -> None:
    ada.post("/backup/toggle", {"enabled": True, "interval_minutes": 60}).went(200)
    ada.world.clock.advance(minutes=20)
    run(ada)
    assert status(ada)["next_run"] == "2024-06-01T13:20:00Z"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"interval_minutes": 4},
        {"interval_minutes": 5.5},
        {"interval_minutes": True},
        {"interval_minutes": None},
        {"keep": 0},
        {"enabled": 1},
        {"enabled": "yes"},
        {"when": "now"},
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(ada: Client, said: dict[str, Any]) -> None:
    before = status(ada)
    ada.post("/backup/toggle", said).failed("invalid_input")
    assert status(ada) == before
    assert ada.world.audit("backup.toggle") == []


def test_what_was_set_outlasts_the_server(serve: Serve, store_name: str) -> None:
    ada = serve().person("ada")
    ada.post("/backup/toggle", {"interval_minutes": 90}).went(200)
    run(ada)
    if store_name == "sqlite":
        again = evolve(ada, world=serve(backup_keep=5))
        shown = status(again)
        assert (shown["interval_minutes"], shown["keep"]) == (90, 5)
        assert shown["last_run"] == "2024-06-01T12:00:00Z"


def test_a_backup_is_downloaded_as_it_lies(ada: Client, folder: Path) -> None:
    ada.add_entry(value=2).went(201)
    run(ada)
    reply = ada.get(f"/backup/download/{NAME}.zip").went(200)
    assert reply.body == (folder / "backups" / f"{NAME}.zip").read_bytes()
    assert reply.header("content-type") == "application/zip"
    assert reply.header("content-length") == str(len(reply.body))
    assert reply.header("content-disposition") == f'attachment; filename="{NAME}.zip"'
    assert reply.header("cache-control") == "private, no-cache"
    with zipfile.ZipFile(io.BytesIO(reply.body)) as packed:
        assert packed.testzip() is None
    source = BackupReader(io.BytesIO(reply.body))
    source.verify()
    assert [one.value for one in source.rows(model.ENTRIES)] == [2.0]
    assert [one["context"] for one in ada.world.audit("backup.download")] == [{"filename": f"{NAME}.zip"}]


def test_a_backup_is_sent_from_where_it_lies_though_no_other_file_can_be_made(
    ada: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ada.world.mosaic.store.write() as unit:
        for number in range(20):
            unit.audit.add(an_event(secrets.token_hex(16 * 1024), id=number))
    run(ada)
    size = (folder / "backups" / f"{NAME}.zip").stat().st_size
    assert size > 300_000
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "absent"))
    assert len(ada.get(f"/backup/download/{NAME}.zip").went(200).body) == size
    head = ada.ask("HEAD", f"/backup/download/{NAME}.zip").went(200)
    assert (head.header("content-length"), head.body) == (str(size), b"")


def test_the_part_for_people_is_downloaded_as_json(ada: Client, ben: Client) -> None:
    ben.add_entry("Ünter", value=2, note="=1+1").went(201)
    ada.add_activity("Shared", shared=True).went(201)
    run(ada)
    reply = ada.get(f"/backup/download/{NAME}.json").went(200)
    assert reply.header("content-disposition") == f'attachment; filename="{NAME}.json"'
    assert set(reply.json) == {"entries", "activities"}
    (entry,) = reply.json["entries"]
    (mine,) = ben.get("/export/json").json["entries"]
    assert entry == {**mine, "username": "ben"}
    assert [(one["name"], one["username"], one["active"]) for one in reply.json["activities"]] == [
        ("Ünter", "ben", True),
        ("Shared", "", True),
    ]


def test_the_part_for_people_is_downloaded_as_csv(ada: Client, ben: Client) -> None:
    ben.add_entry("Ünter", value=2, note="=1+1").went(201)
    run(ada)
    reply = ada.get(f"/backup/download/{NAME}.csv").went(200)
    assert reply.header("content-type") == "text/csv; charset=utf-8"
    assert reply.header("content-disposition") == f'attachment; filename="{NAME}.csv"'
    entries, activities = reply.text.split("\r\n\r\n")
    (entry,) = csv.DictReader(io.StringIO(entries))
    (activity,) = csv.DictReader(io.StringIO(activities))
    assert (entry["activity"], entry["note"], entry["username"]) == ("Ünter", "'=1+1", "ben")
    assert (activity["name"], activity["username"]) == ("Ünter", "ben")


def test_of_several_backups_of_one_second_each_is_downloaded(ada: Client) -> None:
    run(ada)
    ada.add_entry().went(201)
    second = run(ada)
    assert second["json"] == f"{NAME}-2.json"
    assert ada.get(f"/backup/download/{NAME}.json").json["entries"] == []
    assert len(ada.get(f"/backup/download/{NAME}-2.json").json["entries"]) == 1


@pytest.mark.parametrize(
    "name",
    [
        "mosaic.db",
        "backup.zip",
        "backup-20241301-120000.zip",
        f"{NAME}.tar",
        f"{NAME}",
        f".{NAME}.zip",
        f"{NAME}.zip.part",
        f"../{NAME}.zip",
        f"..%2F{NAME}.zip",
        f"x/{NAME}.zip",
        "",
    ],
)
def test_a_name_that_no_backup_has_is_refused(ada: Client, name: str) -> None:
    run(ada)
    ada.get(f"/backup/download/{name}").failed("invalid_query")
    ada.post(f"/backup/verify/{name}").failed("invalid_query")
    assert ada.world.audit("backup.verify") == []


@pytest.mark.parametrize("kind", ["zip", "json", "csv"])
def test_a_backup_that_is_absent_is_not_found(ada: Client, kind: str) -> None:
    ada.get(f"/backup/download/{NAME}.{kind}").failed("not_found")
    ada.post(f"/backup/verify/{NAME}.{kind}").failed("not_found")
    assert ada.world.audit("backup.download") == ada.world.audit("backup.verify") == []


def test_the_parts_of_a_damaged_backup_are_not_sent(ada: Client, folder: Path) -> None:
    run(ada)
    damage(folder / "backups" / f"{NAME}.zip")
    assert "damaged" in ada.get(f"/backup/download/{NAME}.json").failed("internal_error").message


def test_a_sound_backup_is_verified(ada: Client) -> None:
    ada.add_entry().went(201)
    run(ada)
    for name in (f"{NAME}.zip", f"{NAME}.json"):
        told = ada.post(f"/backup/verify/{name}").went(200).json
        assert told.pop("rows") > 2
        assert told == {
            "message": "The backup is sound",
            "filename": f"{NAME}.zip",
            "verified": True,
            "reason": None,
            "error": None,
        }
    noted = [(one["user_id"], one["level"], one["context"]) for one in ada.world.audit("backup.verify")]
    assert noted == [(ada.id, "info", {"filename": f"{NAME}.zip", "verified": True, "error": None})] * 2


def test_what_is_wrong_with_a_damaged_backup_is_an_answer(ada: Client, folder: Path) -> None:
    run(ada)
    damage(folder / "backups" / f"{NAME}.zip")
    assert ada.post(f"/backup/verify/{NAME}.zip").went(200).json == {
        "message": "The backup cannot be relied on",
        "filename": f"{NAME}.zip",
        "verified": False,
        "rows": None,
        "reason": "damaged",
        "error": "The file is damaged, or is no backup of Mosaic",
    }
    (noted,) = ada.world.audit("backup.verify")
    assert (noted["level"], noted["context"]["verified"]) == ("warning", False)


def test_a_repeated_key_verifies_once(ada: Client, folder: Path) -> None:
    run(ada)
    first = ada.post(f"/backup/verify/{NAME}.zip", headers={"Idempotency-Key": "once"}).went(200)
    damage(folder / "backups" / f"{NAME}.zip")
    again = ada.post(f"/backup/verify/{NAME}.zip", headers={"Idempotency-Key": "once"}).went(200)
    assert again.body == first.body
    assert (first.header("idempotency-replayed"), again.header("idempotency-replayed")) == (None, "true")
    assert len(ada.world.audit("backup.verify")) == 1
    ada.post(f"/backup/verify/{NAME}-2.zip", headers={"Idempotency-Key": "once"}).failed(
        "idempotency_mismatch"
    )


def test_a_check_ends_when_its_client_leaves(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run(ada)
    read: list[str] = []

    def endless(filename: str, seen: Callable[[int], None]) -> int:
        read.append(filename)
        while True:
            seen(1)

    monkeypatch.setattr(ada.world.mosaic.backups.files, "verify", endless)
    assert ada.ask("POST", f"/backup/verify/{NAME}.zip", body=[b"", Then.LEAVE]).status == 0
    assert read == [f"{NAME}.zip"]
    assert ada.world.log.lines[-1]["note"] == "client left"
    assert ada.world.audit("backup.verify") == []


def test_a_backup_that_is_deleted_before_it_is_opened_is_not_found(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_of_backups, "_is_plain", lambda _: True)
    ada.post(f"/backup/verify/{NAME}.zip").failed("not_found")
    for kind in ("zip", "json"):
        ada.get(f"/backup/download/{NAME}.{kind}").failed("not_found")


def test_a_backup_does_not_wait_for_a_check(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run(ada)
    has_begun, may_end = threading.Event(), threading.Event()

    def long(filename: str, seen: Callable[[int], None]) -> int:  # noqa: ARG001  # nobody watches
        has_begun.set()
        assert may_end.wait(60)
        return 1

    async def made_meanwhile() -> Reply:
        assert await asyncio.to_thread(has_begun.wait, 60)
        try:
            return await asyncio.wait_for(ada.asking("POST", "/backup/run"), 60)
        finally:
            may_end.set()

    monkeypatch.setattr(ada.world.mosaic.backups.files, "verify", long)
    checked, made = ada.world.together([ada.asking("POST", f"/backup/verify/{NAME}.zip"), made_meanwhile()])
    checked.went(200)
    made.went(200)


CALLS: dict[str, Callable[[Client], Reply]] = {
    "status": lambda person: person.get("/backup/status"),
    "run": lambda person: person.post("/backup/run"),
    "toggle": lambda person: person.post("/backup/toggle", {"enabled": False}),
    "verify": lambda person: person.post(f"/backup/verify/{NAME}.zip"),
    "verify another name": lambda person: person.post("/backup/verify/mosaic.db"),
    "download": lambda person: person.get(f"/backup/download/{NAME}.zip"),
    "download of a part": lambda person: person.get(f"/backup/download/{NAME}.csv"),
    "download of another name": lambda person: person.get("/backup/download/mosaic.db"),
}


@pytest.mark.parametrize("call", CALLS)
def test_only_administrators_have_to_do_with_backups(ada: Client, ben: Client, call: str) -> None:
    run(ada)
    before = status(ada)
    CALLS[call](ben).failed("forbidden")
    CALLS[call](ada.world.anyone).failed("unauthorized")
    assert status(ada) == before


def test_while_somebody_makes_a_backup_another_one_is_refused(ada: Client) -> None:
    caller = ada.world.mosaic.sessions.caller("ada")
    ada.world.mosaic.backups.begin(caller)
    assert "being made already" in ada.post("/backup/run").failed("conflict").message
    ada.world.clock.advance(seconds=LEASE_SECONDS - 1)
    ada.post("/backup/run").failed("conflict")


def test_whoever_crashed_at_a_backup_blocks_it_for_a_while_only(ada: Client) -> None:
    caller = ada.world.mosaic.sessions.caller("ada")
    ada.world.mosaic.backups.begin(caller)
    ada.post("/backup/run").failed("conflict")
    ada.world.clock.advance(seconds=LEASE_SECONDS)
    run(ada)


def test_of_requests_at_the_same_time_each_is_answered_and_one_backup_or_more_are_whole(ada: Client) -> None:
    replies = ada.world.together(ada.asking("POST", "/backup/run") for _ in range(5))
    made = [reply for reply in replies if reply.status == 200]
    assert made
    assert {reply.status for reply in replies} <= {200, 409}
    assert len(status(ada)["backups"]) == len(made)


def test_a_repeated_key_makes_one_backup(ada: Client) -> None:
    first = ada.post("/backup/run", headers={"Idempotency-Key": "once"}).went(200)
    ada.world.clock.advance(minutes=1)
    again = ada.post("/backup/run", headers={"Idempotency-Key": "once"}).went(200)
    assert again.body == first.body
    assert (first.header("idempotency-replayed"), again.header("idempotency-replayed")) == (None, "true")
    assert len(status(ada)["backups"]) == 1
    ada.post("/finalize_day", {}, headers={"Idempotency-Key": "other"}).went(200)
    ada.post("/backup/run", headers={"Idempotency-Key": "other"}).failed("idempotency_mismatch")
    assert len(status(ada)["backups"]) == 1


def test_a_folder_that_takes_nothing_is_told_in_plain_words(serve: Serve, folder: Path) -> None:
    place = folder / "secret-place"
    place.write_text("a file, not a folder")
    ada = serve(backup_dir=place).person("ada")
    reply = ada.post("/backup/run").failed("service_unavailable")
    place.unlink()
    shown = status(ada)
    assert shown["last_error"] == reply.message
    assert "secret-place" not in reply.message
    assert shown["last_run"] == "2024-06-01T12:00:00Z"
    failed = ada.world.audit("backup.run_failed")
    assert [(one["user_id"], one["level"]) for one in failed] == [(ada.id, "warning")]
    ada.world.clock.advance(minutes=1)
    run(ada)
    assert status(ada)["last_error"] is None
