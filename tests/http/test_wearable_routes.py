"""Wearables over HTTP."""

import json as jsons
from typing import Any

import pytest

from support import NOON
from support_http import Client, Serve, World
from wearable_records import heart, record, sleep, stage, steps

INGEST = "/ingest/wearable/batch"
MORNING = "2024-06-01T08:00:00"
JSON = {"Content-Type": "application/json"}


def batch(*records: object, device: str = "watch", tz: str = "UTC", **more: object) -> dict[str, Any]:
    return {"source_app": "App", "device_id": device, "tz": tz, "records": list(records), **more}


def test_a_new_batch_is_201_and_its_repetition_200(ada: Client) -> None:
    told = batch(heart("h", MORNING), heart("wrong", MORNING, 0), {"dedupe_key": "bad"})
    reply = ada.post(INGEST, told).went(201).json
    assert set(reply) == {"accepted", "duplicates", "errors", "etl"}
    assert (reply["accepted"], reply["duplicates"]) == (2, 0)
    assert [(error["index"], error["dedupe_key"]) for error in reply["errors"]] == [(2, "bad")]
    assert "type, start, fields" in reply["errors"][0]["reason"]
    etl = reply["etl"]
    assert (etl["processed"], etl["skipped"], etl["aggregated"]) == (1, 1, 1)
    assert [set(error) for error in etl["errors"]] == [{"index", "dedupe_key", "reason"}]
    again = ada.post(INGEST, told).went(200).json
    assert (again["accepted"], again["duplicates"], len(again["errors"])) == (0, 2, 1)


def test_a_phone_sends_readings_in_the_time_zone_of_its_user(ada: Client) -> None:
    ada.patch("/user", {"timezone": "Asia/Kolkata"}).went(200)
    phone = ada.with_headers(X_Device_Id="pixel")
    phone.post(INGEST, {"readings": [steps("s", "2024-05-31T20:00:00Z", count=7)]}).went(201)
    (source,) = ada.get("/wearable/sources").went(200).json
    assert (source["source_app"], source["device_id"]) == ("HealthConnect", "pixel")
    assert ada.get("/wearable/day?date=2024-06-01").json["steps"] == 7


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Missing required field(s): source_app, device_id, tz, records"),
        ({"records": [1]}, "Missing required field(s): source_app, device_id, tz"),
        (batch(1, colour="red"), "Extra inputs are not permitted"),
        (batch(1, readings=[]), "Extra inputs are not permitted"),
        (batch(), "records must have at least one record"),
        (batch() | {"records": None}, "records must be a list"),
        (batch() | {"records": {"0": 1}}, "records must be a list"),
        (batch(1) | {"source_app": None}, "source_app must be a text"),
        (batch(1) | {"source_app": ""}, "source_app must have 1 to 128 characters"),
        (batch(1) | {"device_id": "x" * 129}, "device_id must have 1 to 128 characters"),
        (batch(1) | {"tz": "Mars/Olympus"}, "tz must be the IANA name"),
        (batch(1) | {"tz": 2}, "tz must be a text"),
    ],
)
def test_a_wrong_envelope_refuses_the_whole_body(ada: Client, body: object, message: str) -> None:
    assert message in ada.post(INGEST, body).failed("invalid_input").message
    summary = ada.get("/wearable/summary").json
    assert (summary["error_count"], summary["errors"]) == (0, [])


@pytest.mark.parametrize(
    ("body", "device", "message"),
    [
        ({"readings": [1]}, None, "Missing required field(s): X-Device-Id"),
        ({"readings": [1], "tz": "UTC"}, "pixel", "Extra inputs are not permitted"),
        ({"readings": []}, "pixel", "at least one record"),
        ({"readings": "x"}, "pixel", "readings must be a list"),
        ({"readings": [1]}, "", "device_id must have 1 to 128 characters"),
    ],
)
def test_a_phones_envelope_has_its_rules(ada: Client, body: object, device: str | None, message: str) -> None:
    headers = {} if device is None else {"X-Device-Id": device}
    assert message in ada.post(INGEST, body, headers=headers).failed("invalid_input").message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"[1]", "invalid_json"),
        (b'"\\ud800"', "invalid_json"),
        (b"{", "bad_request"),
        (b'{"tz": NaN}', "bad_request"),
        (b'{"tz": 1e999}', "bad_request"),
        (b'{"records": [{"type": "\xff"}]}', "bad_request"),
        (b'{"records": ' + b"[" * 5000 + b"]" * 5000 + b"}", "bad_request"),
    ],
)
def test_a_body_that_is_no_object_is_refused(ada: Client, text: bytes, code: str) -> None:
    ada.ask("POST", INGEST, body=text, headers={"Content-Type": "application/json"}).failed(code)
    ada.ask("POST", INGEST, body=text).failed("unsupported_media_type")


def test_numbers_beyond_all_limits_spoil_one_record_only(ada: Client) -> None:
    told = jsons.dumps(
        batch(heart("good", MORNING), heart("huge", MORNING, 10**40), heart("no", MORNING, 777))
    )
    body = told.replace("777", "1e999").replace('"records": [', '"records":\n [')
    reply = ada.ask("POST", INGEST, body=body.encode(), headers={"Content-Type": "application/json"})
    assert [error["dedupe_key"] for error in reply.went(201).json["etl"]["errors"]] == ["huge"]
    assert [(error["index"], error["dedupe_key"]) for error in reply.json["errors"]] == [(2, None)]
    rows = ada.get("/wearable/raw").went(200).json
    assert {row["dedupe_key"]: row["payload"]["fields"]["bpm"] for row in rows} == {
        "good": 60,
        "huge": 10**40,
    }


def test_half_a_surrogate_pair_spoils_one_record_only(ada: Client) -> None:
    told = batch(
        heart("good", MORNING, 72.0, confidence="high"), heart("half \ud800", MORNING), device="\U0001f600"
    )
    reply = ada.ask("POST", INGEST, body=jsons.dumps(told).encode(), headers=JSON).went(201).json
    assert (reply["accepted"], [error["index"] for error in reply["errors"]]) == (1, [1])
    assert "Unicode" in reply["errors"][0]["reason"]
    (row,) = ada.get("/wearable/raw?type=all").went(200).json
    assert row["payload"] == told["records"][0]
    assert ada.get("/wearable/sources").json[0]["device_id"] == "\U0001f600"


@pytest.mark.parametrize("spoiled", [{"device_id": "\udc00"}, {"\udc00": 1}, {"tz": float("nan")}])
def test_a_body_of_halves_around_the_records_is_refused(ada: Client, spoiled: dict[str, Any]) -> None:
    told = jsons.dumps(batch(heart("half \ud800", MORNING)) | spoiled)
    ada.ask("POST", INGEST, body=told.encode(), headers=JSON).failed("bad_request")


def test_steps_may_be_called_count_and_a_confidence_may_be_a_text(ada: Client) -> None:
    told = batch(record("steps", "s", MORNING, count=9.0), heart("h", MORNING, 72.0, confidence="high"))
    assert ada.post(INGEST, told).went(201).json["etl"]["errors"] == []
    assert ada.get("/wearable/day").json["steps"] == 9
    assert ada.get("/wearable/raw?type=hr").json[0]["payload"]["fields"]["confidence"] == "high"


def test_steps_of_two_sources_at_one_instant_count_once(ada: Client) -> None:
    for device in ("watch", "phone"):
        ada.post(INGEST, batch(steps(device, MORNING, count=500), device=device)).went(201)
    assert ada.get("/wearable/day").json["steps"] == 500


def test_a_record_of_too_much_is_kept_but_skipped(ada: Client) -> None:
    inner = [{"stage": "deep", "start": MORNING, "end": "2024-06-01T09:00:00"}] * 3_000
    told = batch(
        steps("month", "2024-05-01T00:00:00", MORNING),
        sleep("night", MORNING, "2024-06-01T09:00:00", stages=inner),
    )
    reply = ada.post(INGEST, told).went(201).json
    assert (reply["accepted"], reply["errors"], reply["etl"]["skipped"]) == (2, [], 2)
    assert [error["reason"] for error in reply["etl"]["errors"]] == [
        "must not last longer than 2 days",
        "stages must not be more than 2880",
    ]
    assert {row["status"] for row in ada.get("/wearable/raw?type=all").json} == {"skipped"}


def test_a_day_and_an_empty_day(ada: Client) -> None:
    told = batch(
        steps("s", MORNING, count=12),
        sleep("n", "2024-05-31T23:00:00", "2024-06-01T06:30:00", efficiency=90),
        heart("h", MORNING, 61),
    )
    ada.post(INGEST, told).went(201)
    assert ada.get("/wearable/day").went(200).json == {
        "date": "2024-06-01",
        "steps": 12,
        "sleep": {"total_min": 450, "efficiency": 90, "sessions": 1},
        "hr": {"rest": 61, "avg": 61, "min": 61, "max": 61},
    }
    assert ada.get("/wearable/day?date=2024-06-02").went(200).json == {
        "date": "2024-06-02",
        "steps": 0,
        "sleep": {"total_min": 0, "efficiency": None, "sessions": 0},
        "hr": {"rest": None, "avg": None, "min": None, "max": None},
    }
    ada.get("/wearable/day?date=2024-02-30").failed("invalid_query")


def test_a_trend_ends_today_or_has_its_own_window(ada: Client) -> None:
    ada.post(INGEST, batch(steps("s", MORNING, count=70), heart("h", MORNING, 61))).went(201)
    trend = ada.get("/wearable/trends").went(200).json
    assert (trend["metric"], trend["window"], trend["average"]) == ("steps", 7, 10)
    assert trend["values"][0] == {"date": "2024-05-26", "value": 0}
    assert trend["values"][-1] == {"date": "2024-06-01", "value": 70}
    hearts = ada.get("/wearable/trends?metric=hr&window=30").went(200).json
    assert (len(hearts["values"]), hearts["average"]) == (30, 61)
    assert hearts["values"][0]["value"] is None
    own = ada.get("/wearable/trends?metric=sleep&from=2024-01-01&to=2024-01-03").went(200).json
    assert own == {
        "metric": "sleep",
        "window": 3,
        "average": 0,
        "values": [{"date": f"2024-01-0{number}", "value": 0} for number in (1, 2, 3)],
    }


@pytest.mark.parametrize(
    "query",
    [
        "metric=weight",
        "window=8",
        "window=seven",
        "from=2024-01-01",
        "to=2024-01-01",
        "from=2024-01-02&to=2024-01-01",
        "from=2000-01-01&to=2024-01-01",
        "from=x&to=y",
    ],
)
def test_a_wrong_trend_is_an_invalid_query(ada: Client, query: str) -> None:
    ada.get(f"/wearable/trends?{query}").failed("invalid_query")


def test_sources_are_listed_changed_and_deleted(ada: Client, ben: Client) -> None:
    ada.post(INGEST, batch(steps("w", MORNING, "2024-06-01T09:00:00", 600))).went(201)
    ada.post(INGEST, batch(steps("p", MORNING, "2024-06-01T09:00:00", 500), device="phone")).went(201)
    watch, phone = ada.get("/wearable/sources").went(200).json
    assert watch == {
        "id": watch["id"],
        "source_app": "App",
        "device_id": "watch",
        "display_name": "",
        "priority": 0,
        "records": 1,
        "last_synced_at": NOON.isoformat().replace("+00:00", "Z"),
    }
    path = f"/wearable/sources/{phone['id']}"
    changed = ada.patch(path, {"priority": 0, "display_name": "My phone"}).went(200).json
    assert changed == phone | {"priority": 0, "display_name": "My phone"}
    assert [source["device_id"] for source in ada.get("/wearable/sources").json] == ["phone", "watch"]
    assert ada.get("/wearable/day").json["steps"] == 500
    ben.patch(path, {"priority": 1}).failed("not_found")
    ben.delete(path).failed("not_found")
    assert set(ada.delete(path).went(200).json) == {"message"}
    ada.delete(path).failed("not_found")
    assert ada.get("/wearable/day").json["steps"] == 600


@pytest.mark.parametrize(
    "change",
    [{}, {"priority": None}, {"priority": "1"}, {"priority": -1}, {"display_name": None}, {"records": 5}],
)
def test_a_wrong_change_of_a_source_is_refused(ada: Client, change: object) -> None:
    ada.post(INGEST, batch(heart("h", MORNING))).went(201)
    (source,) = ada.get("/wearable/sources").json
    ada.patch(f"/wearable/sources/{source['id']}", change).failed("invalid_input")
    assert ada.get("/wearable/sources").json == [source]


def test_the_summary_counts_over_all_ingests(ada: Client) -> None:
    assert ada.get("/wearable/summary").went(200).json == {
        "accepted": 0,
        "duplicates": 0,
        "error_count": 0,
        "errors": [],
        "last_run": None,
        "sources": [],
    }
    for _ in range(2):
        ada.post(INGEST, batch(heart("h", MORNING), 1))
    summary = ada.get("/wearable/summary").json
    assert (summary["accepted"], summary["duplicates"], summary["error_count"]) == (1, 1, 2)
    assert summary["last_run"] == summary["sources"][0]["last_synced_at"]


def test_the_summary_names_the_errors_of_either_kind_newest_first(ada: Client, ben: Client) -> None:
    told = ada.post(INGEST, batch(steps("late", "yesterday"), heart("no rate", MORNING, 0))).went(201).json
    at = ada.get("/wearable/summary").json["last_run"]
    assert at.endswith("Z")
    (refused,), (skipped,) = told["errors"], told["etl"]["errors"]
    assert (refused["dedupe_key"], skipped["dedupe_key"]) == ("late", "no rate")
    ada.world.clock.advance(minutes=1)
    ada.post(INGEST, batch(1, {"dedupe_key": 5})).went(200)
    summary = ada.get("/wearable/summary").went(200).json
    assert summary["error_count"] == 3
    assert [one["dedupe_key"] for one in summary["errors"]] == [None, None, "no rate", "late"]
    assert {one["at"] for one in summary["errors"][:2]} == {summary["last_run"]}
    assert summary["errors"][2:] == [
        {"dedupe_key": one["dedupe_key"], "reason": one["reason"], "at": at} for one in (skipped, refused)
    ]
    assert ben.get("/wearable/summary").json["errors"] == []


def test_the_summary_names_the_newest_fifty_errors(ada: Client) -> None:
    for first in (0, 40, 80):
        ada.post(INGEST, batch(*[steps(f"k{first + one}", "x") for one in range(40)])).went(200)
    summary = ada.get("/wearable/summary").json
    assert summary["error_count"] == 120
    assert [one["dedupe_key"] for one in summary["errors"]] == [f"k{one}" for one in range(119, 69, -1)]


def test_raw_records_are_filtered_and_paged(ada: Client) -> None:
    early = stage("st", "2024-05-30T01:00:00", "2024-05-30T02:00:00", "night")
    ada.post(INGEST, batch(early, record("weight", "w", MORNING, kg=70), heart("h", "2024-06-01T09:00:00")))
    rows = ada.get("/wearable/raw").went(200).json
    assert [(row["dedupe_key"], row["status"]) for row in rows] == [
        ("h", "processed"),
        ("w", "skipped"),
        ("st", "waiting"),
    ]
    keys = {"id", "dedupe_key", "type", "status", "collected_at_utc", "received_at_utc", "payload"}
    assert set(rows[0]) == keys
    assert rows[2]["payload"] == early
    assert ada.get("/wearable/raw?limit=1&offset=1").json == rows[1:2]
    assert ada.get("/wearable/raw?type=all").json == rows
    assert ada.get("/wearable/raw?type=all&date=2024-05-30").json == rows[2:]
    assert ada.get("/wearable/raw?type=hr&date=2024-06-01").json == rows[:1]
    assert ada.get("/wearable/raw?date=2024-05-30").json == rows[2:]
    assert ada.get(f"/wearable/raw?offset={2**63 - 1}").went(200).json == []
    for wrong in ("limit=0", "limit=x", "offset=-1", "date=today"):
        ada.get(f"/wearable/raw?{wrong}").failed("invalid_query")


def test_users_do_not_see_each_others_records(ada: Client, ben: Client) -> None:
    ada.post(INGEST, batch(heart("h", MORNING, 50))).went(201)
    assert ben.post(INGEST, batch(heart("h", MORNING, 90))).went(201).json["accepted"] == 1
    assert (ada.get("/wearable/day").json["hr"]["avg"], ben.get("/wearable/day").json["hr"]["avg"]) == (
        50,
        90,
    )
    assert len(ben.get("/wearable/raw").json) == len(ben.get("/wearable/sources").json) == 1


def test_an_idempotent_ingest_is_replayed(ada: Client) -> None:
    told, key = batch(heart("h", MORNING)), {"Idempotency-Key": "once"}
    first = ada.post(INGEST, told, headers=key).went(201)
    again = ada.post(INGEST, told, headers=key).went(201)
    assert again.header("Idempotency-Replayed") == "true"
    assert again.body == first.body
    assert ada.get("/wearable/summary").json["duplicates"] == 0
    ada.post(INGEST, batch(heart("other", MORNING)), headers=key).failed("idempotency_mismatch")


def test_an_idempotent_reading_of_another_device_is_another_request(ada: Client) -> None:
    told = {"readings": [heart("h", MORNING)]}
    ada.post(INGEST, told, headers={"Idempotency-Key": "k", "X-Device-Id": "a"}).went(201)
    other = {"Idempotency-Key": "k", "X-Device-Id": "b"}
    ada.post(INGEST, told, headers=other).failed("idempotency_mismatch")


def test_ingests_have_their_own_limits_on_rate_and_size(serve: Serve) -> None:
    world = serve(rate_limits={"wearable_ingest": (1, 60)}, max_body=50, max_upload=400)
    ada = world.anyone.with_headers(Authorization=f"Bearer {_token(world)}")
    ada.post(INGEST, batch(heart("x" * 400, MORNING))).failed("payload_too_large")
    ada.post(INGEST, batch(heart("h", MORNING))).failed("too_many_requests")


def _token(world: World) -> str:
    """Return a token of a new account, made without requests."""
    from mosaic_core.accounts.model import Credentials, NewAccount  # noqa: PLC0415  # used here alone

    world.mosaic.accounts.add(NewAccount(username="ada", password="correct horse"), admin=False)
    given = Credentials(username="ada", password="correct horse")
    return world.mosaic.sessions.login(given).access_token


def test_nobody_gets_in_without_a_token(world: World) -> None:
    for path in ("day", "trends", "sources", "summary", "raw"):
        world.anyone.get(f"/wearable/{path}").failed("unauthorized")
    world.anyone.post(INGEST, batch(1)).failed("unauthorized")


def test_a_change_leaves_its_audit_row(world: World, ada: Client) -> None:
    ada.post(INGEST, batch(heart("h", MORNING))).went(201)
    (event,) = world.audit("wearable.ingest")
    assert event["user_id"] == ada.id
    assert event["context"]["accepted"] == 1
