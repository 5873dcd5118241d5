"""A database file that somebody damaged."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from support_server import Start, becomes_healthy, run


def test_a_damaged_file_is_not_served_as_healthy(start: Start) -> None:
    server = start()
    person = server.anyone.registered("person")
    for number in range(60):
        person.add_entry(f"Activity {number}", note="n" * 100).went(201)
    server.stop()
    server.start()
    person = server.anyone.logged_in("person")
    assert server.anyone.get("/healthz").went(200).json["db_ok"] is True
    with (server.data / "mosaic.db").open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    becomes_healthy(server.anyone, db_ok=False)
    for target in ("/today", "/entries", "/stats/progress"):
        assert person.get(target).status in {200, 503}
    person.add_entry("New").failed(503, "service_unavailable")
    assert server.anyone.get("/").status == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_that_is_no_database_stops_the_start_with_one_line(tmp_path: Path, workers: str) -> None:
    file = tmp_path / "data" / "mosaic.db"
    file.parent.mkdir()
    file.write_bytes(b"this is no database" * 1000)
    stopped = run(tmp_path, "serve", "--port", "0", "--workers", workers)
    assert stopped.returncode == 1
    assert stopped.stderr == f"Error: {file} is no SQLite database; nothing was changed in it\n"


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("user", "list")])
def test_another_programs_database_stops_every_command_with_one_line(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "songs.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE songs (title)")
    before = file.read_bytes()
    stopped = run(tmp_path, *arguments, database_url=f"sqlite:///{file}")
    assert (stopped.returncode, stopped.stdout) == (1, "")
    told = "is another program's SQLite database: it has the tables songs; nothing was changed in it"
    assert stopped.stderr == f"Error: {file} {told}\n"
    assert file.read_bytes() == before
