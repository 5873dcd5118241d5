"""A server in this process, and clients that speak ASGI to it."""

import asyncio
import json as jsons
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from attrs import define, evolve, field, frozen
from starlette.types import ASGIApp

from mosaic_adapters.passwords import Argon2Passwords
from mosaic_adapters.settings import Settings
from mosaic_adapters.wiring import build
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.paging import Page
from mosaic_http.app import create_app
from mosaic_http.cycle import EXTENSIONS
from support import FixedClock
from support_postgresql import UNHURRIED, the_database

PASSWORD = "correct horse battery"
ADDRESS = "203.0.113.5"
SECRET = b"a secret of these tests, and of nothing else"

CODES: Mapping[str, int] = {
    "invalid_input": 400,
    "invalid_json": 400,
    "bad_request": 400,
    "invalid_query": 400,
    "missing_file": 400,
    "invalid_state": 400,
    "invalid_operation": 400,
    "unauthorized": 401,
    "token_expired": 401,
    "invalid_credentials": 401,
    "camera_unauthorized": 401,
    "forbidden": 403,
    "invalid_csrf": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "conflict": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "idempotency_mismatch": 422,
    "too_many_requests": 429,
    "internal_error": 500,
    "camera_unreachable": 502,
    "service_unavailable": 503,
    "camera_timeout": 504,
    "storage_full": 507,
}

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_INSIDES = ("Traceback", "SELECT ", "INSERT ", "sqlite", "psycopg", ".py", "/home", "mosaic_")
_UNSET = object()
_BOUNDARY = "a-line-that-no-file-holds"


class Then(Enum):
    """What a client does in the middle of its body instead of sending more."""

    SILENCE = "nothing"
    LEAVE = "leave"


@frozen
class Reply:
    """What a client got."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401  # any JSON
        assert self.header("content-type") == "application/json"
        return jsons.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> str:
        """The code of a failure."""
        code: str = self.json["error"]["code"]
        return code

    @property
    def message(self) -> str:
        """The message of a failure."""
        message: str = self.json["error"]["message"]
        return message

    @property
    def details(self) -> dict[str, Any]:
        """The details of a failure."""
        details: dict[str, Any] = self.json["error"]["details"]
        return details

    def header(self, name: str) -> str | None:
        """Return the one header of that name, or None."""
        values = self.all_headers(name)
        assert len(values) < 2
        return values[0] if values else None

    def all_headers(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    def failed(self, code: str) -> Self:
        """Want this failure; return the reply."""
        assert (self.status, self.code) == (CODES[code], code), self.body
        return self

    def went(self, status: int) -> Self:
        """Want this status; return the reply."""
        assert self.status == status, self.body
        return self


class Lines:
    """A request log that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def info(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        self.lines.append({"event": event, "level": "info", **fields})

    def error(self, event: str, **fields: Any) -> None:  # noqa: ANN401  # any JSON
        self.lines.append({"event": event, "level": "error", **fields})


@define(eq=False)
class World:
    """A server, its clock, its log and its people."""

    settings: Settings
    clock: FixedClock = field(factory=FixedClock)
    log: Lines = field(factory=Lines)
    mosaic: Mosaic = field(init=False)
    app: ASGIApp = field(init=False)
    runner: "asyncio.Runner" = field(factory=asyncio.Runner)
    is_closed: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self.mosaic = build(self.settings, self.clock, Argon2Passwords(memory_kib=8, rounds=1))
        self.app = create_app(self.mosaic, self.settings, self.log)

    @property
    def anyone(self) -> "Client":
        """A client without any credentials."""
        return Client(self)

    def person(self, username: str = "ada", password: str = PASSWORD, **headers: str) -> "Client":
        """Register and log in; the first is an administrator. `headers` go with every request."""
        asked = evolve(self.anyone, headers=headers)
        asked.post("/register", {"username": username, "password": password}).went(201)
        return asked.logged_in(username, password)

    def together(self, asking: Iterable[Awaitable[Reply]]) -> list[Reply]:
        """Send requests at the same time."""

        async def gathered() -> list[Reply]:
            return await asyncio.gather(*asking)

        return self.runner.run(gathered())

    def audit(self, event_type: str | None = None) -> list[dict[str, Any]]:
        """Return the audit events as the store has them, oldest first."""
        with self.mosaic.store.read() as unit:
            found = unit.audit.page(AuditFilter(event_type=event_type), Page(None))
        return [
            {
                "event_type": one.event_type,
                "user_id": one.user_id,
                "level": one.level,
                "context": dict(one.context),
            }
            for one in reversed(found)
        ]

    def close(self) -> None:
        if self.is_closed:
            return
        self.is_closed = True
        self.runner.run(self.mosaic.streams.close())
        self.runner.run(self.mosaic.commons.leave())
        self.runner.close()
        self.mosaic.close()


Serve = Callable[..., World]
"""Makes a server with the given settings."""


@frozen
class Client:
    """Somebody who sends requests, each checked for what holds of every answer."""

    world: World
    headers: Mapping[str, str] = field(factory=dict)
    address: str = ADDRESS
    scheme: str = "http"
    id: int = 0
    token: str = ""
    csrf: str = ""
    extensions: Mapping[str, Any] = EXTENSIONS

    def logged_in(self, username: str, password: str = PASSWORD) -> "Client":
        """Return this client with a fresh token."""
        login = self.post("/login", {"username": username, "password": password}).went(200).json
        return evolve(
            self,
            headers={**self.headers, "Authorization": f"Bearer {login['access_token']}"},
            id=login["user_id"],
            token=login["access_token"],
            csrf=login["csrf_token"],
        )

    def with_headers(self, **headers: str) -> "Client":
        """Return this client with more headers; `_` in a name stands for `-`."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return evolve(self, headers={**self.headers, **more})

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("GET", target, headers=headers)

    def delete(self, target: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("DELETE", target, headers=headers)

    def post(self, target: str, json: object = _UNSET, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("POST", target, json, headers=headers)

    def put(self, target: str, json: object, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("PUT", target, json, headers=headers)

    def patch(self, target: str, json: object = _UNSET, headers: Mapping[str, str] | None = None) -> Reply:
        return self.ask("PATCH", target, json, headers=headers)

    def upload(
        self,
        content: bytes | str,
        *,
        name: str = "file",
        boundary: str = _BOUNDARY,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Import a CSV file."""
        body, sent = form(content, name, boundary)
        return self.ask("POST", "/import_csv", body=body, headers={**sent, **(headers or {})})

    def add_activity(self, name: str = "Running", **said: object) -> Reply:
        given = {"name": name, "category": "Health", "frequency_per_day": 1, "frequency_per_week": 7, **said}
        return self.post("/add_activity", given)

    def add_entry(self, activity: str = "Running", day: str = "2024-06-01", **said: object) -> Reply:
        return self.post("/add_entry", {"date": day, "activity": activity, **said})

    def activity(self, name: str = "Running") -> dict[str, Any]:
        """Return the activity of that name."""
        listed = self.get("/activities?all=true&limit=500").went(200).json
        found: dict[str, Any] = next(one for one in listed if one["name"] == name)
        return found

    def ask(
        self,
        method: str,
        target: str,
        json: object = _UNSET,
        *,
        body: bytes | Iterable[bytes | Then] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request and wait for its answer."""
        return self.world.runner.run(self.asking(method, target, json, body=body, headers=headers))

    async def asking(
        self,
        method: str,
        target: str,
        json: object = _UNSET,
        *,
        body: bytes | Iterable[bytes | Then] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; a body in parts comes without its length."""
        sent = {**self.headers, **(headers or {})}
        if json is not _UNSET:
            body = jsons.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        if isinstance(body, bytes):
            sent.setdefault("Content-Length", str(len(body)))
        parts = [body] if isinstance(body, bytes) else list(body or [b""])
        scope = self.scope(method, target, sent)
        if len(parts) == 1 and isinstance(parts[0], bytes):
            scope["mosaic.has_come"] = True  # as the server says of what came at once
        reply = await _exchange(self.world.app, scope, parts)
        if Then.LEAVE not in parts:
            check(target, reply, f"{unquote(target)} {parts}")
        return reply

    def scope(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the scope of a request with these headers, or this client's own."""
        headers = self.headers if headers is None else headers
        path, _, query = target.partition("?")
        return {
            "type": "http",
            "extensions": self.extensions,
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": path,
            "raw_path": path.encode("latin-1", "replace"),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": (self.address, 50000),
            "server": ("127.0.0.1", 8000),
            "state": {},
        }


def form(content: bytes | str, name: str = "file", boundary: str = _BOUNDARY) -> tuple[bytes, dict[str, str]]:
    """Return the body of an upload and its headers."""
    data = content.encode() if isinstance(content, str) else content
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="days.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    return body + data + f"\r\n--{boundary}--\r\n".encode(), {
        "Content-Type": f"multipart/form-data; boundary={boundary}"
    }


def settings_for(store: str, folder: Path, **given: Any) -> Settings:  # noqa: ANN401  # any setting
    """Return settings for a store, without rate limits unless given, and patient where a machine is busy."""
    place: dict[str, Any] = {}
    if store == "memory":
        place = {"database_url": "memory:"}
    elif store == "postgresql":
        place = {"database_url": the_database(), "busy_timeout": UNHURRIED}
    usual = {"jwt_secret": SECRET, "rate_limits": {}, "stream_timeout": 60.0}
    return Settings(data_dir=folder, **{**usual, **place, **given})


def check(target: str, reply: Reply, asked: str) -> None:
    """Want what holds of every answer: an id, and the one shape of failures.

    These tell nothing of the insides, but may repeat what was asked.
    """
    request_id = reply.header("x-request-id")
    assert request_id is not None
    assert _REQUEST_ID.fullmatch(request_id)
    if reply.status < 400 or (reply.status == 503 and target.startswith("/healthz")):
        return
    body = reply.json
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert CODES[body["error"]["code"]] == reply.status
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    assert isinstance(body["error"]["details"], dict)
    assert not any(inside in reply.text for inside in _INSIDES if inside not in asked), reply.body


async def _exchange(app: ASGIApp, scope: dict[str, Any], parts: Sequence[bytes | Then]) -> Reply:
    start: MutableMapping[str, Any] = {}
    pieces: list[bytes] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            assert start
        else:
            assert not start
            assert message["type"] == "http.response.start" or message["type"] in scope["extensions"]
            start.update(message)
        pieces.append(message.get("body", b""))

    await app(scope, _receiving(parts), send)
    headers = [(name.decode().lower(), value.decode("latin-1")) for name, value in start.get("headers", [])]
    return Reply(start.get("status", 0), headers, b"".join(pieces))


def _receiving(parts: Sequence[bytes | Then]) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
    """Return what gives the body's parts; then the client waits for its answer."""
    left = list(parts)

    async def receive() -> MutableMapping[str, Any]:
        part = left.pop(0) if left else Then.SILENCE
        if part is Then.LEAVE:
            return {"type": "http.disconnect"}
        if isinstance(part, Then):
            left.insert(0, part)
            await asyncio.Event().wait()
            raise AssertionError
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    return receive
