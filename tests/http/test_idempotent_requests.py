"""Idempotency keys over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support_http import PASSWORD, Client, Reply, World, form, settings_for

ENTRY = {"date": "2024-06-01", "activity": "Running", "value": 1}
ACTIVITY = {"name": "Reading", "category": "Mind", "frequency_per_day": 1, "frequency_per_week": 7}
BATCH = {
    "source_app": "app",
    "device_id": "watch",
    "tz": "UTC",
    "records": [
        {
            "type": "steps",
            "start": "2024-06-01T10:00:00Z",
            "end": "2024-06-01T11:00:00Z",
            "fields": {"count": 5},
            "dedupe_key": "k",
        }
    ],
}
CSV = "date,activity,value\n2024-06-01,Running,1\n"

ASKED: dict[str, Callable[[Client], Reply]] = {
    "/add_entry": lambda one: one.post("/add_entry", ENTRY),
    "/add_activity": lambda one: one.post("/add_activity", ACTIVITY),
    "/finalize_day": lambda one: one.post("/finalize_day", {}),
    "/import_csv": lambda one: one.upload(CSV),
    "/ingest/wearable/batch": lambda one: one.post("/ingest/wearable/batch", BATCH),
}
CHANGED: dict[str, Callable[[Client], Reply]] = {
    "PUT /activities/1": lambda one: one.put("/activities/1", {"description": "changed"}),
    "PATCH /activities/1/deactivate": lambda one: one.patch("/activities/1/deactivate"),
    "PATCH /activities/2/activate": lambda one: one.patch("/activities/2/activate"),
    "DELETE /activities/2": lambda one: one.delete("/activities/2"),
    "DELETE /entries/1": lambda one: one.delete("/entries/1"),
    "PATCH /wearable/sources/1": lambda one: one.patch("/wearable/sources/1", {"priority": 0}),
    "DELETE /wearable/sources/1": lambda one: one.delete("/wearable/sources/1"),
    "DELETE /users/2": lambda one: one.delete("/users/2"),
}
HEADERS = ["Idempotency-Key", "X-Idempotency-Key"]


def keyed(person: Client, key: str = "key", header: str = "Idempotency-Key") -> Client:
    return person.with_headers(**{header: key})


def replayed(reply: Reply) -> bool:
    header = reply.header("idempotency-replayed")
    assert header in {None, "true"}
    return header is not None


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("path", ASKED)
def test_a_repeat_gets_the_first_answer_and_has_no_second_effect(ada: Client, path: str, header: str) -> None:
    ada.add_activity("Walking").went(201)
    first = ASKED[path](keyed(ada, header=header))
    before = (ada.world.audit(), ada.get("/entries").json, ada.get("/activities").json)
    second = ASKED[path](keyed(ada, header=header))
    assert (second.status, second.body) == (first.status, first.body)
    assert (replayed(first), replayed(second)) == (False, True)
    assert second.header("content-type") == first.header("content-type")
    assert second.header("x-request-id") != first.header("x-request-id")
    assert (ada.world.audit(), ada.get("/entries").json, ada.get("/activities").json) == before


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("change", CHANGED)
def test_a_change_by_any_method_has_one_effect_under_a_key(
    ada: Client, ben: Client, change: str, header: str
) -> None:
    ada.add_activity("Walking").went(201)
    ada.add_activity("Inactive").went(201)
    ada.patch("/activities/2/deactivate").went(200)
    ada.add_entry("Walking").went(201)
    ada.post("/ingest/wearable/batch", BATCH).went(201)
    first = CHANGED[change](keyed(ada, header=header)).went(200)
    before = ada.world.audit()
    second = CHANGED[change](keyed(ada, header=header))
    assert (second.status, second.body) == (first.status, first.body)
    assert (replayed(first), replayed(second)) == (False, True)
    assert ada.world.audit() == before
    keyed(ada).post("/add_entry", ENTRY).failed("idempotency_mismatch")
    assert ben.id == 2


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_key_that_is_none_is_refused_in_any_method(ada: Client, method: str) -> None:
    ada.add_activity("Walking").went(201)
    path = "/activities/1/deactivate" if method == "PATCH" else "/activities/1"
    asked = {"description": "changed"} if method == "PUT" else {}
    keyed(ada, "two words").ask(method, path, asked).failed("invalid_input")
    assert ada.activity("Walking")["active"] == 1


def test_what_ends_the_session_is_not_repeated_under_a_key(ada: Client, ben: Client) -> None:
    assert not replayed(keyed(ada).post("/logout").went(200))
    keyed(ada).post("/logout").failed("unauthorized")
    keyed(ada).delete("/user").failed("unauthorized")
    ben.get("/user").went(200)


def test_a_deleted_account_whose_answer_was_lost_is_told_deleted_under_a_key_alone(
    ada: Client, ben: Client
) -> None:
    keyed(ben, "used").post("/add_entry", ENTRY).went(201)
    keyed(ben, "used").delete("/user").failed("idempotency_mismatch")
    first = keyed(ben).delete("/user").went(200)
    before = ada.world.audit()
    again = keyed(ben).delete("/user").went(200)
    assert (again.body, replayed(first), replayed(again)) == (first.body, False, True)
    ben.delete("/user").failed("unauthorized")
    keyed(ben).get("/user").failed("unauthorized")
    keyed(ben).post("/add_entry", ENTRY).failed("unauthorized")
    keyed(ben.with_headers(Authorization="Bearer x.y.z")).delete("/user").failed("unauthorized")
    assert ada.world.audit() == before
    ada.world.clock.advance(hours=2)
    keyed(ben).delete("/user").failed("token_expired")


def test_parallel_deletions_of_one_account_under_one_key_are_all_told_its_success(
    ada: Client, ben: Client
) -> None:
    replies = ada.world.together(keyed(ben).asking("DELETE", "/user") for _ in range(20))
    assert {reply.status for reply in replies} == {200}
    assert [replayed(reply) for reply in replies].count(False) == 1


def test_without_a_key_one_of_parallel_deletions_is_told_its_success(ada: Client, ben: Client) -> None:
    replies = ada.world.together(ben.asking("DELETE", "/user") for _ in range(20))
    assert sorted(reply.status for reply in replies) == [200] + [401] * 19


def test_a_changed_name_with_a_current_password_is_answered_again(ada: Client) -> None:
    said = {"display_name": "Ada L.", "current_password": PASSWORD}
    first = keyed(ada).patch("/user", said).went(200)
    again = keyed(ada).patch("/user", said).went(200)
    assert (again.body, replayed(again)) == (first.body, True)


def test_a_deletion_by_cookie_is_answered_again_to_the_page_alone(ada: Client) -> None:
    ada.world.person("ben")
    said = {"username": "ben", "password": PASSWORD, "cookie": True}
    login = ada.world.anyone.post("/login", said).went(200).json
    page = keyed(ada.world.anyone.with_headers(Cookie=f"mosaic_session={login['access_token']}"))
    own = page.with_headers(X_CSRF_Token=login["csrf_token"])
    own.delete("/user").went(200)
    page.delete("/user").failed("invalid_csrf")
    assert replayed(own.delete("/user").went(200))


def test_a_changed_password_is_answered_again_to_whoever_knows_it(ada: Client) -> None:
    said = {"password": "a new password", "current_password": PASSWORD}
    first = keyed(ada).patch("/user", said).went(200)
    again = keyed(ada).patch("/user", said).went(200)
    assert replayed(again)
    assert again.body == first.body
    keyed(ada).patch("/user", {**said, "password": "another one"}).failed("idempotency_mismatch")
    keyed(ada).patch("/user", {"display_name": "Ada"}).failed("idempotency_mismatch")
    ada.world.anyone.logged_in("ada", "a new password")


def test_a_record_has_nothing_of_a_password(ada: Client, ben: Client) -> None:
    for person, password in ((ada, "a new password"), (ben, "quite another one")):
        keyed(person).patch("/user", {"password": password}).went(200)
    with ada.world.mosaic.store.read() as unit:
        records = [unit.idempotency.find(person.id, "key") for person in (ada, ben)]
    assert len({record and record.fingerprint for record in records}) == 1


def test_a_deletion_whose_answer_was_lost_is_answered_again(ada: Client) -> None:
    entry = ada.add_entry(value=1).went(201).json["entry"]["id"]
    assert not replayed(keyed(ada).delete(f"/entries/{entry}").went(200))
    assert replayed(keyed(ada).delete(f"/entries/{entry}").went(200))
    ada.delete(f"/entries/{entry}").failed("not_found")


def test_both_headers_name_the_same_keys(ada: Client) -> None:
    keyed(ada, header="Idempotency-Key").post("/add_entry", ENTRY).went(201)
    assert replayed(keyed(ada, header="X-Idempotency-Key").post("/add_entry", ENTRY).went(201))


def test_without_a_key_every_request_counts(ada: Client) -> None:
    ada.post("/add_entry", ENTRY).went(201)
    assert not replayed(ada.post("/add_entry", ENTRY).went(200))


def test_a_replay_tells_what_was_said_then_though_the_entry_changed_since(ada: Client) -> None:
    keyed(ada).post("/add_entry", ENTRY).went(201)
    ada.add_entry(value=9).went(200)
    assert replayed(keyed(ada).post("/add_entry", ENTRY).went(201))
    assert ada.get("/entries").json[0]["value"] == 9.0


def test_the_same_key_with_another_body_or_path_is_a_mismatch_and_has_no_effect(ada: Client) -> None:
    keyed(ada).post("/add_entry", ENTRY).went(201)
    keyed(ada).post("/add_entry", {**ENTRY, "value": 2}).failed("idempotency_mismatch")
    keyed(ada).post("/add_activity", ACTIVITY).failed("idempotency_mismatch")
    keyed(ada).post("/finalize_day", {}).failed("idempotency_mismatch")
    keyed(ada).upload(CSV).failed("idempotency_mismatch")
    keyed(ada).post("/ingest/wearable/batch", BATCH).failed("idempotency_mismatch")
    assert [one["value"] for one in ada.get("/entries").json] == [1.0]
    assert replayed(keyed(ada).post("/add_entry", ENTRY).went(201))


def test_keys_belong_to_their_user(ada: Client, ben: Client) -> None:
    keyed(ada).post("/add_entry", ENTRY).went(201)
    assert not replayed(keyed(ben).post("/add_entry", {**ENTRY, "value": 5}).went(201))
    assert ben.get("/entries").json[0]["value"] == 5.0


def test_keys_are_told_apart_by_every_character(ada: Client) -> None:
    keyed(ada, "Key").post("/add_entry", ENTRY).went(201)
    assert not replayed(keyed(ada, "key").post("/add_entry", ENTRY).went(200))


def test_a_request_that_failed_is_not_kept(ada: Client) -> None:
    keyed(ada).post("/add_entry", {"date": "2024-06-01"}).failed("invalid_input")
    keyed(ada).post("/add_entry", ENTRY).went(201)
    ada.post("/add_activity", ACTIVITY).went(201)
    keyed(ada, "other").post("/add_activity", ACTIVITY).failed("conflict")
    ada.patch("/activities/2/deactivate").went(200)
    ada.delete("/activities/2").went(200)
    assert not replayed(keyed(ada, "other").post("/add_activity", ACTIVITY).went(201))


def test_a_refused_file_is_not_kept(ada: Client) -> None:
    keyed(ada).upload("no header").failed("invalid_input")
    keyed(ada).upload(CSV).went(200)


def test_of_an_upload_the_files_bytes_count_and_not_the_multipart_frame(ada: Client) -> None:
    keyed(ada).upload(CSV, boundary="one").went(200)
    assert replayed(keyed(ada).upload(CSV, boundary="another").went(200))
    body, sent = form(CSV)
    renamed = body.replace(b"days.csv", b"renamed.csv").replace(b"text/csv", b"text/plain")
    reply = keyed(ada).ask("POST", "/import_csv", body=[renamed[:99], renamed[99:]], headers=sent)
    assert replayed(reply.went(200))
    keyed(ada).upload(CSV + " ").failed("idempotency_mismatch")


def test_a_record_counts_for_24_hours(ada: Client) -> None:
    clock = ada.world.clock
    keyed(ada).post("/add_entry", ENTRY).went(201)
    clock.advance(hours=23, minutes=59)
    ada = ada.world.anyone.logged_in("ada")
    assert replayed(keyed(ada).post("/add_entry", ENTRY).went(201))
    clock.advance(minutes=1)
    assert not replayed(keyed(ada).post("/add_entry", ENTRY).went(200))
    assert replayed(keyed(ada).post("/add_entry", ENTRY).went(200))


def test_tidying_forgets_old_records_and_keeps_young_ones(ada: Client) -> None:
    keyed(ada, "old").post("/add_entry", ENTRY).went(201)
    ada.world.clock.advance(hours=23)
    ada = ada.world.anyone.logged_in("ada")
    keyed(ada, "young").post("/add_entry", ENTRY).went(200)
    ada.world.clock.advance(minutes=59)
    ada.world.mosaic.tidy()
    assert replayed(keyed(ada, "old").post("/add_entry", ENTRY))
    assert replayed(keyed(ada, "young").post("/add_entry", ENTRY))


@pytest.mark.parametrize("key", ["", " ", "two words", "k" * 256, "\xe9", "tab\tbed", "\x7f"])
@pytest.mark.parametrize("path", ASKED)
def test_a_key_that_is_none_is_refused_and_nothing_happens(ada: Client, path: str, key: str) -> None:
    before = ada.get("/activities").json
    ASKED[path](keyed(ada, key)).failed("invalid_input")
    assert ada.get("/activities").json == before
    assert ada.get("/entries").json == []


@pytest.mark.parametrize("key", ["k", "k" * 255, "!~", "550e8400-e29b-41d4-a716-446655440000"])
def test_a_key_of_1_to_255_visible_characters_is_taken(ada: Client, key: str) -> None:
    keyed(ada, key).post("/add_entry", ENTRY).went(201)
    assert replayed(keyed(ada, key).post("/add_entry", ENTRY))


@pytest.mark.parametrize("path", ["/add_entry", "/finalize_day", "/import_csv", "/add_activity"])
def test_50_parallel_requests_with_one_key_have_one_effect(ada: Client, path: str) -> None:
    ada.add_activity("Walking").went(201)
    before = len(ada.world.audit())
    asked = keyed(ada)
    said: dict[str, Any] = {"/add_entry": ENTRY, "/finalize_day": {}, "/add_activity": ACTIVITY}
    body, sent = form(CSV)
    replies = ada.world.together(
        asked.asking("POST", path, body=body, headers=sent)
        if path == "/import_csv"
        else asked.asking("POST", path, said[path])
        for _ in range(50)
    )
    answered = [one for one in replies if one.status != 409]
    assert len({(one.status, one.body) for one in answered}) == 1
    assert [replayed(one) for one in answered].count(False) == 1
    assert len(ada.world.audit()) <= before + 1
    assert len(ada.get("/entries").json) == (path != "/add_activity")


def test_50_parallel_requests_with_keys_of_their_own_all_count(ada: Client) -> None:
    replies = ada.world.together(
        keyed(ada, f"key-{n}").asking("POST", "/add_entry", {**ENTRY, "activity": f"a{n % 25}"})
        for n in range(50)
    )
    assert sorted(reply.status for reply in replies) == [200] * 25 + [201] * 25
    assert len(ada.get("/entries").json) == 25


def test_a_record_survives_a_restart(tmp_path: Path) -> None:
    first = World(settings_for("sqlite", tmp_path))
    keyed(first.person("ada")).post("/add_entry", ENTRY).went(201)
    first.close()
    second = World(settings_for("sqlite", tmp_path))
    ada = second.anyone.logged_in("ada")
    assert replayed(keyed(ada).post("/add_entry", ENTRY).went(201))
    second.close()


def test_a_key_of_a_deleted_user_is_nobodys(ada: Client, ben: Client) -> None:
    keyed(ben).post("/add_entry", ENTRY).went(201)
    ben.delete("/user").went(200)
    again = ada.world.person("ben")
    assert not replayed(keyed(again).post("/add_entry", ENTRY).went(201))


def test_what_is_kept_of_a_long_list_is_bounded_and_the_repeat_says_the_same(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mosaic_http.replays.MOST_LISTED", 1_000)
    rows = "date,activity,value\n" + "".join(f"x,Running {number},1\n" for number in range(100))
    whole = ada.upload(rows).went(200).json["summary"]
    assert (len(whole["details"]), "details_left_out" in whole) == (100, False)
    first = ada.upload(rows, headers={"Idempotency-Key": "k"}).went(200)
    summary = first.json["summary"]
    assert summary["details"] == whole["details"][: len(summary["details"])]
    assert 0 < len(summary["details"]) == 100 - summary["details_left_out"]
    assert len(first.body) < 1_300
    assert ada.upload(rows, headers={"Idempotency-Key": "k"}).went(200).body == first.body


def test_what_is_kept_of_a_batchs_errors_is_bounded(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_http.replays.MOST_LISTED", 1_000)
    told = {**BATCH, "records": [1] * 100}
    first = ada.post("/ingest/wearable/batch", told, headers={"Idempotency-Key": "k"}).went(200)
    assert 0 < len(first.json["errors"]) < first.json["error_count"] == 100
    assert len(ada.post("/ingest/wearable/batch", told).went(200).json["errors"]) == 100
