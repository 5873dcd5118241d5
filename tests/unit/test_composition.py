"""The migration that makes one of names that differ in composition alone."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from mosaic_adapters.sqlite.composition import compose_texts
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_adapters.sqlite.migrations import MIGRATIONS, take
from mosaic_core.entries.model import EntryFilter
from mosaic_core.paging import Page
from mosaic_core.stats.summary import summarise
from support import an_activity, an_entry

COMPOSED = "Café"
DECOMPOSED = "Cafe\u0301"
DAY = "2024-06-01"
NEXT_DAY = "2024-06-02"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database as it was before, with the users 1 and 2."""
    connection = sqlite3.connect(tmp_path / "mosaic.db", isolation_level=None)
    before = next(number for number, steps in enumerate(MIGRATIONS) if compose_texts in steps)
    for steps in MIGRATIONS[:before]:
        take(connection, steps)
    connection.execute(f"PRAGMA user_version = {before}")
    for name in ("ada", "ben"):
        add_user(connection, name)
    yield connection
    connection.close()


def add_user(old: sqlite3.Connection, name: str) -> None:
    old.execute(
        "INSERT INTO users VALUES (NULL, ?, ?, ?, 'hash', 0, NULL, 0, '2024-01-01T00:00:00+00:00')",
        (name, name.casefold(), name),
    )


def add_activity(old: sqlite3.Connection, owner: int | None, name: str, category: str = "") -> None:
    old.execute(
        "INSERT INTO activities VALUES (NULL, ?, ?, ?, ?, 'positive', 1, '', 1, 1, 7, NULL)",
        (owner, name, name.casefold(), category),
    )


def add_entry(
    old: sqlite3.Connection, owner: int | None, day: str, name: str, value: float, category: str = ""
) -> None:
    old.execute(
        "INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, '', '', ?, 1, 'positive')",
        (owner, day, name, name.casefold(), value, category),
    )


def add_summary(old: sqlite3.Connection, owner: int, day: str) -> None:
    rows = old.execute(
        "SELECT category, activity, value, goal FROM entries WHERE user_id = ? AND day = ?", (owner, day)
    )
    summary = summarise(dt.date.fromisoformat(day), rows)
    old.execute(
        "INSERT INTO day_summaries VALUES (?, ?, ?)", (owner, day, msgspec.json.encode(summary).decode())
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def migrated(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "mosaic.db")


def rows(store: SqliteStore, sql: str) -> list[tuple[object, ...]]:
    with store.read() as unit:
        return unit.execute(sql).fetchall()


ENTRIES = "SELECT user_id, day, activity, value FROM entries ORDER BY id"


def test_decomposed_names_are_composed_and_found(old: sqlite3.Connection, folder: Path) -> None:
    add_user(old, "ren" + DECOMPOSED)
    add_activity(old, 1, DECOMPOSED, DECOMPOSED)
    add_activity(old, 1, "Run")
    add_entry(old, 1, DAY, DECOMPOSED, 2, DECOMPOSED)
    add_entry(old, 1, NEXT_DAY, COMPOSED, 3, COMPOSED)
    store = migrated(folder)
    with store.read() as unit:
        found = unit.users.find("REN" + COMPOSED)
        assert found is not None
        assert (found.username, found.display_name) == ("ren" + DECOMPOSED, "ren" + COMPOSED)
        assert unit.users.find("ren" + DECOMPOSED) == found
        assert [(one.name, one.category) for one in unit.activities.owned(1)] == [
            (COMPOSED, COMPOSED),
            ("Run", ""),
        ]
        listed = unit.entries.page(1, EntryFilter(category=DECOMPOSED), Page(None), shared=False)
    assert [(one.activity, one.value) for one in listed] == [(COMPOSED, 3.0), (COMPOSED, 2.0)]
    store.close()


def test_of_two_activities_that_become_one_both_stay_with_their_entries(
    old: sqlite3.Connection, folder: Path
) -> None:
    for owner in (1, 2, None):
        add_activity(old, owner, DECOMPOSED, "first")
        add_activity(old, owner, COMPOSED, "second")
    add_activity(old, 1, COMPOSED + " (2)")
    for owner in (1, 2):
        add_entry(old, owner, DAY, DECOMPOSED, 1)
        add_entry(old, owner, DAY, COMPOSED, 2)
    add_entry(old, None, DAY, DECOMPOSED, 3)
    store = migrated(folder)
    assert rows(store, "SELECT user_id, name, category FROM activities ORDER BY id") == [
        (1, COMPOSED + " (3)", "first"),
        (1, COMPOSED, "second"),
        (2, COMPOSED + " (2)", "first"),
        (2, COMPOSED, "second"),
        (None, COMPOSED + " (2)", "first"),
        (None, COMPOSED, "second"),
        (1, COMPOSED + " (2)", ""),
    ]
    assert rows(store, ENTRIES) == [
        (1, DAY, COMPOSED + " (3)", 1.0),
        (1, DAY, COMPOSED, 2.0),
        (2, DAY, COMPOSED + " (2)", 1.0),
        (2, DAY, COMPOSED, 2.0),
        (None, DAY, COMPOSED + " (2)", 3.0),
    ]
    assert rows(store, "SELECT count(*) FROM activities WHERE name_key <> name_key(name)") == [(0,)]
    assert rows(store, "SELECT count(*) FROM entries WHERE activity_key <> name_key(activity)") == [(0,)]
    store.close()


def test_of_two_entries_of_a_day_without_an_activity_both_stay(old: sqlite3.Connection, folder: Path) -> None:
    add_entry(old, 1, DAY, DECOMPOSED, 1)
    add_entry(old, 1, DAY, COMPOSED, 2)
    add_entry(old, 1, NEXT_DAY, DECOMPOSED, 3)
    store = migrated(folder)
    assert rows(store, ENTRIES) == [
        (1, DAY, COMPOSED + " (2)", 1.0),
        (1, DAY, COMPOSED, 2.0),
        (1, NEXT_DAY, COMPOSED, 3.0),
    ]
    store.close()


def test_a_name_of_full_length_makes_room_for_its_number(old: sqlite3.Connection, folder: Path) -> None:
    add_activity(old, 1, DECOMPOSED + "x" * 115)
    add_activity(old, 1, COMPOSED + "x" * 115)
    add_activity(old, 1, DECOMPOSED + "y" * 116)
    add_activity(old, 1, COMPOSED + "y" * 116)
    store = migrated(folder)
    names = [name for (name,) in rows(store, "SELECT name FROM activities ORDER BY id")]
    assert names[0] == COMPOSED + "x" * 112 + " (2)"
    assert names[2] == COMPOSED + "y" * 112 + " (2)"
    store.close()


@pytest.mark.parametrize("first", [COMPOSED, DECOMPOSED])
def test_two_accounts_that_become_one_name_are_still_told_apart(
    old: sqlite3.Connection, folder: Path, first: str
) -> None:
    second = DECOMPOSED if first == COMPOSED else COMPOSED
    add_user(old, first)
    add_user(old, second)
    store = migrated(folder)
    with store.read() as unit:
        found = [unit.users.find(name) for name in (first, second, second.upper())]
    assert [one and one.id for one in found] == [3, 4, 4]
    store.close()


def test_days_whose_names_changed_are_summed_up_again(old: sqlite3.Connection, folder: Path) -> None:
    add_activity(old, 1, "Run")
    for day, category in ((DAY, DECOMPOSED), (NEXT_DAY, "Health")):
        add_entry(old, 1, day, "Run", 1, category)
        add_entry(old, 1, day, "Walk", 1, category)
        add_summary(old, 1, day)
    untouched = old.execute("SELECT summary FROM day_summaries WHERE day = ?", (NEXT_DAY,)).fetchone()
    add_entry(old, None, DAY, DECOMPOSED, 1)
    old.execute("INSERT INTO entries VALUES (NULL, 2, ?, ?, ?, 1, '', '', '', 0, 'negative')",
                (DAY, DECOMPOSED, DECOMPOSED))  # fmt: skip
    store = migrated(folder)
    with store.read() as unit:
        first, second = unit.summaries.summaries(1, dt.date(2024, 6, 1), dt.date(2024, 6, 2))
        assert unit.summaries.summaries(2, dt.date(2024, 6, 1), dt.date(2024, 6, 2)) == []
    assert [(part.category, part.entries) for part in first.categories] == [(COMPOSED, 2)]
    assert [(part.category, part.entries) for part in second.categories] == [("Health", 2)]
    assert rows(store, "SELECT summary FROM day_summaries ORDER BY day DESC LIMIT 1") == [untouched]
    store.close()


def test_the_migrated_store_takes_new_rows(old: sqlite3.Connection, folder: Path) -> None:
    add_activity(old, 1, DECOMPOSED)
    add_entry(old, 1, DAY, DECOMPOSED, 1)
    store = migrated(folder)
    with store.write() as unit:
        unit.activities.add(an_activity(1, "Other"))
        unit.entries.add_many([an_entry(1, COMPOSED, dt.date(2024, 6, 3))])
        assert unit.entries.count(1, EntryFilter(), shared=False) == 2
    store.close()
