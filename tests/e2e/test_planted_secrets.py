"""Secrets that come in by every way are found nowhere afterwards."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from support_server import Client, Server, Start, connected

PASSWORD = "pass-word-Kolibri-7141"
NEW_PASSWORD = "new-word-Zeisig-2203"
WRONG_PASSWORD = "wrong-word-Amsel-9917"
API_KEY = "api-key-Wiedehopf-5520"
WRONG_KEY = "wrong-key-Pirol-3306"
CAMERA_PASSWORD = "camera-Gimpel-4408"
FORGED = "eyJhbGciOiJIUzI1NiJ9.forged-Stieglitz-6119.sig"
JWT_SECRET = "signing-secret-Bachstelze-8802-of-the-tests"

CAMERA = f"rtsp://admin:{CAMERA_PASSWORD}@camera.example/1"


def test_planted_secrets_are_in_no_log_no_answer_and_no_file(start: Start) -> None:
    server = start(api_key=API_KEY, jwt_secret=JWT_SECRET, log_level="debug", workers=1)
    anyone = Client(server.port, {"X-API-Key": API_KEY})
    person = anyone.registered("person", PASSWORD)
    secrets = [
        PASSWORD,
        NEW_PASSWORD,
        WRONG_PASSWORD,
        API_KEY,
        WRONG_KEY,
        CAMERA_PASSWORD,
        FORGED,
        JWT_SECRET,
    ]
    secrets += [person.token, anyone.logged_in("person", PASSWORD).token]
    answers = [
        *with_passwords(anyone, person),
        *with_keys_and_tokens(server, person),
        *with_camera_credentials(person),
        *with_no_http(server, person),
    ]
    person.patch("/user", {"password": NEW_PASSWORD, "current_password": PASSWORD}).went(200)
    admin = anyone.logged_in("person", NEW_PASSWORD)
    secrets += [admin.token]
    answers += [admin.get(f"/logs/activity?limit=500&{more}").body for more in ("", "level=warning")]
    answers += [admin.get(path).went(200).body for path in ("/logs/runtime", "/metrics")]
    admin.post("/logout").went(200)
    server.stop()
    for secret in secrets:
        for written in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1]):
            for answer in answers:
                assert written.encode() not in answer
            for file in files(server.folder):
                assert written.encode() not in file.read_bytes(), (secret, file)


def with_passwords(anyone: Client, person: Client) -> Iterator[bytes]:
    """Passwords where they belong, where they do not, and beside mistakes."""
    for path in ("/login", "/register"):
        for body in (
            {"username": "person", "password": WRONG_PASSWORD},
            {"username": "nobody", "password": WRONG_PASSWORD, "more": WRONG_PASSWORD},
            {"username": "person", "password": [WRONG_PASSWORD]},
            {"username": {"name": WRONG_PASSWORD}, "password": WRONG_PASSWORD},
            {"password": WRONG_PASSWORD},
            [WRONG_PASSWORD],
            WRONG_PASSWORD,
        ):
            yield anyone.post(path, body).body
        yield anyone.ask("POST", path, body=f'{{"password": "{WRONG_PASSWORD}'.encode()).body
        yield anyone.ask(
            "POST", path, body=WRONG_PASSWORD.encode(), headers={"Content-Type": "text/plain"}
        ).body
    yield person.patch("/user", {"password": NEW_PASSWORD, "current_password": WRONG_PASSWORD}).body
    yield person.patch("/user", {"password": NEW_PASSWORD, "timezone": WRONG_PASSWORD}).body
    yield person.patch("/user", {"pass": NEW_PASSWORD}).body


def with_keys_and_tokens(server: Server, person: Client) -> Iterator[bytes]:
    """Right and wrong keys and tokens in headers, cookies, queries and paths."""
    for headers in (
        {"X-API-Key": WRONG_KEY},
        {"X-API-Key": API_KEY, "Authorization": f"Bearer {FORGED}"},
        {"X-API-Key": API_KEY, "Authorization": f"Basic {WRONG_PASSWORD}"},
        {"X-API-Key": API_KEY, "Cookie": f"mosaic_session={FORGED}"},
        {"X-API-Key": API_KEY, "Cookie": f"mosaic_session={person.token}", "X-CSRF-Token": WRONG_KEY},
    ):
        for method in ("GET", "POST", "PUT"):
            yield Client(server.port, headers).ask(method, "/activities").body
            yield Client(server.port, headers).ask(method, "/add_entry").body
    for secret in (API_KEY, person.token, PASSWORD):
        for target in (
            f"/today?token={secret}",
            f"/today?date={secret}",
            f"/entries?limit={secret}",
            f"/{secret}",
        ):
            yield person.get(target).body
        yield person.delete(f"/entries/{secret}").body
        yield person.get(f"/logs/activity?start={secret}").body
        yield person.post("/logout/" + secret).body


def with_camera_credentials(person: Client) -> Iterator[bytes]:
    """A camera's credentials in the queries of paths known and unknown."""
    query = f"url={quote(CAMERA, safe='')}&username=admin&password={CAMERA_PASSWORD}"
    for path in (
        "/api/stream-proxy",
        "/api/stream-proxies",
        "/today",
        "/entries",
        "/healthz",
        "/stats/progress",
    ):
        yield person.get(f"{path}?{query}").body
    yield person.get(f"/today?date={quote(CAMERA, safe='')}").body


def with_no_http(server: Server, person: Client) -> Iterator[bytes]:
    """Secrets in what is no request, and in a request whose sender leaves."""
    for sent in (f"{person.token}\r\n\r\n", f"GET /{WRONG_KEY} HTTP/9.9\r\nX-API-Key: {API_KEY}\r\n\r\n"):
        with closing(connected(server.port, sent.encode())) as connection, suppress(ConnectionResetError):
            yield connection.recv(2**16)
    head = "POST /login HTTP/1.1\r\nHost: m\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"
    with closing(connected(server.port, (head + PASSWORD).encode())) as connection:
        connection.shutdown(socket.SHUT_RDWR)


def files(folder: Path) -> list[Path]:
    """Return the log, the data, and whatever else lies in the server's folder."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in found} >= {"stdout", "stderr", "mosaic.db"}
    return found
