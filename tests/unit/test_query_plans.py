"""Every query on a user's path is served by an index, however much others have written."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from mosaic_adapters.sqlite.database import connect
from mosaic_adapters.sqlite.migrations import migrate
from mosaic_adapters.sqlite.unit import SqliteUnit
from mosaic_core.audit.model import AuditFilter
from mosaic_core.entries.model import EntryFilter
from mosaic_core.paging import Page
from support import NOON, an_activity, an_entry
from support_plans import ADA, DAY, READS


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "mosaic.db"
    path.touch()
    made = connect(path, 1)
    migrate(made)
    made.execute("INSERT INTO users VALUES (1, 'ada', 'ada', 'ada', 'x', 0, NULL, 0, '2026-01-01', '00:00')")
    yield made
    made.close()


@pytest.fixture
def unit(connection: sqlite3.Connection) -> SqliteUnit:
    """A unit in which the user and everybody own an activity and an entry."""
    filled = SqliteUnit(connection)
    for owner in (ADA, None):
        filled.activities.add(an_activity(user_id=owner, name="Run"))
        filled.entries.add_many([an_entry(user_id=owner, activity="Run", day=DAY)])
    filled.pending.touch(ADA, [DAY])
    filled.pending.settle(filled)
    return filled


def plans(connection: sqlite3.Connection, run: Callable[[], object]) -> list[str]:
    """Return the steps of the plans of all statements that `run` executes."""
    told: list[str] = []
    connection.set_trace_callback(told.append)
    run()
    connection.set_trace_callback(None)
    steps = [step for one in told for step in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    return [step[3] for step in steps]


@pytest.mark.parametrize("name", READS)
def test_a_read_scans_no_table(connection: sqlite3.Connection, unit: SqliteUnit, name: str) -> None:
    steps = plans(connection, lambda: READS[name](unit))
    assert [step for step in steps if step.startswith("SEARCH")]
    assert not [
        step
        for step in steps
        if step.startswith("SCAN")
        and step not in {"SCAN a", "SCAN CONSTANT ROW", "SCAN json_each VIRTUAL TABLE INDEX 1:"}
    ]


def test_the_newest_entries_are_not_sorted(connection: sqlite3.Connection, unit: SqliteUnit) -> None:
    steps = plans(connection, lambda: READS["entries"](unit))
    assert not [step for step in steps if "TEMP B-TREE" in step]


@pytest.mark.parametrize("wanted", [EntryFilter(), EntryFilter(activity="run")])
def test_what_lies_before_a_page_is_passed_over_in_an_index_alone(
    connection: sqlite3.Connection, unit: SqliteUnit, wanted: EntryFilter
) -> None:
    read = Page(1, 1)
    steps = plans(connection, lambda: unit.entries.page(ADA, wanted, read, shared=False))
    assert [step.partition(" (")[0] for step in steps] == [
        f"SEARCH e USING COVERING INDEX {'entries_by_activity' if wanted.activity else 'entries_of_user'}"
    ]


def test_the_values_of_an_activity_are_read_in_an_index_alone(
    connection: sqlite3.Connection, unit: SqliteUnit
) -> None:
    steps = plans(connection, lambda: unit.entries.values(ADA, "run", dt.date.min, dt.date.max))
    assert [step.partition(" (")[0] for step in steps] == [
        "SEARCH entries USING COVERING INDEX entries_by_activity"
    ]


AUDIT_FILTERS: dict[str, Any] = {
    "user_id": ADA,
    "event_type": "auth.login",
    "level": "info",
    "start": NOON,
    "end": NOON,
}
AUDIT_INDEXES = {
    "user_id": "audit_events_user",
    "event_type": "audit_events_type",
    "level": "audit_events_level",
}


@pytest.mark.parametrize(
    "names", [names for count in range(6) for names in combinations(AUDIT_FILTERS, count)], ids=" ".join
)
def test_any_filter_of_the_audit_is_read_in_the_order_of_one_index_and_counted_in_it_alone(
    connection: sqlite3.Connection, unit: SqliteUnit, names: tuple[str, ...]
) -> None:
    index = next((AUDIT_INDEXES[name] for name in names if name in AUDIT_INDEXES), "audit_events_time")
    wanted = AuditFilter(**{name: AUDIT_FILTERS[name] for name in names})
    (reading,) = plans(connection, lambda: unit.audit.page(wanted, Page()))
    (counting,) = plans(connection, lambda: unit.audit.count(wanted))
    way = f"SEARCH audit_events USING {{}}INDEX {index} (" if names else "SCAN audit_events USING {}INDEX "
    assert reading.startswith(way.format(""))
    assert counting.startswith(way.format("COVERING "))
    assert ("timestamp>" in reading, "timestamp<" in reading) == ("start" in names, "end" in names)


def test_a_plan_that_scans_is_told(connection: sqlite3.Connection) -> None:
    steps = plans(connection, lambda: connection.execute("SELECT * FROM entries WHERE note = 'x'").fetchall())
    assert steps == ["SCAN entries"]
