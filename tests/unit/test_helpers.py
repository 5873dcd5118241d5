"""Heavy work in processes of its own."""

import asyncio
import gc
import io
import os
import signal
import socket
import subprocess
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from mosaic_adapters.settings import load
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.errors import InvalidInput, ServiceUnavailable, StorageFull
from mosaic_core.paging import Page
from mosaic_core.wearables.large import MOST_RECORDS, StagedBatch
from mosaic_http import heavy
from mosaic_http.export_texts import csv_chunks
from mosaic_http.helper import command_of, help_out
from mosaic_http.helper_messages import ENOUGH, GivenUp, ask, next_answer
from mosaic_http.helpers import Helpers
from support import a_caller, a_user
from support_helpers import die, fail_oddly, go_on_and_on, refuse, return_too_much, settings, shout

TESTS = Path(__file__).parents[1]


@pytest.fixture
def mosaic(tmp_path: Path) -> Iterator[Mosaic]:
    with Mosaic.over(SqliteStore(tmp_path / "mosaic.db")) as made:
        yield made


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    with mosaic.store.write() as unit:
        return a_caller(unit.users.add(a_user("Ada")).id)


@pytest.fixture
def command(mosaic: Mosaic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:  # noqa: ARG001  # its file
    """What starts a helper that finds the work of these tests."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    made = command_of(load({"MOSAIC_DATA_DIR": str(tmp_path)}))
    assert made is not None
    return made


@pytest.fixture
def helpers(mosaic: Mosaic, command: Sequence[str]) -> Iterator[Helpers]:
    made = Helpers(mosaic, lambda: None, command)
    yield made
    made.end_idle(0)


def file_of(text: str) -> Any:  # noqa: ANN401  # an open file
    file = TemporaryFile()  # noqa: SIM115  # each test closes it
    file.write(text.encode())
    file.flush()
    file.seek(0)
    return file


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_another_process_reads_and_writes_the_same_file(helpers: Helpers) -> None:
    with file_of("hello ") as file:
        process, said = helpers.do(shout, file)
        file.seek(0)
        assert (said, file.read()) == ("hello ", b"hello HELLO ")
    assert process != os.getpid()


def test_a_helper_that_starts_while_the_file_is_away_makes_none(
    mosaic: Mosaic, ada: Caller, command: Sequence[str], tmp_path: Path
) -> None:
    """SQLite would make an empty one in its place, and delete the log, which has what was written lately."""
    database, log = tmp_path / "mosaic.db", tmp_path / "mosaic.db-wal"
    inode = log.stat().st_ino
    database.rename(tmp_path / "moved.db")
    for other in (None, b"another file"):
        if other is not None:
            database.write_bytes(other)
        with file_of("") as file, pytest.raises(ServiceUnavailable):
            Helpers(mosaic, lambda: None, command).do(shout, file)
        assert (database.read_bytes() if database.exists() else None) == other
    (tmp_path / "moved.db").replace(database)
    assert log.stat().st_ino == inode
    with mosaic.store.read() as unit:
        assert unit.users.get(ada.user_id) is not None


def test_without_a_file_there_are_no_helpers(tmp_path: Path) -> None:
    assert command_of(load({"MOSAIC_DATA_DIR": str(tmp_path / "none")})) is None


def test_a_helper_that_does_not_hear_that_it_has_said_enough_is_ended(
    helpers: Helpers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_http.helpers._HEARING_SECONDS", 0.05)
    monkeypatch.setattr("mosaic_http.helpers._ENDING_SECONDS", 0.05)
    with file_of("") as file:
        process, _ = helpers.do(shout, file)
        os.kill(process, signal.SIGSTOP)
        with pytest.raises(ServiceUnavailable):
            helpers.do(shout, file, is_given_up=iter([False, *[True] * 1000]).__next__)
        assert not is_running(process)
        assert helpers.do(shout, file)[0] != process


def test_a_helper_that_hangs_ends_with_its_server(mosaic: Mosaic, command: Sequence[str]) -> None:
    async def served() -> int:
        helpers = Helpers(mosaic, lambda: None, command)
        with file_of("") as file:
            async with helpers.tended():
                process, _ = await asyncio.to_thread(helpers.do, shout, file)
                os.kill(process, signal.SIGSTOP)
                hanging = asyncio.create_task(asyncio.to_thread(helpers.do, shout, file))
                while not helpers.busy:  # noqa: ASYNC110  # until a thread has asked
                    await asyncio.sleep(0.01)
            with pytest.raises(ServiceUnavailable):
                await hanging
        return process

    assert not is_running(asyncio.run(served()))


def test_a_helper_helps_again_and_ends_when_it_was_idle(helpers: Helpers) -> None:
    with file_of("") as file:
        process, _ = helpers.do(shout, file)
        helpers.end_idle(60)
        assert helpers.do(shout, file)[0] == process
    helpers.end_idle(0)
    assert not is_running(process)


def test_idle_helpers_are_ended_while_a_server_runs_and_all_at_its_end(
    mosaic: Mosaic, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_http.helpers._TEND_SECONDS", 0.01)

    async def served(helpers: Helpers, rest: Callable[[int], bool]) -> int:
        with file_of("") as file:
            async with helpers.tended():
                process, _ = await asyncio.to_thread(helpers.do, shout, file)
                while not rest(process):  # noqa: ASYNC110  # until another process has ended
                    await asyncio.sleep(0.01)
        return process

    asyncio.run(served(Helpers(mosaic, lambda: None, command, 0.0), lambda process: not is_running(process)))
    process = asyncio.run(served(Helpers(mosaic, lambda: None, command, 60.0), is_running))
    assert not is_running(process)


def test_what_goes_wrong_there_is_told_here(helpers: Helpers) -> None:
    with file_of("") as file:
        with pytest.raises(InvalidInput) as told:
            helpers.do(refuse, file)
        assert (told.value.message, told.value.details) == ("Not this", {"field": "that"})
        with pytest.raises(StorageFull, match="no room"):
            helpers.do(return_too_much, file)
        with pytest.raises(RuntimeError, match="OddError"):
            helpers.do(fail_oddly, file)
        assert helpers.do(shout, file)[1] == ""


def test_an_error_that_a_helper_told_leaves_nothing_to_the_garbage_collector(helpers: Helpers) -> None:
    def refused() -> "weakref.ref[InvalidInput]":
        with file_of("") as file:
            try:
                helpers.do(refuse, file)
            except InvalidInput as error:
                return weakref.ref(error)
        raise AssertionError

    gc.disable()
    try:
        assert refused()() is None
    finally:
        gc.enable()


def test_a_helper_that_dies_is_replaced(helpers: Helpers) -> None:
    with file_of("") as file:
        with pytest.raises(ServiceUnavailable, match="broke off"):
            helpers.do(die, file)
        assert helpers.do(shout, file)[1] == ""


def test_work_is_given_up_and_its_helper_goes_on_helping(helpers: Helpers) -> None:
    with file_of("") as file:
        process, _ = helpers.do(shout, file)
        with pytest.raises(GivenUp):
            helpers.do(go_on_and_on, file, is_given_up=lambda: True)
        assert helpers.do(shout, file)[0] == process


def test_a_helper_ends_with_its_server(command: Sequence[str]) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        helper = subprocess.Popen(command, stdin=theirs.fileno())
    ours.close()
    assert helper.wait(60) == 0


def test_a_helper_is_told_no_secret(helpers: Helpers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOSAIC_JWT_SECRET", "a secret of these tests")
    with file_of("") as file:
        assert helpers.do(settings, file) == []


def test_a_helper_in_this_process_answers_until_its_server_is_gone(mosaic: Mosaic) -> None:
    server, helper = socket.socketpair()
    helping = threading.Thread(target=help_out, args=(helper, mosaic))
    helping.start()
    with server, helper, file_of("hello") as file:
        ask(server, shout, (), file.fileno())
        assert next_answer(server).result == (os.getpid(), "hello")
        server.sendall(ENOUGH)
        ask(server, fail_oddly, (), file.fileno())
        assert str(next_answer(server).error) == "OddError"
        server.sendall(ENOUGH)
        ask(server, return_too_much, (), file.fileno())
        assert isinstance(next_answer(server).error, StorageFull)
        server.sendall(ENOUGH)
        ask(server, go_on_and_on, (), file.fileno())
        server.sendall(ENOUGH)
        assert isinstance(next_answer(server).error, GivenUp)
        ask(server, go_on_and_on, (), file.fileno())
        server.close()
        helping.join(60)
    assert not helping.is_alive()


def test_an_answer_that_breaks_off_is_none() -> None:
    server, helper = socket.socketpair()
    with server, helper:
        helper.sendall(bytes(4))
        helper.shutdown(socket.SHUT_WR)
        with pytest.raises(ConnectionError):
            next_answer(server)


def test_a_helper_that_does_not_end_is_killed(helpers: Helpers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_http.helpers._ENDING_SECONDS", 0.01)
    with file_of("") as file:
        process, _ = helpers.do(shout, file)
    os.kill(process, signal.SIGSTOP)
    helpers.end_idle(0)
    assert not is_running(process)


def test_without_a_command_the_thread_itself_works(mosaic: Mosaic) -> None:
    breaths: list[None] = []
    helpers = Helpers(mosaic, lambda: breaths.append(None))
    assert helpers.do(shout, io.BytesIO(b"hello"))[0] == os.getpid()
    with pytest.raises(GivenUp):
        helpers.do(go_on_and_on, io.BytesIO(), is_given_up=lambda: len(breaths) > 2)
    assert len(breaths) == 3


def test_only_a_store_that_can_be_shared_has_helpers() -> None:
    assert command_of(load({"MOSAIC_DATABASE_URL": "memory:"})) is None


def test_as_many_help_as_are_asked_at_once(helpers: Helpers) -> None:
    found: list[int] = []

    def ask() -> None:
        with file_of("") as file, pytest.raises(GivenUp):
            helpers.do(go_on_and_on, file, is_given_up=lambda: len(helpers_at_work()) >= 2)

    def helpers_at_work() -> Sequence[str]:
        task = Path(f"/proc/{os.getpid()}/task")
        now = [child for one in task.iterdir() for child in (one / "children").read_text().split()]
        found.append(len(now))
        return now

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert max(found) >= 2


def test_a_file_is_imported_as_it_was_read_elsewhere(
    mosaic: Mosaic, ada: Caller, helpers: Helpers, tmp_path: Path
) -> None:
    rows = "date,activity,value\n" + "".join(f"2024-01-{n % 28 + 1:02},Run {n // 28},1\n" for n in range(500))
    with file_of(rows + "never,Run,1\n") as file:
        _, read = helpers.do(heavy.read_csv, file, ada)
    helpers.end_idle(0)
    summary = mosaic.imports.write(ada, read, "days.csv")
    assert (summary.created, summary.updated, summary.skipped) == (500, 0, 1)
    read.close()
    assert list(tmp_path.glob("import-*")) == []


def test_a_large_batch_is_ingested_as_it_was_read_elsewhere(
    mosaic: Mosaic, ada: Caller, helpers: Helpers, tmp_path: Path
) -> None:
    samples = ",".join(
        f'{{"type":"hr","start":"2024-06-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z",'
        f'"fields":{{"bpm":60}},"dedupe_key":"k{n}"}}'
        for n in range(MOST_RECORDS + 1)
    )
    with file_of(f'{{"source_app":"a","device_id":"b","tz":"UTC","records":[{samples}]}}') as file:
        batch = helpers.do(heavy.read_batch, file, ada, None)
    assert isinstance(batch, StagedBatch)
    helpers.end_idle(0)
    while part := batch.next_part():
        batch.took(mosaic.wearables.ingest_part(ada, batch, part))
    report = mosaic.wearables.end_ingest(ada, batch)
    assert (report.accepted, report.etl.processed) == (MOST_RECORDS + 1, MOST_RECORDS + 1)
    batch.close()
    assert list(tmp_path.glob("import-*")) == []


def test_an_export_is_written_elsewhere(ada: Caller, helpers: Helpers) -> None:
    with file_of("") as file:
        told = helpers.do(heavy.write_export, file, csv_chunks, ada, Page(None))
        file.seek(0)
        assert (told["X-Total-Entries"], file.read()[:4]) == ("0", b"data")
