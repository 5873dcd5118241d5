"""Rows of backups are taken strictly: nothing is coerced into something else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from attrs import evolve, frozen

from mosaic_adapters.backups.decoding import Decoding, decoding
from mosaic_adapters.backups.rows import encoded
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.model import AggregateRow, HeartRateRow, RawRow, SleepStageRow, Table
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.backups.upgrades import Upgrade
from mosaic_core.entries.model import Entry
from mosaic_core.schedules.model import AtMost, Every, Weekdays
from mosaic_core.testing import NOON, a_record, a_token, an_activity, an_entry, an_event
from mosaic_core.wearables.model import StepsDay

SAMPLE = HeartRateRow(1, 2, 3, 4, NOON.date(), 60, None, None)


def stated(row: object) -> dict[str, Any]:
    """Return what a line says of the row."""
    ((count, line),) = encoded([row])
    assert count == 1
    told: dict[str, Any] = msgspec.json.decode(line)
    return told


RAW = RawRow(1, 2, 3, "key", "steps", "stored", "UTC", NOON.date(), 4, NOON, "{}")

Taken = Callable[[type, dict[str, Any]], Any]


@pytest.fixture(params=[(), ({"rows": lambda row: row},)], ids=["as it is", "after an upgrade"])
def taken(request: pytest.FixtureRequest) -> Taken:
    """Return what makes a row of what a line says: quickly where it is flat, or after an upgrade."""
    upgrades: tuple[Upgrade, ...] = request.param

    def taken(kind: type, told: dict[str, Any]) -> object:
        return line_taken(kind, msgspec.json.encode(told), upgrades)

    return taken


def line_taken(kind: type, line: bytes, upgrades: tuple[Upgrade, ...]) -> object:
    """Return the row that the line states."""
    how: Decoding[Any] = decoding(Table("rows", kind), upgrades)
    (row,) = how.made(how.judged(line + b"\n"))
    return row


@pytest.mark.parametrize(
    "row",
    [
        an_entry(None),
        an_activity(None),
        an_activity(1, schedule=Every(days=3, from_=NOON.date()), target=AtMost(value=-0.5), unit="km"),
        an_activity(1, schedule=Weekdays(days=("sun", "mon")), deactivated_at=NOON.date()),
        RAW,
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
def test_a_row_comes_back_as_it_was(row: object, taken: Taken) -> None:
    again = taken(type(row), stated(row))
    assert again == row
    assert stated(again) == stated(row)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "1"},
        {"id": 1.0},
        {"id": True},
        {"id": None},
        {"id": 1e2},
        {"user_id": "1"},
        {"user_id": False},
        {"date": "20240601"},
        {"date": "2024-W22-6"},
        {"date": "2024-06-31"},
        {"date": "2024-06-01T00:00:00"},
        {"date": "2024-06-01Z"},
        {"date": "0000-01-01"},
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
def test_what_is_no_entry_is_refused(wrong: dict[str, object], taken: Taken) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        taken(Entry, {**stated(an_entry(1)), **wrong})
    assert not isinstance(caught.value, AssertionError)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (an_event(), {"timestamp": "2024-06-01T12:00:00"}),
        (an_event(), {"timestamp": 5}),
        (an_event(), {"context": []}),
        (an_event(), {"context": None}),
        (RAW, {"received_at": "2024-06-01T12:00:00"}),
        (RAW, {"received_at": "2024-06-01"}),
        (RAW, {"received_at": 5}),
        (RAW, {"received_at": None}),
        (SAMPLE, {"confidence": True}),
        (SAMPLE, {"confidence": []}),
        (SAMPLE, {"variability_ms": "1"}),
        (AggregateRow(1, 0, NOON.date(), None, None, None), {"steps": {"steps": 1}}),
        (AggregateRow(1, 0, NOON.date(), None, None, None), {"steps": 1}),
        (SleepStageRow(1, 2, 3, 3, 4, "a", "b", "c"), {"session_id": 1.5}),
        (an_activity(1), {"schedule": "daily"}),
        (an_activity(1), {"schedule": {"kind": "at_least", "value": 1}}),
        (an_activity(1), {"schedule": {"kind": "every", "days": "2"}}),
        (an_activity(1), {"target": {"kind": "daily"}}),
        (an_activity(1), {"target": []}),
        (an_activity(1), {"unit": None}),
        (a_token(1), {"scopes": "read"}),
        (a_token(1), {"scopes": [1]}),
        (a_token(1), {"scopes": {"read": 1}}),
        (a_token(1), {"expires_at": "2024-06-01"}),
    ],
    ids=lambda one: str(one)[:60],
)
def test_what_is_no_such_row_is_refused(row: object, wrong: dict[str, object], taken: Taken) -> None:
    with pytest.raises(Exception, match=r"."):
        taken(type(row), {**stated(row), **wrong})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" * 400, "01", "1_000", '"1"', "1.", ""])
@pytest.mark.parametrize("upgrades", [(), ({"rows": lambda row: row},)], ids=["as it is", "upgraded"])
def test_what_is_no_number_is_refused(number: str, upgrades: tuple[Upgrade, ...]) -> None:
    line = msgspec.json.encode({**stated(an_entry(1)), "value": "here"})
    with pytest.raises(Exception, match=r".") as caught:
        line_taken(Entry, line.replace(b'"here"', number.encode()), upgrades)
    assert not isinstance(caught.value, AssertionError)


@pytest.mark.parametrize("body", ["no base64", "YQ=", "YQ==\n", 5])
def test_what_is_no_binary_is_refused(body: object, taken: Taken) -> None:
    record = a_record(1)
    told = stated(record)
    with pytest.raises(Exception, match=r"."):
        taken(type(record), {**told, "answer": {**told["answer"], "body": body}})


@pytest.mark.parametrize("name", list(stated(an_entry(1))))
def test_nothing_may_be_missing(name: str, taken: Taken) -> None:
    told = stated(an_entry(1))
    del told[name]
    with pytest.raises((KeyError, msgspec.ValidationError), match=name):
        taken(Entry, told)


@frozen
class Listing:
    """A row that is not flat."""

    names: list[str]


@frozen
class Even:
    """A row with a rule of its own."""

    number: int

    def __attrs_post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("an even number is wanted")


@pytest.mark.parametrize(
    ("good", "wrong"),
    [
        (BackupPlan(keep=1), {"keep": 0}),
        (Listing(["a"]), {"names": [1]}),
        (Even(2), {"number": 3}),
    ],
    ids=str,
)
def test_the_rules_of_a_row_hold_for_its_line(good: object, wrong: dict[str, object], taken: Taken) -> None:
    assert taken(type(good), stated(good)) == good
    with pytest.raises(Exception, match=r"."):
        taken(type(good), {**stated(good), **wrong})


def test_whole_numbers_may_stand_for_others(taken: Taken) -> None:
    value = taken(Entry, {**stated(an_entry(1)), "value": 2}).value
    assert value == 2.0
    assert type(value) is float


def test_whole_numbers_may_be_large(taken: Taken) -> None:
    assert taken(Entry, {**stated(an_entry(1)), "id": 2**63}).id == 2**63


@pytest.mark.parametrize("line", [b"", b"null", b"1", b"[]", b"{}", b'"row"', b"{", b"\xff"])
@pytest.mark.parametrize("upgrades", [(), ({"rows": lambda row: row},)], ids=["as it is", "upgraded"])
def test_what_is_no_object_is_no_row(line: bytes, upgrades: tuple[Upgrade, ...]) -> None:
    with pytest.raises(Exception, match=r"."):
        line_taken(Entry, line, upgrades)


def test_many_rows_come_in_several_pieces() -> None:
    rows = [evolve(SAMPLE, raw_id=number) for number in range(1_001)]
    pieces = list(encoded(iter(rows)))
    assert [count for count, _ in pieces] == [500, 500, 1]
    assert all(lines.endswith(b"\n") for _, lines in pieces)
    assert list(encoded([])) == []


def test_instants_keep_their_moment_and_their_offset(taken: Taken) -> None:
    berlin = dt.timezone(dt.timedelta(hours=2))
    instant = NOON.astimezone(berlin)
    assert taken(AuditEvent, stated(an_event(timestamp=instant))).timestamp.isoformat() == instant.isoformat()
    assert (
        taken(RawRow, stated(evolve(RAW, received_at=instant))).received_at.isoformat() == instant.isoformat()
    )
