"""What schemathesis must know of Mosaic that no document can say: loaded by it, in its own process."""

import os
from itertools import count
from typing import Any

import httpx2
import schemathesis
from hypothesis import strategies as st

from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.texts import hides_something, shows_something, tidied

Case = schemathesis.Case[Any]
URL = os.environ["MOSAIC_URL"]
PASSWORD = "correct horse battery"
_ENDS_SESSIONS = {("POST", "/logout"), ("DELETE", "/user")}
_numbers = count()


def _is_username(text: str) -> bool:
    return text.isprintable() and " " not in text and not hides_something(text)


_printed = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)

schemathesis.openapi.format("name", _printed.filter(lambda text: shows_something(tidied(text))))
schemathesis.openapi.format("username", st.text(min_size=3, max_size=40).filter(_is_username))
schemathesis.openapi.format("time-zone", st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]))
schemathesis.openapi.format("date", st.dates(FIRST_DAY, LAST_DAY).map(str))
schemathesis.openapi.format(
    "camera-address", st.sampled_from(["rtsp://127.0.0.1:9/x", "rtsps://127.0.0.1:9"])
)
schemathesis.openapi.format("web-address", st.sampled_from(["http://127.0.0.1:9/x", "https://127.0.0.1:9"]))
schemathesis.openapi.media_type("text/csv", st.just(b"date,activity,value\n2026-01-02,Running,1\n"))


@schemathesis.hook
def before_load_schema(_: schemathesis.HookContext, schema: dict[str, Any]) -> None:
    """In a short run, leave out the headers that all operations have."""
    if "MOSAIC_FUZZ_SHORT" not in os.environ:
        return
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [one for one in operation["parameters"] if one["in"] != "header"]


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: Case, __: dict[str, Any]) -> None:
    """Try each name once: under one that failed too often, logins wait."""
    if case.operation.path == "/login" and isinstance(case.body, dict) and case.body.get("username") == "ada":
        case.body["username"] = f"ada-{next(_numbers)}"


@schemathesis.auth(refresh_interval=600)
class Login:
    """A token of the account that the run is for; one of a passing guest where the call would end it."""

    def get(self, _: Case, __: object) -> str:
        return token(os.environ["MOSAIC_FUZZ_USER"])

    def set(self, case: Case, data: str, _: object) -> None:
        given = token(guest()) if _ends_sessions(case) else data
        case.headers["Authorization"] = f"Bearer {given}"


def _ends_sessions(case: Case) -> bool:
    if case.operation.path == "/user" and isinstance(case.body, dict):
        return "password" in case.body
    return (case.method.upper(), case.operation.path) in _ENDS_SESSIONS


def guest() -> str:
    """Return the name of a new account."""
    name = f"guest-{os.getpid()}-{next(_numbers)}"
    _post("/register", {"username": name, "password": PASSWORD})
    return name


def token(username: str) -> str:
    told: str = _post("/login", {"username": username, "password": PASSWORD})["access_token"]
    return told


def _post(path: str, said: dict[str, Any]) -> dict[str, Any]:
    response = httpx2.post(URL + path, json=said)
    response.raise_for_status()
    told: dict[str, Any] = response.json()
    return told


_BEYOND_SCHEMAS = (
    "Missing required field(s): X-Device-Id",
    "from and to must be given together",
    "from must not be after to",
    "to must not be before from",
    "into must be",
    "expires_at must lie in the future",
    "No backup is called so",
    "url or ticket must be given",
    "The values of ",
    "The file ",
    "There is no format ",
    "schedule.times must be a whole number from 1 to",
)
_OF_STATE = frozenset({"invalid_state", "invalid_operation", "idempotency_mismatch"})


@schemathesis.check
def what_the_document_allows_is_not_refused(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if response.status_code in {400, 422}:
        error = response.json()["error"]
        is_told_in_words = error["message"].startswith(_BEYOND_SCHEMAS)
        assert error["code"] in _OF_STATE or is_told_in_words, (
            f"Refused, though the document allows it: {error}"
        )
