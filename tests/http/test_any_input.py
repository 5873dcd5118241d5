"""Whatever a client sends, it gets a documented answer."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_http.app import PATHS
from support_folders import a_folder
from support_http import Client, Reply, World, form, settings_for

ANSWERS = {200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 422}

RECORD = {
    "type": "steps",
    "start": "2024-06-01T10:00:00Z",
    "end": "2024-06-01T11:00:00",
    "fields": {"count": 5},
    "dedupe_key": "k",
}
GOOD: Mapping[str, Mapping[str, Any]] = {
    "/register": {"username": "somebody", "password": "long enough", "display_name": "Some Body"},
    "/login": {"username": "ada", "password": "correct horse battery", "cookie": True},
    "/user": {
        "display_name": "x",
        "timezone": "Asia/Tokyo",
        "day_start": "03:30",
        "password": "long enough",
        "current_password": "x",
    },
    "/add_activity": {
        "name": "Running",
        "category": "Health",
        "frequency_per_day": 2,
        "frequency_per_week": 3,
        "description": "",
        "goal": 1.5,
        "activity_type": "negative",
        "shared": True,
        "schedule": {"kind": "every", "days": 3, "from": "2024-06-01"},
        "target": {"kind": "at_most", "value": 2},
        "unit": "km",
    },
    "/activities/{id:int}": {
        "name": "Jogging",
        "category": "Sport",
        "goal": 1,
        "frequency_per_day": 1,
        "frequency_per_week": 1,
        "activity_type": "positive",
        "schedule": None,
        "target": {"kind": "at_least", "value": 0.5},
    },
    "/add_entry": {"date": "2024-06-01", "activity": "Running", "value": 2, "note": "wet"},
    "/finalize_day": {"date": "2024-06-01"},
    "/ingest/wearable/batch": {"source_app": "app", "device_id": "d", "tz": "UTC", "records": [RECORD]},
    "/wearable/sources/{id:int}": {"priority": 0, "display_name": "Watch"},
    "/backup/toggle": {"enabled": False, "interval_minutes": 60, "keep": 2},
}
DIFFERENT = ("/login", "/app/session", "/healthz", "/metrics", "/backup/")
"""Where answers begin that tell of times, tokens, hashes and the store."""
PARAMETERS = [
    "limit",
    "offset",
    "date",
    "start_date",
    "end_date",
    "activity",
    "category",
    "all",
    "user_id",
    "event_type",
    "level",
    "start",
    "end",
    "metric",
    "window",
    "from",
    "to",
    "type",
]
VALUES = [
    "1",
    "0",
    "-1",
    "all",
    "true",
    "2024-06-01",
    "1900-01-01",
    "2200-12-31",
    "0001-01-01",
    "9999-12-31",
    "2024-06-01T10:00:00Z",
    "hr",
    "30",
]
VIEWS = [
    "/activities?all=true",
    "/entries",
    "/today",
    "/stats/progress",
    "/export/csv?limit=all",
    "/export/json",
    "/wearable/trends",
]
HEADERS = {
    "Idempotency-Key": ["k", "l", "", "ö"],
    "X-Overwrite-Existing": ["1", "x"],
    "X-Device-Id": ["phone", "", "ö" * 200],
    "Content-Type": [
        "text/plain",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
        "",
    ],
    "Authorization": ["Bearer x", "Basic x", ""],
    "Cookie": ["mosaic_session=x", "; =;,", "mosaic_session"],
    "X-Request-ID": ["mine", "not mine", ""],
    "Origin": ["http://localhost:3000", "null"],
}

numbers = st.one_of(st.integers(), st.integers(-(2**70), 2**70), st.floats(), st.just(10**400))
leaves = st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=20), st.sampled_from(VALUES))
any_json = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*RECORD, "count", "stages", "bpm", "samples"]) | st.text(max_size=5),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)
any_value = st.one_of(
    st.sampled_from(VALUES), st.text(max_size=20).map(lambda text: quote(text, errors="replace"))
)
any_query = st.one_of(
    st.dictionaries(st.sampled_from(PARAMETERS), any_value, max_size=3).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs.items())
    ),
    st.binary(max_size=30).map(lambda raw: quote_from_bytes(raw, safe="=&;+%#?/")),
)
any_file = any_value | st.sampled_from(["zip", "json", "csv", "tar"]).map("backup-20240601-120000.{}".format)
any_id = st.one_of(st.integers(0, 3), st.integers(0, 2**70)).map(str)


@frozen
class Asked:
    """A request of the administrator or of another user."""

    who: int
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@st.composite
def any_request(draw: st.DrawFn) -> Asked:
    path = draw(st.sampled_from(sorted(PATHS)))
    method = draw(
        st.one_of(st.sampled_from(sorted(PATHS[path])), st.sampled_from(["GET", "POST", "HEAD", "DELETE"]))
    )
    target = path.replace("{id:int}", draw(any_id)).replace("{filename:path}", draw(any_file))
    body, kind = draw(any_body(path))
    headers = draw(
        st.fixed_dictionaries({}, optional={name: st.sampled_from(to) for name, to in HEADERS.items()})
    )
    kept = {name: value for name, value in headers.items() if draw(st.integers(0, 3)) == 0}
    return Asked(draw(st.integers(0, 1)), method, f"{target}?{draw(any_query)}", {**kind, **kept}, body)


@st.composite
def any_body(draw: st.DrawFn, path: str) -> tuple[bytes, Mapping[str, str]]:
    if path == "/import_csv" and draw(st.booleans()):
        return form(draw(any_csv))
    kind = {"Content-Type": "application/json"}
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=50)), kind
    if draw(st.integers(0, 9)) == 0:
        return as_json(draw(any_json)), kind
    said = dict(GOOD.get(path, {}))
    for name in draw(st.lists(st.sampled_from(sorted(said)), max_size=2)) if said else []:
        said[name] = draw(any_json)
    for name in draw(st.lists(st.sampled_from(sorted(said)), max_size=2)) if said else []:
        said.pop(name, None)
    if path == "/ingest/wearable/batch" and draw(st.booleans()):
        said["records"] = [
            {**RECORD, name: draw(any_json)} for name in draw(st.lists(st.sampled_from(sorted(RECORD))))
        ]
    return as_json(said), kind


any_csv = st.one_of(
    st.binary(max_size=80),
    st.lists(
        st.lists(
            st.one_of(
                st.sampled_from([*VALUES, "01/06/2024", '"', "'=1", "dataset", "1e999"]), st.text(max_size=8)
            ),
            max_size=5,
        ).map(",".join),
        max_size=6,
    ).map(lambda rows: "\n".join(["date,activity,value,goal", *rows]).encode("utf-8", "replace")),
)


def without_signs_of_zero(reply: Reply) -> bytes:
    """Return the body; SQLite keeps no sign of a zero, and nobody asks for one."""
    return reply.body.replace(b"-0.0", b"0.0")


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def people(world: World) -> list[Client]:
    """Return two users who have something already, the first of them an administrator."""
    both = [world.person("ada"), world.person("ben")]
    for person in both:
        person.add_activity().went(201)
        person.add_entry(value=1).went(201)
    both[0].add_activity("Shared", shared=True).went(201)
    return both


def send(both: list[Client], asked: Asked) -> Reply:
    return both[asked.who].ask(asked.method, asked.target, body=asked.body, headers=asked.headers)


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_any_request_gets_a_documented_answer_in_its_shape(store: str) -> None:
    @settings(max_examples=80 if store == "memory" else 40)
    @given(st.lists(any_request(), min_size=1, max_size=6))
    def holds(requests: list[Asked]) -> None:
        with a_folder() as folder:
            world = World(settings_for(store, folder))
            try:
                both = people(world)
                for asked in requests:
                    assert send(both, asked).status in ANSWERS
                for view in VIEWS:
                    assert {person.get(view).status for person in both} <= {200, 401}
            finally:
                world.close()

    holds()


@settings(max_examples=30)
@given(requests=st.lists(any_request(), min_size=1, max_size=6))
def test_both_stores_answer_any_requests_alike(requests: list[Asked]) -> None:
    with a_folder() as folder:
        worlds = [World(settings_for(store, folder)) for store in ("memory", "sqlite")]
        try:
            persons = [people(world) for world in worlds]
            for asked in [*requests, *(Asked(who, "GET", view, {}, b"") for who in (0, 1) for view in VIEWS)]:
                one, other = (send(both, asked) for both in persons)
                assert one.status == other.status
                if not asked.target.startswith(DIFFERENT):
                    assert without_signs_of_zero(one) == without_signs_of_zero(other)
        finally:
            for world in worlds:
                world.close()
