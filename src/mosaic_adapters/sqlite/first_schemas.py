"""The schemas that the first versions of Mosaic made under the numbers of today's first two migrations.

Their databases say that they have had these migrations, but lack the totals of entries, or have heart rates
in a table of another form.
"""

import sqlite3
from collections.abc import Mapping, Sequence

TOTALS = (
    """CREATE TABLE entry_totals (
        owner INTEGER PRIMARY KEY,
        total INTEGER NOT NULL
    ) STRICT""",
    """CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
        INSERT INTO entry_totals VALUES (ifnull(new.user_id, 0), 1)
        ON CONFLICT (owner) DO UPDATE SET total = total + 1;
    END""",
    """CREATE TRIGGER entry_removed AFTER DELETE ON entries BEGIN
        UPDATE entry_totals SET total = total - 1 WHERE owner = ifnull(old.user_id, 0);
    END""",
    """CREATE TRIGGER entry_moved AFTER UPDATE OF user_id ON entries
    WHEN new.user_id IS NOT old.user_id BEGIN
        UPDATE entry_totals SET total = total - 1 WHERE owner = ifnull(old.user_id, 0);
        INSERT INTO entry_totals VALUES (ifnull(new.user_id, 0), 1)
        ON CONFLICT (owner) DO UPDATE SET total = total + 1;
    END""",
)

HEART_RATES = """CREATE TABLE wearable_canonical_hr (
    source_id INTEGER NOT NULL REFERENCES wearable_sources ON DELETE CASCADE,
    day TEXT NOT NULL,
    bpm INTEGER NOT NULL,
    raw_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    variability_ms REAL,
    confidence REAL,
    PRIMARY KEY (source_id, day, bpm, raw_id)
) STRICT, WITHOUT ROWID"""

_WITHOUT_TOTALS = (
    "DROP TRIGGER entry_added",
    "DROP TRIGGER entry_removed",
    "DROP TRIGGER entry_moved",
    "DROP TABLE entry_totals",
)
_FIRST_HEART_RATES = (
    "DROP TABLE wearable_canonical_hr",
    """CREATE TABLE wearable_canonical_hr (
        raw_id INTEGER PRIMARY KEY REFERENCES wearable_raw ON DELETE CASCADE,
        user_id INTEGER NOT NULL,
        source_id INTEGER NOT NULL,
        day TEXT NOT NULL,
        at INTEGER NOT NULL,
        bpm INTEGER NOT NULL,
        variability_ms REAL,
        confidence REAL
    ) STRICT""",
    """CREATE INDEX wearable_canonical_hr_of_day
       ON wearable_canonical_hr (user_id, day, source_id, bpm, variability_ms)""",
)

FIRST_SCHEMAS: Mapping[int, Sequence[Sequence[str]]] = {
    1: (_WITHOUT_TOTALS,),
    2: (_FIRST_HEART_RATES, _WITHOUT_TOTALS + _FIRST_HEART_RATES),
}
"""By how many migrations a database has had: what makes the schemas of the first versions of today's."""


def mend(connection: sqlite3.Connection) -> None:
    """Make the schema after two migrations of those of the first versions; keep all rows."""
    if not _columns(connection, "entry_totals"):
        for statement in TOTALS:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO entry_totals SELECT ifnull(user_id, 0), count(*) FROM entries GROUP BY user_id"
        )
    if "user_id" in _columns(connection, "wearable_canonical_hr"):
        connection.execute("ALTER TABLE wearable_canonical_hr RENAME TO first_hr")
        connection.execute(HEART_RATES)
        connection.execute(
            """INSERT INTO wearable_canonical_hr
               SELECT source_id, day, bpm, raw_id, at, variability_ms, confidence FROM first_hr"""
        )
        connection.execute("DROP TABLE first_hr")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
