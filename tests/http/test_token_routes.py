"""Personal access tokens over HTTP."""

import hashlib
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.tokens.model import MOST_TOKENS
from support_http import Client, Serve, World

FIELDS = {"id", "name", "scopes", "created_at", "last_used_at", "expires_at"}
SOON = "2024-06-01T13:00:00Z"


def created(person: Client, *scopes: str, **said: object) -> dict[str, Any]:
    """Make a token that reads, unless other scopes are given."""
    said = {"name": "watch", "scopes": scopes or ["read"], **said}
    made: dict[str, Any] = person.post("/tokens", said).went(201).json
    return made


def presenting(person: Client, token: str) -> Client:
    return evolve(person, headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_told_once_and_listed_without_it(ada: Client) -> None:
    made = created(ada, "read", "ingest", name="Uhr ⌚")
    assert set(made) == FIELDS | {"token"}
    assert re.fullmatch(r"mos_1_[A-Za-z0-9_-]{43}", made.pop("token"))
    assert made == {
        "id": 1,
        "name": "Uhr ⌚",
        "scopes": ["read", "ingest"],
        "created_at": "2024-06-01T12:00:00Z",
        "last_used_at": None,
        "expires_at": None,
    }
    assert ada.get("/tokens").went(200).json == [made]


def test_tokens_are_their_owners_alone(ada: Client, ben: Client) -> None:
    made = created(ada)
    assert ben.get("/tokens").json == []
    ben.delete(f"/tokens/{made['id']}").failed("not_found")
    ada.delete("/tokens/999").failed("not_found")
    presenting(ada, made["token"]).get("/today").went(200)


def test_a_deleted_token_stops_at_once_and_the_others_go_on(ada: Client) -> None:
    first, second = created(ada), created(ada)
    for one in (first, second):
        presenting(ada, one["token"]).get("/today").went(200)
    ada.delete(f"/tokens/{first['id']}").went(200)
    presenting(ada, first["token"]).get("/today").failed("unauthorized")
    presenting(ada, second["token"]).get("/today").went(200)
    assert [one["id"] for one in ada.get("/tokens").json] == [second["id"]]


def test_a_token_ends_at_its_time_and_not_before(ada: Client) -> None:
    token = presenting(ada, created(ada, expires_at=SOON)["token"])
    token.get("/today").went(200)
    ada.world.clock.advance(seconds=3599)
    token.get("/today").went(200)
    ada.world.clock.advance(seconds=1)
    token.get("/today").failed("token_expired")
    (listed,) = ada.world.anyone.logged_in("ada").get("/tokens").json
    assert listed["expires_at"] == SOON


def test_a_token_without_an_end_outlives_every_login(ada: Client) -> None:
    token = presenting(ada, created(ada)["token"])
    ada.world.clock.advance(days=3650)
    token.get("/today").went(200)
    ada.get("/today").failed("token_expired")


@pytest.mark.parametrize("change", ["own", "command line"])
def test_a_new_password_ends_all_tokens_of_its_owner(ada: Client, ben: Client, change: str) -> None:
    adas, bens = presenting(ada, created(ada)["token"]), presenting(ben, created(ben)["token"])
    adas.get("/today").went(200)
    if change == "own":
        ada.patch("/user", {"password": "another password"}).went(200)
    else:
        ada.world.mosaic.accounts.set_password("ada", "another password")
    adas.get("/today").failed("unauthorized")
    bens.get("/today").went(200)
    assert ada.world.anyone.logged_in("ada", "another password").get("/tokens").json == []


def test_a_deleted_users_token_stops_at_once(ada: Client, ben: Client) -> None:
    token = presenting(ben, created(ben)["token"])
    token.get("/today").went(200)
    ada.delete(f"/users/{ben.id}").went(200)
    token.get("/today").failed("unauthorized")


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"name": "n" * 81},
        {"name": "two\nlines"},
        {"name": None},
        {"scopes": []},
        {"scopes": ["read", "read"]},
        {"scopes": ["everything"]},
        {"scopes": ["login"]},
        {"scopes": "read"},
        {"scopes": None},
        {"expires_at": "2024-06-01T12:00:00Z"},
        {"expires_at": "2024-06-01T13:59:00+02:00"},
        {"expires_at": "2030-01-01"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": "0001-01-01T00:00:00+14:00"},
        {"expires_at": "soon"},
        {"expires_at": 1900000000},
        {"token": "mos_1_mine"},
    ],
)
def test_a_wrong_token_is_refused_and_none_is_made(ada: Client, said: dict[str, object]) -> None:
    ada.post("/tokens", {"name": "watch", "scopes": ["read"], **said}).failed("invalid_input")
    assert ada.get("/tokens").json == []


def test_no_end_may_be_said_as_null_and_any_offset_is_taken(ada: Client) -> None:
    assert created(ada, expires_at=None)["expires_at"] is None
    assert created(ada, expires_at="2024-06-01T15:30:00+02:30")["expires_at"] == SOON


def test_only_an_administrator_makes_a_token_for_administrators_calls(ada: Client, ben: Client) -> None:
    ben.post("/tokens", {"name": "watch", "scopes": ["admin"]}).failed("forbidden")
    presenting(ada, created(ada, "admin")["token"]).get("/users").went(200)


def test_so_many_tokens_one_person_has_and_no_more(ada: Client, ben: Client) -> None:
    made = [created(ada) for _ in range(MOST_TOKENS)]
    refused = ada.post("/tokens", {"name": "one more", "scopes": ["read"]}).failed("invalid_state")
    assert refused.details == {"max_tokens": MOST_TOKENS}
    created(ben)
    ada.delete(f"/tokens/{made[0]['id']}").went(200)
    created(ada)


@pytest.mark.parametrize(
    "token",
    [
        "mos_",
        "mos_1",
        "mos_1_",
        "mos_1_wrong",
        "mos_x_wrong",
        "mos_2_{secret}",
        "mos_01_{secret}",
        "MOS_1_{secret}",
        "mos_1_{secret}x",
        "mos_1_{secret} ",
        "mos_" + "9" * 400 + "_{secret}",
        "mos_1_\xff\xfe",
        "mos_1_" + "x" * 5000,
    ],
)
def test_what_is_no_token_of_ours_is_refused(ada: Client, token: str) -> None:
    secret = created(ada)["token"].removeprefix("mos_1_")
    presented = token.replace("{secret}", secret)
    expected = 200 if presented.strip() == f"mos_1_{secret}" else 401  # blanks around a header do not count
    assert presenting(ada, presented).get("/today").status == expected


def test_a_cookie_holds_no_personal_access_token(ada: Client) -> None:
    made = created(ada, "read", "write")
    by_cookie = evolve(ada, headers={"Cookie": f"mosaic_session={made['token']}"})
    by_cookie.get("/today").failed("unauthorized")
    by_cookie.post("/finalize_day", {}, headers={"X-CSRF-Token": ""}).failed("unauthorized")


def test_making_and_ending_a_token_is_audited_without_it(ada: Client) -> None:
    made = created(ada)
    ada.delete(f"/tokens/{made['id']}").went(200)
    for event in ("token.create", "token.delete"):
        (row,) = ada.world.audit(event)
        assert row["user_id"] == ada.id
        assert row["context"] == {"token_id": made["id"], "name": "watch", "scopes": ["read"]}


def test_the_last_use_is_told_once_the_server_has_stored_it_and_no_request_writes_it(ada: Client) -> None:
    world = ada.world
    token = presenting(ada, created(ada)["token"])
    for _ in range(3):
        token.get("/today").went(200)
        world.clock.advance(seconds=30)
    assert ada.get("/tokens").json[0]["last_used_at"] is None
    world.mosaic.sessions.write_uses()
    assert ada.get("/tokens").json[0]["last_used_at"] == "2024-06-01T12:01:00Z"


def everything_kept(world: World, folder: Path, log: pytest.LogCaptureFixture) -> bytes:
    """Return all that is in files, in backups too, in logs and in the audit."""
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for path in folder.rglob("backup-*.zip"):
        with zipfile.ZipFile(path) as packed:
            files += b"".join(map(packed.read, packed.namelist()))
    return files + log.text.encode() + str(world.log.lines).encode() + str(world.audit()).encode()


def test_a_token_is_in_no_file_log_error_or_audit_row(
    serve: Serve, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        world = serve()
        ada = world.person("ada")
        made = created(ada, "read", "admin")
        token = presenting(ada, made["token"])
        replies = [
            token.get("/today"),
            token.add_entry(),
            token.post("/tokens", {"name": made["token"] + "x" * 80, "scopes": ["read"]}),
            presenting(ada, made["token"] + "x").get("/today"),
            evolve(ada, headers={"Cookie": f"mosaic_session={made['token']}"}).get("/today"),
            token.post("/backup/run"),
            token.get("/logs/activity"),
            token.get("/users"),
        ]
        world.mosaic.sessions.write_uses()
        kept = everything_kept(world, folder, caplog)
    assert not any(made["token"] in reply.text for reply in replies)
    secret = made["token"].removeprefix("mos_1_").encode()
    assert secret not in kept
    assert b"watch" in kept
    with world.mosaic.store.read() as unit:
        (stored,) = unit.tokens.of(ada.id)
    assert stored.hash == hashlib.sha256(made["token"].encode()).hexdigest()
    assert stored.hash not in repr(stored)


def test_a_tokens_calls_are_counted_with_its_owners(serve: Serve) -> None:
    ada = serve(rate_limits={"add_entry": (2, 60)}).person("ada")
    token = presenting(ada, created(ada, "write")["token"])
    token.add_entry("a").went(201)
    ada.add_entry("b").went(201)
    token.add_entry("c").failed("too_many_requests")
