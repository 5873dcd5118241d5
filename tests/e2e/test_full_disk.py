"""Disks that are full and disks that fail."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from support_server import PASSWORD, Answer, Client, Server, fill, serving, with_ada


def write_until_full(person: Client) -> dict[str, int]:
    """Add entries until there is no room; return those acknowledged, by activity."""
    acknowledged: dict[str, int] = {}
    for number in range(20_000):
        answer = person.add_entry(f"Activity {number}", value=number, note="n" * 100)
        if answer.status != 201:
            answer.failed(507, "storage_full")
            return acknowledged
        acknowledged[f"Activity {number}"] = number
    raise AssertionError("the disk never was full")


def exported(person: Client) -> dict[str, int]:
    rows = person.get("/export/json?limit=all").went(200).json["entries"]
    return {row["activity"]: row["value"] for row in rows}


def test_a_full_disk_loses_nothing_and_recovers_without_a_restart(tmp_path: Path, small_disk: Path) -> None:
    with serving(tmp_path, data_dir=str(small_disk / "data")) as server:
        person = server.anyone.registered("person")
        ballast = fill(small_disk)
        acknowledged = write_until_full(person)
        activities = person.get("/activities?all=true&limit=500").went(200).json
        made = {"name": "New", "category": "A", "frequency_per_day": 1, "frequency_per_week": 7}
        for _ in range(3):
            person.add_entry("New").failed(507, "storage_full")
            person.post("/add_activity", made).failed(507, "storage_full")
            server.anyone.post("/register", {"username": "other", "password": PASSWORD}).failed(
                507, "storage_full"
            )
        assert exported(person) == acknowledged
        assert person.get("/activities?all=true&limit=500").json == activities
        person.get("/today?date=2026-01-02").went(200)
        person.get("/stats/progress?date=2026-01-02").went(200)
        assert server.anyone.get("/healthz").status == 200
        again = server.anyone.logged_in("person")
        assert exported(again) == acknowledged
        ballast.unlink()
        person.add_entry("New", value=7).went(201)
        server.anyone.registered("other")
        assert exported(person) == {**acknowledged, "New": 7}
        check_database(server)
        assert "Traceback" not in server.log


def test_an_import_on_a_full_disk_changes_nothing_and_goes_through_once_there_is_room(
    tmp_path: Path, small_disk: Path
) -> None:
    with serving(tmp_path, data_dir=str(small_disk / "data")) as server:
        person = server.anyone.registered("person")
        person.add_entry("Kept", value=1).went(201)
        ballast = fill(small_disk)
        for rows in (1000, 20_000):  # the second one does not fit SQLite's memory before it is whole
            imported(person, rows).failed(507, "storage_full")
        assert exported(person) == {"Kept": 1}
        ballast.unlink()
        imported(person, 1000).went(200)
        check_database(server)
        assert "Traceback" not in server.log


def test_an_upload_that_the_folder_for_temporary_files_cannot_take_is_answered_as_such(
    tmp_path: Path, small_disk: Path
) -> None:
    variables = ["env", f"TMPDIR={small_disk}"]
    with serving(tmp_path, wrapper=variables) as server:
        person = server.anyone.registered("person")
        imported(person, 30, padding=50_000).went(200)
        ballast = fill(small_disk)
        imported(person, 30, padding=50_000).failed(507, "storage_full")
        ballast.unlink()
        imported(person, 30, padding=50_000).went(200)


def test_an_export_that_the_folder_for_temporary_files_cannot_take_is_refused_before_it_begins(
    tmp_path: Path, small_disk: Path
) -> None:
    with serving(tmp_path, wrapper=["env", f"TMPDIR={small_disk}"]) as server:
        person = server.anyone.registered("person")
        imported(person, 1500).went(200)
        assert len(exported(person)) == 1500
        ballast = fill(small_disk)
        for kind in ("json", "csv"):
            for _ in range(8):
                person.get(f"/export/{kind}?limit=all").failed(507, "storage_full")
        person.get("/export/json?limit=500").went(200)
        ballast.unlink()
        assert len(exported(person)) == 1500
        assert list(small_disk.iterdir()) == []


def imported(person: Client, rows: int, padding: int = 0) -> Answer:
    """Import so many entries, each of an activity of its own."""
    lines = [f"2026-01-02,Activity {number}{' ' * padding},1" for number in range(rows)]
    text = "\r\n".join(["date,activity,value", *lines])
    head = '--line\r\nContent-Disposition: form-data; name="file"; filename="days.csv"\r\n\r\n'
    return person.ask(
        "POST",
        "/import_csv",
        body=f"{head}{text}\r\n--line--\r\n".encode(),
        headers={"Content-Type": "multipart/form-data; boundary=line"},
    )


def test_a_logout_on_a_full_disk_ends_the_session_and_says_what_is_not_durable(
    tmp_path: Path, small_disk: Path
) -> None:
    with serving(tmp_path, data_dir=str(small_disk / "data")) as server:
        person = server.anyone.registered("person")
        other = server.anyone.logged_in("person")
        ballast = fill(small_disk)
        write_until_full(person)
        person.get("/user").went(200)
        answer = person.post("/logout").went(200)
        assert answer.json["message"] == "Logged out"
        assert answer.json["durable"] is False
        assert "The disk is full" in answer.json["warning"]
        person.get("/user").failed(401, "unauthorized")
        ballast.unlink()
        person.get("/user").failed(401, "unauthorized")
        assert other.post("/logout").went(200).json == {"message": "Logged out"}
        server.kill()
        server.start()
        evolve(person, port=server.port).get("/user").failed(401, "unauthorized")
        evolve(other, port=server.port).get("/user").failed(401, "unauthorized")


def check_database(server: Server) -> None:
    with closing(sqlite3.connect(server.data / "mosaic.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        orphans = """SELECT count(*) FROM entries LEFT JOIN activities
                     ON activities.user_id = entries.user_id AND name_key = activity_key
                     WHERE activities.id IS NULL"""
        assert database.execute(orphans).fetchone() == (0,)


@pytest.mark.parametrize(
    ("call", "fault", "status"),
    [
        ("fdatasync", "error=EIO:when=8+5", 503),
        ("pwrite64", "error=ENOSPC:when=100+37", 507),
        ("pwrite64", "error=EIO:when=100+37", 503),
    ],
)
def test_a_write_that_the_disk_refuses_is_never_acknowledged_and_lost(
    tmp_path: Path, call: str, fault: str, status: int
) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("making a disk fail needs the command strace")
    wrapper = [
        strace,
        "-f",
        "-qq",
        "-o",
        str(tmp_path / "trace"),
        "-e",
        f"trace={call}",
        "-e",
        f"inject={call}:{fault}",
    ]
    with_ada(tmp_path)
    with serving(tmp_path, wrapper=wrapper) as server:
        person = server.anyone.logged_in("ada")
        acknowledged: dict[str, int] = {}
        last = ""
        for number in range(40):
            last = f"Activity {number}"
            answer = person.add_entry(last, value=number)
            if answer.status == 201:
                acknowledged[last] = number
            else:
                assert answer.status == status, answer.body
        assert 0 < len(acknowledged) < 40
        assert exported(person) == acknowledged
        server.kill()
        server.wrapper = ()
        server.start()
        stored = exported(server.anyone.logged_in("ada"))
        stored.pop(last, None)  # the very last write may have reached the disk although syncing it failed
        acknowledged.pop(last, None)
        assert stored == acknowledged
        check_database(server)
