"""Schedules and targets as JSON texts."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given

from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import AtLeast, AtMost, Daily, Every, Schedule, Target, Times, Weekdays
from mosaic_core.schedules.stated import schedule_in, target_in, text_of
from mosaic_core.testing import strategies

DAY = dt.date(2026, 1, 1)


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (Daily(), '{"kind":"daily"}'),
        (Weekdays(days=("wed", "mon")), '{"kind":"weekdays","days":["wed","mon"]}'),
        (Every(days=3), '{"kind":"every","days":3}'),
        (Every(days=3, from_=DAY), '{"kind":"every","days":3,"from":"2026-01-01"}'),
        (Times(times=3, per="week"), '{"kind":"times","times":3,"per":"week"}'),
        (Times(times=2, per=10, from_=DAY), '{"kind":"times","times":2,"per":10,"from":"2026-01-01"}'),
    ],
)
def test_a_schedule_is_stated_as_clients_state_it(schedule: Schedule, text: str) -> None:
    assert text_of(schedule) == text
    assert schedule_in(text) == schedule


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ('{"kind":"every","days":2.0}', Every(days=2)),
        ('{"kind":"times","times":3.0,"per":7.0}', Times(times=3, per=7)),
        ('{"kind":"times","times":3,"per":1e1}', Times(times=3, per=10)),
    ],
)
def test_a_whole_number_may_be_written_with_a_point_as_over_http(text: str, schedule: Schedule) -> None:
    assert schedule_in(text) == schedule


@given(strategies.any_schedule)
def test_every_schedule_reads_as_it_was(schedule: Schedule) -> None:
    assert schedule_in(text_of(schedule)) == schedule


@given(strategies.any_target)
def test_every_target_reads_as_it_was(target: Target) -> None:
    assert target_in(text_of(target)) == target


@pytest.mark.parametrize(
    "text", ["", "daily", "[]", '"daily"', "null", "{", "[" * 100_000, '{"kind":"daily"']
)
def test_what_is_no_object_is_no_schedule(text: str) -> None:
    with pytest.raises(InvalidInput, match="must be a JSON object"):
        schedule_in(text)


def test_a_padded_text_is_too_long_to_be_kept() -> None:
    assert schedule_in('{"kind":"daily"' + " " * 484 + "}") == Daily()
    with pytest.raises(InvalidInput, match="must be a JSON object of at most 500 characters"):
        schedule_in('{"kind":"daily"' + " " * 485 + "}")


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("{}", "kind", "must be one of: daily, weekdays, every, times"),
        ('{"kind":["daily"]}', "kind", "must be one of"),
        ('{"kind":"at_least","value":1}', "kind", "must be one of"),
        ('{"kind":"daily","days":1}', "days", "is not permitted"),
        ('{"kind":"every","days":2,"from_":"2026-01-01"}', "from_", "is not permitted"),
        ('{"kind":"every"}', "days", "is missing"),
        ('{"kind":"every","days":"2"}', "days", "must be a whole number"),
        ('{"kind":"every","days":2.5}', "days", "must be a whole number"),
        ('{"kind":"every","days":1e999}', "days", "must be a whole number"),
        ('{"kind":"times","times":1,"per":2.5}', "per", "must be a text or a whole number"),
        ('{"kind":"every","days":true}', "days", "must be a whole number"),
        ('{"kind":"every","days":2,"from":20260101}', "from", "must be a date"),
        ('{"kind":"every","days":2,"from":null}', "from", "must be a date"),
        ('{"kind":"every","days":2,"from":"2026-02-30"}', "from", "is no day"),
        ('{"kind":"every","days":2,"from":"1899-12-31"}', "from", "must lie in the years"),
        ('{"kind":"weekdays","days":"mon"}', "days", "must be a list of texts"),
        ('{"kind":"weekdays","days":[["mon"]]}', "days", "must be a list of texts"),
        ('{"kind":"weekdays","days":[]}', "days", "must be one or more of: mon"),
        ('{"kind":"times","times":1,"per":[]}', "per", "must be a text or a whole number"),
        ('{"kind":"times","times":1,"per":true}', "per", "must be a text or a whole number"),
        ('{"kind":"times","times":1,"per":"year"}', "per", "must be week, month"),
        ('{"kind":"times","times":8,"per":"week"}', "times", "must be a whole number from 1 to 7"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told_by_its_part(text: str, field: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        schedule_in(text)
    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(f"{field} {rule}")


@pytest.mark.parametrize("value", ["null", '"1"', "true", "NaN", "1e999", "1" + "0" * 400])
def test_a_target_wants_a_finite_number(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        target_in(f'{{"kind":"at_most","value":{value}}}')
    assert refused.value.details["field"] == "value"


@pytest.mark.parametrize(("target", "text"), [(AtLeast(value=5), "at_least"), (AtMost(value=5), "at_most")])
def test_a_whole_number_is_a_number(target: Target, text: str) -> None:
    said: Any = target_in(f'{{"kind":"{text}","value":5}}')
    assert said == target
    assert text_of(said) == f'{{"kind":"{text}","value":5.0}}'
