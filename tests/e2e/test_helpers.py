"""Heavy work is done by processes of its own, and leaves nothing behind."""

import http.client
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from mosaic_core.wearables.large import MOST_RECORDS
from support_server import PATIENCE, Client, Server, children, patiently, serving
from wearable_records import heart

ROWS = "date,activity,value,note\n" + "".join(
    f"{2000 + n // 336}-{1 + n // 28 % 12:02}-{1 + n % 28:02},Run {m},1,{'x' * 30}\n"
    for n in range(2_400)
    for m in range(10)
)
BOUNDARY = "b"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def form(rows: str) -> bytes:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="days.csv"\r\n\r\n'
    return f"{part}{rows}\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, is_measured=True) as made:
        yield made
        assert "Traceback" not in made.log


@pytest.fixture
def ada(server: Server) -> Client:
    return server.anyone.registered("ada")


def stagings(server: Server) -> list[Path]:
    return list(server.data.glob("import-*"))


def test_a_helper_reads_and_writes_what_is_large_and_ends_when_it_was_idle(
    server: Server, ada: Client
) -> None:
    told = ada.ask("POST", "/import_csv", body=form(ROWS), headers=FORM).went(200).json["summary"]
    assert (told["created"], told["skipped"]) == (24_000, 0)
    assert len(children(server.pid)) == 1
    samples = [
        heart(f"k{n}", f"2024-06-01T{n // 3600:02}:{n // 60 % 60:02}:00Z") for n in range(MOST_RECORDS + 1)
    ]
    batch = {"source_app": "App", "device_id": "w", "tz": "UTC", "records": samples}
    assert ada.post("/ingest/wearable/batch", batch).went(201).json["accepted"] == MOST_RECORDS + 1
    exported = ada.get("/export/json?limit=all").went(200)
    assert (len(exported.json["entries"]), exported.headers["X-Total-Entries"]) == (24_000, "24000")
    assert stagings(server) == []
    until(lambda: not children(server.pid))


def test_a_helper_ends_with_its_server(server: Server, ada: Client) -> None:
    ada.ask("POST", "/import_csv", body=form(ROWS), headers=FORM).went(200)
    (helper,) = children(server.pid)
    assert server.process is not None
    server.process.kill()
    server.process.wait(PATIENCE)
    until(lambda: is_over(helper))


def test_what_a_helper_did_that_dies_is_refused_and_changes_nothing(server: Server) -> None:
    for number, _ in enumerate(patiently()):  # again, if the work was done before its helper was killed
        person = server.anyone.registered(f"person{number}")
        with asking(server, person, ROWS) as connection:
            until(lambda: stagings(server) != [] or is_answered(connection))
            for helper in children(server.pid):
                os.kill(helper, signal.SIGKILL)
            if connection.getresponse().status == 503:
                break
    assert person.get("/entries").json == []
    person.ask("POST", "/import_csv", body=form(ROWS), headers=FORM).went(200)


def is_answered(connection: http.client.HTTPConnection) -> bool:
    """Return whether an answer has begun to come."""
    return select.select([connection.sock], [], [], 0)[0] != []


def test_a_helper_that_died_while_it_was_idle_is_replaced(server: Server, ada: Client) -> None:
    ada.ask("POST", "/import_csv", body=form(ROWS), headers=FORM).went(200)
    (helper,) = children(server.pid)
    os.kill(helper, signal.SIGKILL)
    until(lambda: is_over(helper))
    ada.ask("POST", "/import_csv", body=form(ROWS), headers=FORM).went(200)


def test_work_ends_when_its_client_has_left(server: Server, ada: Client) -> None:
    with asking(server, ada, ROWS * 4):
        until(lambda: stagings(server) != [])
    until(lambda: stagings(server) == [])
    assert ada.get("/entries").json == []


@contextmanager
def asking(server: Server, who: Client, rows: str) -> Iterator[http.client.HTTPConnection]:
    """Send an import, whose answer may be read."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/import_csv", form(rows), {**who.headers, **FORM})
        yield connection


def until(has_come: Callable[[], bool]) -> None:
    for _ in patiently():
        if has_come():
            return
    raise AssertionError


def is_over(process: int) -> bool:
    """Return whether the process has ended, if only for its parent to notice."""
    try:
        return " Z " in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return True
