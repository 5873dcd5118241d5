"""Imports of other trackers' files over HTTP."""

from typing import Any

import pytest
from attrs import evolve

import tracker_files
from mosaic_core.lanes import Lane
from mosaic_http.app import create_app
from support_http import Client, Reply, Serve
from support_lanes import RecordingLanes
from tracker_files import FILES

BOUNDARY = "frontier"


def multipart(content: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """Return a form with a file and fields, and its content type."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="loop.db"\r\n\r\n'.encode()
    body = b"".join([*parts, head, content, f"\r\n--{BOUNDARY}--\r\n".encode()])
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def send(person: Client, content: bytes, headers: dict[str, str] | None = None, **fields: str) -> Reply:
    body, sent = multipart(content, **fields)
    return person.ask("POST", "/imports", body=body, headers={**sent, **(headers or {})})


def everything(person: Client) -> list[Any]:
    paths = ("/entries", "/activities?all=true", "/pauses", "/wearable/sources", "/agenda?date=2024-01-05")
    return [person.get(path).json for path in paths]


@pytest.mark.parametrize("name", ["loop-db", "loop-csv", "habitbull", "beaverhabits", "mosaic-json"])
def test_a_file_is_brought_in_once(ada: Client, name: str) -> None:
    content = FILES[name][1]()
    before = everything(ada)
    foretold = send(ada, content, dry_run="true").went(200).json
    assert everything(ada) == before
    done = send(ada, content).went(201).json
    assert foretold.pop("dry_run") is True
    assert done.pop("dry_run") is False
    assert foretold == done
    assert set(done) == {"format", "activities", "entries", "wearables", "details"}
    assert done["format"] == name
    assert done["entries"]["created"] > 0
    after = everything(ada)
    again = send(ada, content).went(201).json
    assert again["entries"] == {"created": 0, "updated": 0, "skipped": 0}
    assert again["activities"] == {"created": 0, "updated": 0}
    assert everything(ada) == after


def test_an_import_is_seen_in_the_agenda_and_tells_the_fate_of_every_row(ada: Client) -> None:
    details = send(ada, tracker_files.loop_db()).went(201).json["details"]
    assert details[0] == {
        "part": "Habits", "row": 1, "date": "", "activity": "Run", "status": "created",
    }  # fmt: skip
    assert {one["status"] for one in details} == {"created", "paused"}
    agenda = ada.get("/agenda?date=2024-01-04").went(200).json
    (run,) = [one for one in agenda["items"] if one["name"] == "Run"]
    assert (run["state"], run["schedule"]) == ("paused", {"kind": "times", "times": 3, "per": "week"})


def test_the_format_can_be_said_and_what_a_person_gave_overwritten(ada: Client) -> None:
    send(ada, tracker_files.iso_habitbull(), format="habitbull").went(201)
    ada.add_entry("Push-ups", "2024-01-01", value=99).went(200)
    kept = send(ada, tracker_files.iso_habitbull()).went(201).json
    assert kept["entries"] == {"created": 0, "updated": 0, "skipped": 1}
    assert "overwrites" in next(one["reason"] for one in kept["details"] if one["status"] == "skipped")
    replaced = send(ada, tracker_files.iso_habitbull(), overwrite="true").went(201).json
    assert replaced["entries"] == {"created": 0, "updated": 1, "skipped": 0}


@pytest.mark.parametrize(
    ("content", "fields", "told"),
    [
        (b"once upon a time", {}, "of no known format"),
        (tracker_files.loop_db(), {"format": "loop"}, "no format 'loop'"),
        (tracker_files.loop_db(), {"dry_run": "perhaps"}, "dry_run must be true or false"),
        (tracker_files.loop_db()[:5_000], {}, "database"),
        (tracker_files.loop_csv()[:200], {}, "no end"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_and_changes_nothing(
    ada: Client, content: bytes, fields: dict[str, str], told: str
) -> None:
    before = everything(ada)
    failure = send(ada, content, None, **fields).failed("invalid_input")
    assert told in failure.message
    assert everything(ada) == before
    assert len(ada.world.audit("import.file_failed")) == 1


def test_an_unknown_file_is_told_the_formats_that_there_are(ada: Client) -> None:
    details = send(ada, b"once upon a time").failed("invalid_input").details
    assert {"loop-db", "habitbull", "mosaic-csv"} <= set(details["formats"])


def test_a_form_without_a_file_is_refused(ada: Client) -> None:
    body, sent = multipart(b"")
    body = body.replace(b'name="file"', b'name="other"')
    ada.ask("POST", "/imports", body=body, headers=sent).failed("missing_file")


def test_a_mistyped_field_is_refused_before_anything_is_brought_in(ada: Client) -> None:
    before = everything(ada)
    failure = send(ada, tracker_files.loop_db(), None, dryrun="true").failed("invalid_input")
    assert failure.details == {"fields": ["dryrun"]}
    assert everything(ada) == before
    body, sent = multipart(b"date,activity\n2024-01-01,Run\n", dry_run="true")
    failure = ada.ask("POST", "/import_csv", body=body, headers=sent).failed("invalid_input")
    assert failure.details == {"fields": ["dry_run"]}
    assert everything(ada) == before
    paths = ada.get("/openapi.json").json["paths"]
    for path in ("/imports", "/import_csv"):
        form = paths[path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert form["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "is_heavy"), [("loop-db", True), ("loop-csv", True), ("beaverhabits", False)]
)
def test_small_databases_and_archives_are_read_where_work_may_be_heavy(
    ada: Client, name: str, *, is_heavy: bool
) -> None:
    world = ada.world
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    send(ada, FILES[name][1](), dry_run="true").went(200)
    assert (Lane.HEAVY in lanes.ran) is is_heavy


def test_half_a_character_in_a_file_spoils_no_answer(ada: Client) -> None:
    told = send(ada, b'{"tasks": {"todos": [{"text": "q\\ud800"}]}}').went(201).json
    assert told["details"][0]["activity"] == "q?"


def test_an_import_is_audited(ada: Client) -> None:
    send(ada, tracker_files.loop_db()).went(201)
    (event,) = ada.world.audit("import.file")
    assert event["context"] == {
        "filename": "loop.db", "created": 5, "updated": 0, "skipped": 0, "format": "loop-db", "accepted": 0,
    }  # fmt: skip


def test_under_a_key_a_file_comes_in_once_and_is_told_from_others(ada: Client) -> None:
    key = {"Idempotency-Key": "one"}
    first = send(ada, tracker_files.loop_db(), key).went(201)
    again = send(ada, tracker_files.loop_db(), key).went(201)
    assert again.json == first.json
    assert again.header("idempotency-replayed") == "true"
    send(ada, tracker_files.loop_db(), key, overwrite="true").failed("idempotency_mismatch")


def test_an_answer_that_is_kept_leaves_details_out_and_says_how_many(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_http.replays.MOST_LISTED", 300)
    told = send(ada, tracker_files.loop_db(), {"Idempotency-Key": "one"}).went(201).json
    assert told["details_left_out"] > 0


def test_imports_are_limited_as_those_of_tables_are(serve: Serve) -> None:
    world = serve(rate_limits={"import_csv": (2, 300)})
    ada = world.person("ada")
    send(ada, tracker_files.loop_db()).went(201)
    ada.upload("date,activity\n").went(200)
    send(ada, tracker_files.loop_db()).failed("too_many_requests")


def test_what_one_person_imports_no_other_sees(ada: Client, ben: Client) -> None:
    send(ada, tracker_files.loop_db()).went(201)
    assert everything(ben)[:4] == [[], [], [], []]
