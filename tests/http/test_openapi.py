"""The OpenAPI document: it says what the server does, and nothing else."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import jsonschema_rs
import pytest
from attrs import AttrsInstance, field, fields, frozen
from attrs.validators import ge
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.accounts.model import all_seen
from mosaic_core.activities import model
from mosaic_core.activities.model import ActivityChange
from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.stated import text_of
from mosaic_core.streams.model import camera_address
from mosaic_core.testing import strategies
from mosaic_core.texts import shows_something
from mosaic_core.validators import NULLABLE, Validator, finite, zone_name
from mosaic_core.webhooks.model import NewWebhook, reachable
from mosaic_http.app import PATHS
from mosaic_http.cli import main
from mosaic_http.codec import structure
from mosaic_http.errors import STATUS
from mosaic_http.openapi.document import document
from mosaic_http.openapi.rules import FORMATS, schema_of_object
from mosaic_http.openapi.schemas import Schemas
from support_http import World

DOCUMENT = document(PATHS, "1.0.0")
COMPONENTS = DOCUMENT["components"]
README = (Path(__file__).parents[2] / "README.md").read_text()
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
COMMANDS = {
    operation.takes.__name__: operation.takes
    for methods in PATHS.values()
    for operation in methods.values()
    if operation.takes is not None
}


NEW_WEBHOOK = fields(NewWebhook)


def passes(rule: Validator) -> Callable[[str], bool]:
    """Return whether the rule lets a text pass, as a function."""

    def check(text: str) -> bool:
        try:
            rule(None, NEW_WEBHOOK.url, text)
        except InvalidInput:
            return False
        return True

    return check


CHECKERS = {
    "name": lambda text: not text or shows_something(text),
    "username": passes(all_seen),
    "time-zone": passes(zone_name),
    "web-address": passes(reachable),
    "camera-address": passes(camera_address),
}


def judge(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """Return what judges by a schema of the document."""
    whole = {**schema, "components": COMPONENTS}
    return jsonschema_rs.Draft202012Validator(whole, formats=CHECKERS, validate_formats=True)


def contents() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every described body of a request or an answer, and where it is."""
    for path, method, operation in OPERATIONS:
        bodies = {"body": operation["requestBody"]} if "requestBody" in operation else {}
        for name, described in {**bodies, **operation["responses"]}.items():
            for media, content in described["content"].items():
                yield f"{method} {path} {name} {media}", content


def test_the_document_is_served_to_everybody(world: World) -> None:
    served = world.anyone.get("/openapi.json").went(200).json
    assert served["openapi"] == "3.1.0"
    assert served["paths"] == json.loads(json.dumps(DOCUMENT["paths"]))
    assert world.anyone.get("/openapi.json").body == world.anyone.get("/openapi.json").body


def test_every_path_and_method_is_described_once() -> None:
    described = {(path, method) for path, method, _ in OPERATIONS}
    served = {
        (re.sub(r":\w+", "", path), method.lower()) for path, methods in PATHS.items() for method in methods
    }
    assert described == served
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_the_readme_lists_every_path_with_its_methods_and_no_other() -> None:
    table = README.partition("## What the server answers")[2].partition("\n## ")[0]
    listed: list[str] = []
    for row in re.findall(r"^\| (`/.*?) \| (.*?) \|", table, re.MULTILINE):
        paths = re.findall(r"`(.+?)`", row[0])
        methods = row[1].split(", ")
        served = [sorted(DOCUMENT["paths"].get(path, {})) for path in paths]
        told = sorted({one.lower() for one in methods})
        assert sorted({one for some in served for one in some}) == told, row
        listed.extend(paths)
    assert sorted(listed) == sorted(DOCUMENT["paths"])


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_operation_says_what_it_is_for(path: str, method: str, operation: Mapping[str, Any]) -> None:
    assert operation["summary"], (path, method)
    assert "Raises" not in str(operation)
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}
    for parameter in operation["parameters"]:
        assert parameter["description"]
        assert judge(parameter["schema"]).is_valid(parameter["example"]), parameter
    for status, response in operation["responses"].items():
        assert response["description"], status
        for header in response["headers"].values():
            assert header["description"]
            assert judge(header["schema"]).is_valid(header["example"]), header


def test_no_component_speaks_python() -> None:
    for name, schema in COMPONENTS["schemas"].items():
        assert schema["description"], name
        assert not re.search(r"\bNone\b|\bRaises\b|attrs|msgspec", schema["description"]), name


@pytest.mark.parametrize(("place", "content"), [*contents()])
def test_every_example_is_what_its_schema_describes(place: str, content: Mapping[str, Any]) -> None:
    examples = [content["example"]] if "example" in content else []
    examples += [COMPONENTS["examples"][name]["value"] for name in _named(content.get("examples", {}))]
    examples += [one["value"] for one in content.get("examples", {}).values() if "value" in one]
    assert examples or content["schema"].get("type") == "string", place
    for example in examples:
        judge(content["schema"]).validate(example)


def _named(examples: Mapping[str, Any]) -> list[str]:
    return [name for name, one in examples.items() if "$ref" in one]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_body_is_taken(name: str) -> None:
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]: content["example"]
        for place, content in contents()
        if " body " in place and "$ref" in content["schema"]
    }
    structure(bodies[name], COMMANDS[name])


def test_every_code_of_the_contract_is_told_with_its_status() -> None:
    told: dict[str, set[str]] = {}
    for _, _, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            for code in response["content"].get("application/json", {}).get("examples", {}):
                told.setdefault(code, set()).add(status)
    told.pop("answer", None)
    assert told == {code: {str(status)} for code, status in STATUS.items() if code != "method_not_allowed"}


def test_every_format_of_our_own_is_explained_and_used() -> None:
    assert set(CHECKERS) == set(FORMATS)
    for name in FORMATS:
        assert f"`{name}`" in DOCUMENT["info"]["description"]
        assert f"'format': '{name}'" in str(COMPONENTS)


PLAIN = [
    "",
    " ",
    "a",
    "ab",
    "Ada",
    "\t",
    "\n",
    "a\nb",
    "a\x00b",
    "\x7f",
    "\u200b",
    "\u200b\u200b\u200b",
    "a b",
]
LENGTHS = (0, 1, 2, 3, 7, 8, 80, 81, 100, 101, 120, 121, 128, 129, 180, 181, 255, 1024, 1025)
BLANKS = st.sampled_from(["", " ", "\t ", "\n"])
ANY_TEXT = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(LENGTHS).map("a".__mul__),
    st.tuples(
        st.sampled_from(["", " ", "\x1f"]), st.sampled_from(LENGTHS), st.sampled_from(["", "\n", "\x85"])
    ).map(lambda parts: parts[0] + "b" * parts[1] + parts[2]),
    st.sampled_from(["positive", "negative", "Europe/Berlin", "UTC", "Nowhere/At_All", "2026-01-02"]),
    st.sampled_from(
        [
            "rtsp://u:p@h/x",
            "rtsps://a/b@c",
            "https://example.org/x",
            "http://u:p@example.org",
            "ftp://a",
            "http://a:99999",
            "http://a#b",
        ]
    ),
    st.sampled_from(
        ["2030-01-02T03:04:05Z", "2030-01-02 03:04:05Z", "2030-01-02T03:04:05", "20300102T030405Z"]
    ),
    st.sampled_from(["1899-12-31", "1900-01-01", "2200-12-31", "2201-01-01", "2026-02-30", "02.01.2026"]),
    st.text(st.characters(codec="ascii"), max_size=20),
)
ANY_NUMBER = st.one_of(
    st.integers(-2, 9),
    st.integers(-10, 10**7),
    st.sampled_from([0.5, 1.0, 3.0, -0.0, 1.5, 1e300, 5, 366 * 24 * 60, 366 * 24 * 60 + 1, 10_000, 10_001]),
    st.floats(allow_nan=False, allow_infinity=False),
)
ANY_VALUE = st.one_of(
    ANY_TEXT,
    ANY_NUMBER,
    st.booleans(),
    st.none(),
    st.just([]),
    st.just({}),
    st.just(["a"]),
    st.just({"a": 1}),
)


@st.composite
def bodies(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw a body that is near to what the command's schema describes."""
    properties = COMPONENTS["schemas"][name]["properties"]
    good = {one: schema.get("examples", [None])[0] for one, schema in properties.items()}
    body = {one: value for one, value in good.items() if value is not None and draw(st.integers(0, 4))}
    for one in draw(st.lists(st.sampled_from(sorted(properties)), max_size=2)):
        kind = properties[one].get("type")
        near = {"string": ANY_TEXT, "integer": ANY_NUMBER, "number": ANY_NUMBER}.get(kind, ANY_VALUE)
        body[one] = draw(near if draw(st.integers(0, 3)) else ANY_VALUE)
    if draw(st.integers(0, 9)) == 0:
        body["unheard_of"] = 1
    return body


@pytest.mark.parametrize("name", COMMANDS)
@given(data=st.data())
def test_the_schema_of_a_body_allows_what_the_server_takes_and_nothing_else(
    name: str, data: st.DataObject
) -> None:
    body = data.draw(bodies(name))
    allowed = judge({"$ref": f"#/components/schemas/{name}"}).is_valid(body)
    first, last = body.get("from"), body.get("to")
    in_order = not (isinstance(first, str) and isinstance(last, str) and first > last)
    assert (allowed and in_order) == is_taken(json.loads(json.dumps(body)), COMMANDS[name]), body


def near(schedule: dict[str, Any], name: str, value: object, *, without: bool) -> dict[str, Any]:
    """Return the schedule with one part that is another, or without it."""
    if without:
        return {part: said for part, said in schedule.items() if part != name}
    return {**schedule, name: value}


PARTS = st.one_of(
    st.integers(-1, 400),
    st.sampled_from([7, 8, 28, 29, 366, 367]),
    st.sampled_from(["week", "month", "year", "mon", "daily", "every", "2026-01-01", "1899-01-01", 3.0, 2.5]),
    st.sampled_from([[], ["mon"], ["mon", "mon"], ["mon", "sun"], [1], None, True]),
)


@given(
    schedule=strategies.any_schedule.map(text_of).map(json.loads),
    name=st.sampled_from(["kind", "days", "from", "times", "per", "value"]),
    value=PARTS,
    without=st.booleans(),
)
def test_the_schema_of_a_schedule_allows_what_the_server_takes_and_nothing_else(
    schedule: dict[str, Any], name: str, value: object, *, without: bool
) -> None:
    body = {"schedule": near(schedule, name, value, without=without)}
    allowed = judge({"$ref": "#/components/schemas/ActivityChange"}).is_valid(body)
    times, per = (body["schedule"].get(one) for one in ("times", "per"))
    has_room = not (isinstance(per, int | float) and isinstance(times, int | float) and times > per)
    assert (allowed and has_room) == is_taken(body, ActivityChange)


def test_a_schedule_is_one_of_several_and_its_kind_tells_which() -> None:
    for name in ("ActivityTold", "ActivityChange"):
        parts = COMPONENTS["schemas"][name]["properties"]
        schema = next(iter(parts["schedule"].get("anyOf", [parts["schedule"]])))
        refs = {one["$ref"] for one in schema["oneOf"]}
        assert set(schema["discriminator"]["mapping"]) == {"daily", "weekdays", "every", "times"}
        assert set(schema["discriminator"]["mapping"].values()) == refs
    assert {"type": "null"} in COMPONENTS["schemas"]["ActivityChange"]["properties"]["target"]["anyOf"]


def is_taken(body: dict[str, Any], kind: type[AttrsInstance]) -> bool:
    try:
        structure(body, kind)
    except InvalidInput:
        return False
    return True


def test_the_command_line_prints_the_document() -> None:
    printed = CliRunner().invoke(main, ["openapi"])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["paths"] == json.loads(json.dumps(DOCUMENT["paths"]))


def test_a_rule_without_a_schema_is_no_part_of_a_document() -> None:
    @frozen
    class Odd:
        """Something odd."""

        value: int = field(validator=ge(1))

    with pytest.raises(TypeError, match="There is no schema for the rule"):
        Schemas().given(Odd)
    with pytest.raises(TypeError, match="There is no schema for the rule"):
        schema_of_object(print)
    with pytest.raises(TypeError, match="There is no schema for"):
        Schemas().told(complex)


def test_two_classes_of_one_name_are_refused() -> None:
    @frozen
    class Activity:
        """Something else."""

    schemas = Schemas()
    schemas.told(model.Activity)
    with pytest.raises(TypeError, match="called Activity"):
        schemas.told(Activity)


def test_objects_of_several_kinds_are_told_apart_by_their_tag() -> None:
    @frozen
    class Square:
        """A square."""

        kind: ClassVar = "square"
        side: float = field(validator=finite(0))
        note: str | None = field(default=None, metadata=NULLABLE)

    schemas = Schemas()
    schema = {**schemas.given(Square), "components": {"schemas": schemas.components}}
    judged = jsonschema_rs.Draft202012Validator(schema)
    assert judged.is_valid({"kind": "square", "side": 2, "note": None})
    assert not judged.is_valid({"side": 2})
    assert not judged.is_valid({"kind": "square", "side": -1})
