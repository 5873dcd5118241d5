"""Real servers over a real PostgreSQL: what they agree on, and what becomes of them when it fails."""

import http.client
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support_postgresql import PostgresServer, new_database, processes, started_server
from support_server import Answer, Client, becomes_healthy, patiently, run, serving
from support_servers import Servers, at, together

pytestmark = pytest.mark.postgresql

CLIENTS = 16


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path, new_database(), stack)


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to be broken; its commits last."""
    started = started_server()
    yield started
    signalled(started, signal.SIGCONT)
    started.cleanup()


@pytest.fixture
def own(tmp_path: Path, database: PostgresServer) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path, database.get_uri(), stack)


def signalled(database: PostgresServer, number: int) -> None:
    """Send the signal to all processes of the database that are there."""
    for pid in processes(database):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def killed(database: PostgresServer) -> None:
    """End all processes of the database as a loss of power would."""
    signalled(database, signal.SIGKILL)
    for lock in (database.pgdata / "postmaster.pid", *database.pgdata.glob(".s.PGSQL.*.lock")):
        lock.unlink()  # where nobody buries the dead, it looks as if it ran


def written_until(person: Client, end: Callable[[], object]) -> dict[str, int]:
    """Write all the time, and let something end in the middle; return what was acknowledged."""
    acknowledged: dict[str, int] = {}

    def write(turn: int) -> None:
        with suppress(OSError, http.client.HTTPException):
            if person.add_entry(f"a{turn}", value=turn + 1).status == 201:
                acknowledged[f"a{turn}"] = turn + 1

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, turn) for turn in range(160)]
        for _ in patiently():
            if len(acknowledged) > 20:
                break
        end()
        for each in writing:
            each.result()
    assert len(acknowledged) > 20
    return acknowledged


def values(person: Client, day: str = "2026-01-02") -> dict[str, Any]:
    return {row["name"]: row["value"] for row in person.get(f"/today?date={day}").went(200).json}


def test_what_one_server_answered_the_other_never_shows_as_it_was(servers: Servers) -> None:
    pair = [servers.start("one"), servers.start("other")]
    ada = pair[0].anyone.registered("ada")
    for number in range(int(os.environ.get("MOSAIC_AGREEMENT_REPEATS", "60"))):
        here, there = at(pair[number % 2], ada), at(pair[1 - number % 2], ada)
        here.add_entry("Run", value=number)
        assert values(there) == values(here) == {"Run": number}
    pair[0].anyone.logged_in("ada").delete("/user").failed(400, "invalid_operation")  # the only administrator
    ben = pair[0].anyone.registered("ben")
    at(pair[1], ben).get("/user").went(200)
    ben.delete("/user").went(200)
    at(pair[1], ben).get("/user").failed(401, "unauthorized")


def test_servers_that_start_at_once_over_an_empty_database_make_its_tables_once(
    tmp_path: Path, database: PostgresServer
) -> None:
    add = partial(run, database_url=database.get_uri())
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(4) as pool:
        ended = list(
            pool.map(
                lambda folder: add(
                    folder, "user", "add", f"ada{folder.name}", "--password-stdin", stdin="x" * 9
                ),
                folders,
            )
        )
    assert [one.returncode for one in ended] == [0] * 4, [one.stderr for one in ended]
    listed = add(folders[0], "user", "list").stdout.splitlines()
    assert len(listed) == 4
    assert sum("admin" in line for line in listed) == 1


def test_writes_of_many_clients_of_one_person_and_of_many_people_all_last(servers: Servers) -> None:
    pair = [servers.start("one"), servers.start("other")]
    ada = pair[0].anyone.registered("ada")
    people = [pair[number % 2].anyone.registered(f"person{number}") for number in range(6)]

    def write(number: int) -> Answer:
        who = at(pair[number % 2], ada)
        return who.add_entry(f"a{number}", value=number + 1)

    def write_own(number: int) -> Answer:
        return people[number % len(people)].add_entry(f"b{number}", value=1)

    works = [partial(write, number) for number in range(CLIENTS * 2)]
    works += [partial(write_own, number) for number in range(CLIENTS * 2)]
    assert {answer.status for answer in together(*works)} == {201}
    assert values(at(pair[1], ada)) == {f"a{number}": number + 1 for number in range(CLIENTS * 2)}
    told = [dict(values(person)) for person in people]
    assert {name for each in told for name in each} == {f"b{number}" for number in range(CLIENTS * 2)}


def test_connections_that_the_database_ended_are_replaced_without_anybody_noticing(servers: Servers) -> None:
    one = servers.start("one")
    ada = one.anyone.registered("ada")
    ada.add_entry("Run", value=0)
    for number in range(5):
        with psycopg.connect(servers.url, autocommit=True) as link:
            ended = link.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()
                     AND backend_type = 'client backend'"""
            ).fetchall()
        assert ended
        assert values(ada) == {"Run": number}
        ada.add_entry("Run", value=number + 1)


def test_a_database_that_is_frozen_holds_nobody_and_serves_again_once_it_is_not(
    own: Servers, database: PostgresServer
) -> None:
    one = own.start("one", busy_timeout="1")
    ada = one.anyone.registered("ada")
    ada.add_entry("Run", value=1)
    signalled(database, signal.SIGSTOP)
    asked: Sequence[Callable[[], Answer]] = [
        *[partial(ada.get, "/today?date=2026-01-02")] * CLIENTS,
        *[partial(ada.add_entry, "Run", value=2)] * CLIENTS,
        *[partial(one.anyone.get, "/healthz")] * 2,
    ]
    for _ in range(2):
        told = together(*asked)  # every answer is there before the database goes on
        assert {answer.status for answer in told} == {503}
        for answer in told[: 2 * CLIENTS]:
            assert int(answer.headers["Retry-After"]) > 0
            answer.failed(503, "service_unavailable")
    signalled(database, signal.SIGCONT)
    becomes_healthy(one.anyone, db_ok=True)
    assert values(ada)["Run"] in {1, 2}  # a write that nobody acknowledged may have happened or not
    ada.add_entry("Run", value=3).went(200)
    assert values(ada) == {"Run": 3}


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_what_was_acknowledged_outlives_the_database_and_its_servers_serve_again_by_themselves(
    own: Servers, database: PostgresServer, ending: str
) -> None:
    one = own.start("one", busy_timeout="2")
    ada = one.anyone.registered("ada")
    end = database.stop if ending == "stopped" else partial(killed, database)
    acknowledged = written_until(ada, end)
    ada.get("/today").failed(503, "service_unavailable")
    becomes_healthy(one.anyone, db_ok=False)
    database.ensure_postgres_running()
    becomes_healthy(one.anyone, db_ok=True)
    there = values(ada)
    assert len(acknowledged) <= len(there)
    assert {name: there[name] for name in acknowledged} == acknowledged
    assert "Traceback" not in one.log


def test_a_killed_server_takes_nothing_along_and_holds_nobody_up(servers: Servers) -> None:
    pair = [servers.start("one"), servers.start("other")]
    ada = pair[0].anyone.registered("ada")
    acknowledged = written_until(ada, pair[0].kill)
    other = at(pair[1], ada)
    there = values(other)
    assert {name: there[name] for name in acknowledged} == acknowledged
    other.add_entry("after", value=1).went(201)


def test_nothing_tells_the_password(tmp_path: Path) -> None:
    url = "postgresql://mosaic:tell%40nobody@127.0.0.1:1/mosaic?sslmode=require"
    config = run(tmp_path, "config", database_url=url)
    assert "postgresql://mosaic:********@127.0.0.1:1/mosaic?sslmode=require" in config.stdout
    health = run(tmp_path, "serve", database_url=url)
    assert health.returncode == 1
    assert "PostgreSQL database mosaic at 127.0.0.1 cannot be used" in health.stderr
    for ended in (config, health):
        assert "nobody" not in ended.stdout + ended.stderr


def test_everything_is_copied_from_sqlite_to_postgresql_and_back(tmp_path: Path) -> None:
    with serving(tmp_path) as one:
        ada = one.anyone.registered("ada")
        for day in range(1, 29):
            ada.add_entry(f"a{day % 3}", f"2026-02-{day:02}", value=day).went(201)
        one.stop()
    database, back = new_database(), f"sqlite:///{tmp_path / 'back.db'}"
    there = f"sqlite:///{tmp_path / 'data' / 'mosaic.db'}"
    for source, target in ((there, database), (database, back)):
        copied = run(tmp_path, "copy", "--from", source, "--to", target)
        assert copied.returncode == 0, copied.stderr
    again = run(tmp_path, "copy", "--from", there, "--to", database)
    assert again.returncode == 6
    exports = [
        run(tmp_path, "export", "json", "--user", "ada", database_url=url).stdout
        for url in (there, database, back)
    ]
    assert exports[0]
    assert exports[0] == exports[1] == exports[2]


def test_a_backup_of_a_database_is_restored_into_another_one(servers: Servers) -> None:
    one = servers.start("one")
    ada = one.anyone.registered("ada")
    ada.add_entry("Run", value=2.5)
    made = run(one.folder, "backup", "run", **one.environment)
    assert made.returncode == 0, made.stderr
    name = made.stdout.split()[0]
    other = {**one.environment, "database_url": new_database()}
    refused = run(one.folder, "backup", "restore", name, "--yes", **one.environment)
    assert refused.returncode == 6
    assert "--replace" not in refused.stderr
    assert run(one.folder, "backup", "restore", name, "--yes", "--replace", **other).returncode == 1
    restored = run(one.folder, "backup", "restore", name, "--yes", **other)
    assert restored.returncode == 0, restored.stderr
    exports = [run(one.folder, "export", "csv", "--user", "ada", **each) for each in (one.environment, other)]
    assert exports[0].stdout == exports[1].stdout
    assert "Run" in exports[0].stdout
