"""Large batches over HTTP: taken in parts, told as one."""

import json as jsons
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.errors import ServiceUnavailable, StorageFull
from mosaic_core.lanes import Lane
from mosaic_core.wearables.large import MOST_RECORDS, MOST_TOLD
from mosaic_core.wearables.service import WearableService
from mosaic_http.app import create_app
from support_http import Client
from support_lanes import RecordingLanes
from wearable_records import heart

INGEST = "/ingest/wearable/batch"
JSON = {"Content-Type": "application/json"}
MANY = MOST_RECORDS + 1


def body(*records: object, **more: object) -> bytes:
    """Return a batch with its records before all else."""
    return jsons.dumps(
        {"records": records, "source_app": "App", "device_id": "w", "tz": "UTC", **more}
    ).encode()


def samples(number: int, key: str = "k") -> list[dict[str, Any]]:
    return [
        heart(f"{key}{one}", f"2024-06-01T{one // 3600 % 24:02}:{one // 60 % 60:02}:00")
        for one in range(number)
    ]


def stagings(folder: Path) -> list[Path]:
    return list(folder.rglob("import-*"))


@pytest.fixture
def lanes(ada: Client) -> RecordingLanes:
    world = ada.world
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    return lanes


def test_a_batch_of_ordinary_size_is_one_transaction_and_a_large_one_several(
    ada: Client, lanes: RecordingLanes
) -> None:
    ada.ask("POST", INGEST, body=body(*samples(MOST_RECORDS)), headers=JSON).went(201)
    assert lanes.ran.count(Lane.LONG_WRITE) == 1
    lanes.ran.clear()
    reply = ada.ask("POST", INGEST, body=body(*samples(MANY)), headers=JSON).went(201).json
    assert (reply["accepted"], reply["duplicates"]) == (1, MOST_RECORDS)
    assert lanes.ran.count(Lane.LONG_WRITE) > 5


def test_a_large_batch_is_answered_as_any_other(ada: Client, folder: Path) -> None:
    records = [
        *samples(MANY),
        heart("wrong", "2024-06-01T10:00:00", 0),
        {"dedupe_key": "bad"},
        heart("k0", "x"),
    ]
    reply = ada.ask("POST", INGEST, body=body(*records), headers=JSON).went(201).json
    assert set(reply) == {"accepted", "duplicates", "errors", "etl"}
    assert (reply["accepted"], reply["duplicates"]) == (MANY + 1, 0)
    assert [(one["index"], one["dedupe_key"]) for one in reply["errors"]] == [
        (MANY + 1, "bad"),
        (MANY + 2, "k0"),
    ]
    etl = reply["etl"]
    assert (etl["processed"], etl["skipped"], etl["aggregated"]) == (MANY, 1, 1)
    assert [one["index"] for one in etl["errors"]] == [MANY]
    summary = ada.get("/wearable/summary").json
    assert (summary["accepted"], summary["error_count"]) == (MANY + 1, 2)
    assert [one["dedupe_key"] for one in summary["errors"]] == ["k0", "bad", "wrong"]
    assert len(ada.world.audit("wearable.ingest")) == 1
    assert stagings(folder) == []
    again = ada.ask("POST", INGEST, body=body(*records), headers=JSON).went(200).json
    assert (again["accepted"], again["duplicates"]) == (0, MANY + 1)


def test_a_phone_may_send_many_readings(ada: Client) -> None:
    text = jsons.dumps({"readings": samples(MANY)}).encode()
    ada.ask("POST", INGEST, body=text, headers={**JSON, "X-Device-Id": "phone"}).went(201)
    assert ada.get("/wearable/sources").json[0]["records"] == MANY


def test_more_errors_than_a_report_names_are_counted(ada: Client) -> None:
    reply = ada.ask("POST", INGEST, body=body(*[1] * (MOST_TOLD + 3)), headers=JSON).went(200).json
    assert (len(reply["errors"]), reply["error_count"]) == (MOST_TOLD, MOST_TOLD + 3)


@pytest.mark.parametrize("end", [b"", b"}]}", b"{]", b"nonsense"])
def test_a_large_body_that_is_no_json_at_its_end_changes_nothing(
    ada: Client, folder: Path, end: bytes
) -> None:
    text = body(*samples(MANY), tz="UTC")[:-1] + end
    ada.ask("POST", INGEST, body=text, headers=JSON).failed("bad_request")
    assert ada.get("/wearable/sources").json == []
    assert stagings(folder) == []


@pytest.mark.parametrize(
    "wrong", [{"tz": "Nowhere"}, {"source_app": ""}, {"readings": [1]}, {"readings": [1] * MANY}]
)
def test_a_large_batch_with_a_wrong_envelope_changes_nothing(ada: Client, wrong: dict[str, Any]) -> None:
    ada.ask("POST", INGEST, body=body(*samples(MANY), **wrong), headers=JSON).failed("invalid_input")
    assert ada.get("/wearable/sources").json == []


def test_a_large_batch_under_a_key_is_replayed_and_another_one_has_no_effect(ada: Client) -> None:
    keyed = {**JSON, "Idempotency-Key": "once"}
    first = ada.ask("POST", INGEST, body=body(*samples(MANY)), headers=keyed).went(201)
    again = ada.ask("POST", INGEST, body=body(*samples(MANY)), headers=keyed).went(201)
    assert again.header("Idempotency-Replayed") == "true"
    assert again.body == first.body
    assert ada.get("/wearable/summary").json["duplicates"] == 0
    other = body(*samples(MANY, "other"))
    ada.ask("POST", INGEST, body=other, headers=keyed).failed("idempotency_mismatch")
    assert ada.get("/wearable/sources").json[0]["records"] == MANY


@pytest.mark.parametrize("failure", [StorageFull, ServiceUnavailable])
def test_a_large_batch_that_breaks_off_says_how_far_it_came(
    ada: Client,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[StorageFull | ServiceUnavailable],
) -> None:
    ingest_part = WearableService.ingest_part

    def fail_late(self: WearableService, *given: Any) -> Any:  # noqa: ANN401  # as the method
        if self.summary(given[0]).accepted:
            raise failure("There is no room left to write; nothing was changed", {"retry_after": 1})
        return ingest_part(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(WearableService, "ingest_part", fail_late)
        reply = ada.ask("POST", INGEST, body=body(*samples(MANY)), headers=JSON).failed(failure.code)
    assert reply.message == "The batch broke off after 2000 records; send it again"
    assert stagings(folder) == []
    again = ada.ask("POST", INGEST, body=body(*samples(MANY)), headers=JSON).went(201).json
    assert (again["accepted"], again["duplicates"]) == (MANY - 2000, 2000)
