"""`mosaic wearables` and what becomes of an ingest when the server dies."""

import datetime as dt
import http.client
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from support_server import Start, run, with_ada
from wearable_records import heart

INGEST = "/ingest/wearable/batch"
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
RECORDS = 30_000


def batch(count: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # any field
    records = [
        heart(f"h{number}", (FIRST + dt.timedelta(seconds=10 * number)).isoformat(), 50 + number % 50)
        for number in range(count)
    ]
    return {"source_app": "App", "device_id": "watch", "tz": "UTC", "records": records, **more}


def test_reprocess_runs_the_pipeline_again_for_one_or_for_all(start: Start, tmp_path: Path) -> None:
    server = start()
    ada = server.anyone.registered("ada")
    assert ada.post(INGEST, batch(100)).status == 201
    before = ada.get("/wearable/day?date=2026-01-01").json
    assert server.anyone.registered("ben").post(INGEST, batch(7)).status == 201
    server.stop()
    for arguments, count in ((["--user", "ada"], 100), ([], 107)):
        done = run(tmp_path, "wearables", "reprocess", *arguments)
        assert (done.returncode, done.stdout) == (0, f"{count} records processed again\n"), done.stderr
    server.start()
    assert evolve(ada, port=server.port).get("/wearable/day?date=2026-01-01").json == before


def test_reprocess_wants_a_user_that_exists(tmp_path: Path) -> None:
    with_ada(tmp_path)
    done = run(tmp_path, "wearables", "reprocess", "--user", "nobody")
    assert done.returncode == 1
    assert "nobody" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("milliseconds", [60, 200, 400])
def test_a_batch_that_a_killed_server_broke_off_is_complete_once_sent_again(
    start: Start, milliseconds: int
) -> None:
    server = start()
    ada = server.anyone.registered("ada")
    told = batch(RECORDS)
    killer = threading.Timer(milliseconds / 1000, server.kill)
    killer.start()
    with suppress(OSError, http.client.HTTPException):
        ada.post(INGEST, told)
    killer.join()
    server.start()
    again = evolve(ada, port=server.port)
    reply = again.post(INGEST, told)
    assert reply.json["accepted"] + reply.json["duplicates"] == RECORDS
    assert again.get("/wearable/sources").json[0]["records"] == RECORDS
    assert (
        again.get("/wearable/day?date=2026-01-02").json["hr"]["avg"]
        == sum(50 + number % 50 for number in range(8640, 2 * 8640)) / 8640
    )
