"""JSON becomes commands, strictly, at any depth."""

import datetime as dt
from typing import Any, ClassVar

import pytest
from attrs import field, frozen

from mosaic_core.errors import InvalidInput
from mosaic_core.validators import NULLABLE, UNSAID, Unsaid, finite, one_of, text
from mosaic_http.codec import structure


@frozen(kw_only=True)
class Daily:
    kind: ClassVar[str] = "daily"


@frozen(kw_only=True)
class Weekdays:
    kind: ClassVar[str] = "weekdays"
    days: list[int]


@frozen(kw_only=True)
class Every:
    kind: ClassVar[str] = "every"
    days: int
    start: dt.date | None = None


@frozen(kw_only=True)
class Target:
    value: float = field(validator=finite(0))
    direction: str = field(default="at_least", validator=one_of("at_least", "at_most"))


@frozen(kw_only=True)
class Reading:
    start: dt.date
    count: int = 0


@frozen(kw_only=True)
class Plan:
    name: str = field(validator=text(1, 10))
    weight: float = 0.0
    shared: bool = False
    note: str | None = None
    target: Target | None = field(default=None, metadata=NULLABLE)
    schedule: Daily | Weekdays | Every | None = field(default=None, metadata=NULLABLE)
    readings: list[Reading] = field(factory=list)
    labels: tuple[str, ...] = ()
    others: list[Daily | Weekdays] = field(factory=list)
    per: str | int = "week"
    until_: dt.date | Unsaid | None = field(default=UNSAID, metadata=NULLABLE)


READING = {"start": "2024-06-01"}


def plan(**more: object) -> Plan:
    return structure({"name": "Run", **more}, Plan)


def refusal(body: dict[str, Any]) -> InvalidInput:
    with pytest.raises(InvalidInput) as told:
        structure(body, Plan)
    return told.value


def test_what_is_left_out_has_its_default() -> None:
    assert plan() == Plan(name="Run")


def test_a_value_of_one_plain_type_or_another_is_taken() -> None:
    assert plan(per="month").per == "month"
    assert plan(per=10.0).per == 10
    assert refusal({"name": "Run", "per": []}).message == "per must be a text or a whole number"


def test_null_is_told_from_what_is_left_out() -> None:
    assert plan().until_ is UNSAID
    assert plan(until=None).until_ is None
    assert plan(until="2024-06-01").until_ == dt.date(2024, 6, 1)


def test_a_name_that_python_wants_an_underscore_for_is_said_without() -> None:
    assert refusal({"name": "Run", "until_": None}).details["fields"] == ["until_"]
    assert refusal({"name": "Run", "until": 5}).details["field"] == "until"


def test_objects_lists_and_unions_are_structured() -> None:
    made = plan(
        target={"value": 5, "direction": "at_most"},
        schedule={"kind": "weekdays", "days": [1, 3]},
        readings=[{"start": "2024-06-01"}, {"start": "2024-06-02", "count": 7}],
        labels=["a", "b"],
        others=[{"kind": "daily"}, {"kind": "weekdays", "days": []}],
    )
    assert made == Plan(
        name="Run",
        target=Target(value=5.0, direction="at_most"),
        schedule=Weekdays(days=[1, 3]),
        readings=[Reading(start=dt.date(2024, 6, 1)), Reading(start=dt.date(2024, 6, 2), count=7)],
        labels=("a", "b"),
        others=[Daily(), Weekdays(days=[])],
    )
    assert type(made.target.value if made.target else None) is float


@pytest.mark.parametrize(
    ("schedule", "made"),
    [
        ({"kind": "daily"}, Daily()),
        ({"kind": "every", "days": 3}, Every(days=3)),
        ({"days": 3, "start": "2024-06-01", "kind": "every"}, Every(days=3, start=dt.date(2024, 6, 1))),
        (None, None),
    ],
)
def test_an_objects_kind_tells_which_of_a_union_it_is(schedule: object, made: object) -> None:
    assert plan(schedule=schedule).schedule == made


@pytest.mark.parametrize(
    ("wrong", "field_name", "rule"),
    [
        ({"name": 1}, "name", "must be a text"),
        ({"name": None}, "name", "must be a text"),
        ({"name": ""}, "name", "must have 1 to 10 characters"),
        ({"weight": "1"}, "weight", "must be a number"),
        ({"weight": True}, "weight", "must be a number"),
        ({"weight": None}, "weight", "must be a number"),
        ({"weight": 10**400}, "weight", "must be a finite number"),
        ({"shared": "false"}, "shared", "must be true or false"),
        ({"shared": 1}, "shared", "must be true or false"),
        ({"note": None}, "note", "must be a text"),
        ({"note": 1}, "note", "must be a text"),
        ({"labels": "abc"}, "labels", "must be a list"),
        ({"labels": {"a": 1}}, "labels", "must be a list"),
        ({"labels": ["a", 1]}, "labels[1]", "must be a text"),
        ({"readings": "abc"}, "readings", "must be a list"),
        ({"readings": None}, "readings", "must be a list"),
        ({"readings": [1]}, "readings[0]", "must be an object"),
        (
            {"readings": [{"start": "2024-06-01", "count": 1.9}]},
            "readings[0].count",
            "must be a whole number",
        ),
        (
            {"readings": [{"start": "2024-06-01", "count": True}]},
            "readings[0].count",
            "must be a whole number",
        ),
        (
            {"readings": [READING, READING, READING, {"start": 5}]},
            "readings[3].start",
            "must be a text",
        ),
        ({"target": []}, "target", "must be an object"),
        ({"target": "x"}, "target", "must be an object"),
        ({"target": {"value": "5"}}, "target.value", "must be a number"),
        ({"target": {"value": -1}}, "target.value", "must not be below 0"),
        (
            {"target": {"value": 1, "direction": "up"}},
            "target.direction",
            "must be one of: at_least, at_most",
        ),
        ({"schedule": 1}, "schedule", "must be an object"),
        ({"schedule": {}}, "schedule.kind", "must be one of: daily, weekdays, every"),
        ({"schedule": {"kind": "never"}}, "schedule.kind", "must be one of: daily, weekdays, every"),
        ({"schedule": {"kind": ["daily"]}}, "schedule.kind", "must be one of: daily, weekdays, every"),
        ({"schedule": {"kind": "weekdays", "days": [1, "2"]}}, "schedule.days[1]", "must be a whole number"),
        ({"schedule": {"kind": "every", "days": 1, "start": None}}, "schedule.start", "must be a text"),
        ({"others": [{"kind": "daily"}, {"kind": "every", "days": 1}]}, "others[1].kind", "must be one of"),
        ({"others": [None]}, "others[0]", "must be an object"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(wrong: dict[str, Any], field_name: str, rule: str) -> None:
    told = refusal({"name": "Run", **wrong})
    assert told.message.startswith(f"{field_name} {rule}")
    assert told.details == {"field": field_name}


def test_all_missing_fields_are_named_by_their_paths() -> None:
    told = refusal({"target": {}, "readings": [{}], "schedule": {"kind": "every"}})
    missing = ["name", "target.value", "schedule.days", "readings[0].start"]
    assert told.message == f"Missing required field(s): {', '.join(missing)}"
    assert told.details == {"fields": missing}


def test_all_unknown_fields_are_named_by_their_paths() -> None:
    told = refusal({"name": "Run", "b": 1, "a": 1, "target": {"value": 1, "unit": "km"}})
    assert told.message == "Extra inputs are not permitted"
    assert told.details == {"fields": ["a", "b", "target.unit"]}


def test_what_is_missing_is_told_before_what_is_too_much_and_that_before_what_is_wrong() -> None:
    body: dict[str, Any] = {"weight": "1", "more": 1}
    assert refusal(body).details == {"fields": ["name"]}
    assert refusal({**body, "name": "Run"}).details == {"fields": ["more"]}
    assert refusal({"name": "Run", "weight": "1"}).details == {"field": "weight"}


def test_of_many_wrong_items_only_the_first_are_told() -> None:
    told = refusal({"name": "Run", "readings": [{}] * 100_000})
    assert told.details == {"fields": [f"readings[{index}].start" for index in range(20)]}


@frozen(kw_only=True)
class Change:
    target: Target | None = None
    name: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.target is None and self.name is None:
            raise InvalidInput("Nothing to change was given")


@frozen(kw_only=True)
class Changes:
    first: Change


def test_a_rule_about_a_whole_object_is_told_as_it_is() -> None:
    with pytest.raises(InvalidInput, match=r"^Nothing to change was given$"):
        structure({"first": {}}, Changes)
    with pytest.raises(InvalidInput, match=r"^Nothing to change was given$"):
        structure({}, Change)


@frozen
class Odd:
    when: dt.time


def test_a_type_without_a_strict_rule_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="no strict rule"):
        structure({"when": "12:00"}, Odd)


@frozen
class Broken:
    value: int

    def __attrs_post_init__(self) -> None:
        raise RuntimeError("a mistake")


def test_a_command_that_fails_by_itself_is_not_taken_for_wrong_input() -> None:
    with pytest.raises(RuntimeError, match="a mistake"):
        structure({"value": 1}, Broken)
