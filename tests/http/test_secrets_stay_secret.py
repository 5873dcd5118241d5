"""What nobody may read is planted everywhere and looked for everywhere."""

import json
import logging
from collections.abc import Iterator

import pytest
from attrs import evolve

from support_http import SECRET, Client, Reply, Serve, World

PASSWORD = "planted-password-one"
NEW_PASSWORD = "planted-password-two"
WRONG_PASSWORD = "planted-password-wrong"
KEY = "planted-api-key"
WRONG_KEY = "planted-api-key-wrong"
WRONG_TOKEN = "planted-token"
WRONG_CSRF = "planted-csrf"
CAMERA = "planted-camera"


def places(person: Client) -> list[Reply]:
    """Send secrets wherever they can be sent, rightly and wrongly."""
    anyone = person.world.anyone.with_headers(X_API_Key=KEY)
    by_cookie = evolve(person, headers={"X-API-Key": KEY, "Cookie": f"mosaic_session={person.token}"})
    json_kind = {"Content-Type": "application/json"}
    return [
        anyone.post("/register", {"username": "ada", "password": PASSWORD}),
        anyone.post("/register", {"username": "x", "password": PASSWORD}),
        anyone.post("/register", {"username": "other", "password": [PASSWORD]}),
        anyone.post("/register", {"username": "other", "password": PASSWORD, "passwort": PASSWORD}),
        anyone.post("/login", {"username": "ada", "password": WRONG_PASSWORD}),
        anyone.post("/login", {"username": "nobody", "password": WRONG_PASSWORD}),
        anyone.post("/login", {"username": "ada", "password": {"is": WRONG_PASSWORD}}),
        anyone.post("/login", {"username": "ada", "password": WRONG_PASSWORD, "cookie": WRONG_PASSWORD}),
        anyone.ask("POST", "/login", body=f'{{"password": "{WRONG_PASSWORD}'.encode(), headers=json_kind),
        anyone.ask("POST", "/login", body=f"password={WRONG_PASSWORD}".encode(), headers=json_kind),
        anyone.ask("POST", "/login", body=f"password={WRONG_PASSWORD}".encode()),
        anyone.get("/user", {"X-API-Key": WRONG_KEY}),
        anyone.get("/user", {"Authorization": f"Bearer {WRONG_TOKEN}"}),
        anyone.get("/user", {"Authorization": f"Basic {WRONG_TOKEN}"}),
        anyone.get("/user", {"Cookie": f"mosaic_session={WRONG_TOKEN}"}),
        anyone.get(f"/user?token={person.token}&api_key={KEY}&password={PASSWORD}"),
        person.get(f"/today?date={WRONG_PASSWORD}"),
        person.get(f"/entries?limit={person.token}"),
        person.get(f"/logs/activity?start={WRONG_PASSWORD}"),
        anyone.get(f"/users/{WRONG_TOKEN}"),
        anyone.get(f"/{person.token}"),
        anyone.ask("PUT", "/today", headers={"Authorization": f"Bearer {person.token}"}),
        by_cookie.post("/finalize_day", {}, {"X-CSRF-Token": WRONG_CSRF}),
        by_cookie.post("/finalize_day", {}, {"X-CSRF-Token": person.csrf}),
        by_cookie.patch("/user", {"password": NEW_PASSWORD}, {"X-CSRF-Token": person.csrf}),
        person.patch("/user", {"password": NEW_PASSWORD, "current_password": WRONG_PASSWORD}),
        person.patch("/user", {"password": "short", "current_password": WRONG_PASSWORD}),
        person.patch("/user", {"password": PASSWORD * 99}),
        person.patch("/user", {"timezone": WRONG_PASSWORD}),
        person.get(
            f"/api/stream-proxy?url=rtsp://{CAMERA}:{CAMERA}@cam.example/1&username={CAMERA}&password={CAMERA}"
        ),
        person.upload(f"{PASSWORD}\n{KEY}"),
        person.post("/add_entry", {PASSWORD[::-1]: 1, "date": "2024-06-01", "activity": "x"}),
        person.patch("/user", {"password": NEW_PASSWORD, "current_password": PASSWORD}),
        person.get("/user"),
        person.post("/logout"),
    ]


@pytest.fixture
def root_log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.fixture
def world(serve: Serve) -> World:
    return serve(api_key=KEY)


def test_no_secret_is_found_in_an_error_a_log_line_or_an_audit_row(
    world: World, root_log: pytest.LogCaptureFixture
) -> None:
    person = world.person("ada", PASSWORD, **{"X-API-Key": KEY})
    replies = places(person)
    again = world.anyone.with_headers(X_API_Key=KEY).logged_in("ada", NEW_PASSWORD)
    read = [
        again.get(target)
        for target in ("/logs/activity?limit=500", "/users", "/user", "/export/json?limit=all")
    ]
    read += [world.anyone.get("/healthz"), world.anyone.get("/")]
    texts = {
        "errors": "".join(reply.text for reply in replies if reply.status >= 400),
        "headers": str([reply.headers for reply in [*replies, *read]]),
        "answers": "".join(reply.text for reply in read),
        "request log": json.dumps(world.log.lines),
        "other logs": root_log.text,
        "audit": str(world.audit()),
        "settings": str(world.settings) + str(world.settings.shown()),
    }
    secrets = {
        PASSWORD,
        PASSWORD[::-1],
        NEW_PASSWORD,
        WRONG_PASSWORD,
        KEY,
        WRONG_TOKEN,
        WRONG_CSRF,
        CAMERA,
        person.token,
        person.token.rpartition(".")[2],
        person.csrf,
        again.token,
        again.csrf,
        SECRET.decode(),
    }
    found = {(place, secret) for place, text in texts.items() for secret in secrets if secret in text}
    # An unknown field is named back to whoever sent it, and to nobody else.
    assert found == {("errors", PASSWORD[::-1])}


def test_no_secret_is_found_in_the_data_directory_outside_its_place(serve: Serve) -> None:
    world = serve(api_key=KEY)
    person = world.person("ada", PASSWORD, **{"X-API-Key": KEY})
    places(person)
    world.close()
    for path in world.settings.data_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (
                PASSWORD,
                NEW_PASSWORD,
                WRONG_PASSWORD,
                KEY,
                WRONG_TOKEN,
                WRONG_CSRF,
                CAMERA,
                person.token,
            ):
                assert secret.encode() not in content
            assert SECRET not in content


def test_the_password_is_kept_as_a_hash_alone(world: World) -> None:
    world.person("ada", PASSWORD, **{"X-API-Key": KEY})
    with world.mosaic.store.read() as unit:
        user = unit.users.find("ada")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$")
    assert PASSWORD not in repr(user)
    assert user.password_hash not in repr(user)
