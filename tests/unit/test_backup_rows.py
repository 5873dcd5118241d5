"""Rows of backups are taken strictly: nothing is coerced into something else."""

import datetime as dt
from typing import Any

import msgspec
import pytest
from attrs import evolve

from mosaic_adapters.backups.rows import encoded, structuring
from mosaic_core.backups.model import IDEMPOTENCY, AggregateRow, HeartRateRow, SleepStageRow
from mosaic_core.entries.model import Entry
from mosaic_core.testing import NOON, a_record, an_entry, an_event
from mosaic_core.wearables.model import StepsDay

SAMPLE = HeartRateRow(1, 2, 3, 4, NOON.date(), 60, None, None)


def stated(row: object) -> dict[str, Any]:
    """Return what a line says of the row."""
    ((count, line),) = encoded([row])
    assert count == 1
    told: dict[str, Any] = msgspec.json.decode(line)
    return told


@pytest.mark.parametrize(
    "row",
    [
        an_entry(None),
        an_event(context={"a": [1, None, {"b": "c"}]}),
        a_record(1),
        SAMPLE,
        evolve(SAMPLE, confidence="high", variability_ms=0.1),
        evolve(SAMPLE, confidence=0.1),
        AggregateRow(1, 0, NOON.date(), StepsDay(1, None, 0.5), None, None),
        SleepStageRow(1, 2, None, 3, 4, "night", "deep", "key"),
    ],
    ids=lambda row: type(row).__name__,
)
def test_a_row_comes_back_as_it_was(row: object) -> None:
    again = structuring(type(row))(stated(row))
    assert again == row
    assert stated(again) == stated(row)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "1"},
        {"id": 1.0},
        {"id": True},
        {"id": None},
        {"user_id": "1"},
        {"user_id": False},
        {"date": "20240601"},
        {"date": "2024-W22-6"},
        {"date": "2024-06-31"},
        {"date": 5},
        {"value": "1"},
        {"value": True},
        {"value": None},
        {"note": None},
        {"note": 1},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_no_entry_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        structuring(Entry)({**stated(an_entry(1)), **wrong})
    assert not isinstance(caught.value, AssertionError)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (an_event(), {"timestamp": "2024-06-01T12:00:00"}),
        (an_event(), {"timestamp": 5}),
        (an_event(), {"context": []}),
        (an_event(), {"context": None}),
        (SAMPLE, {"confidence": True}),
        (SAMPLE, {"confidence": []}),
        (SAMPLE, {"variability_ms": "1"}),
        (AggregateRow(1, 0, NOON.date(), None, None, None), {"steps": {"steps": 1}}),
        (AggregateRow(1, 0, NOON.date(), None, None, None), {"steps": 1}),
        (SleepStageRow(1, 2, 3, 3, 4, "a", "b", "c"), {"session_id": 1.5}),
    ],
    ids=lambda one: str(one)[:60],
)
def test_what_is_no_such_row_is_refused(row: object, wrong: dict[str, object]) -> None:
    with pytest.raises(Exception, match=r"."):
        structuring(type(row))({**stated(row), **wrong})


@pytest.mark.parametrize("body", ["no base64", "YQ=", "YQ==\n", 5])
def test_what_is_no_binary_is_refused(body: object) -> None:
    told = stated(a_record(1))
    with pytest.raises(Exception, match=r"."):
        structuring(IDEMPOTENCY.row)({**told, "answer": {**told["answer"], "body": body}})


@pytest.mark.parametrize("name", list(stated(an_entry(1))))
def test_nothing_may_be_missing(name: str) -> None:
    told = stated(an_entry(1))
    del told[name]
    with pytest.raises(KeyError, match=name):
        structuring(Entry)(told)


def test_whole_numbers_may_stand_for_others() -> None:
    assert structuring(Entry)({**stated(an_entry(1)), "value": 2}).value == 2.0


def test_many_rows_come_in_several_pieces() -> None:
    rows = [evolve(SAMPLE, raw_id=number) for number in range(1_001)]
    pieces = list(encoded(iter(rows)))
    assert [count for count, _ in pieces] == [500, 500, 1]
    assert all(lines.endswith(b"\n") for _, lines in pieces)
    assert list(encoded([])) == []


def test_instants_keep_their_moment() -> None:
    berlin = dt.timezone(dt.timedelta(hours=2))
    row = an_event(timestamp=NOON.astimezone(berlin))
    assert structuring(type(row))(stated(row)).timestamp == NOON
