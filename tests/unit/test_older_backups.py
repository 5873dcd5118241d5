"""Backups that earlier versions made are restored for ever: each schema has one here.

Whoever changes a row finds this failing, and adds an upgrade (see `mosaic_core.backups.upgrades`), and a
backup of the new schema beside the others.
"""

from pathlib import Path

import pytest

from mosaic_core.accounts.model import Credentials
from mosaic_core.app import Mosaic
from mosaic_core.backups.model import TABLES
from mosaic_core.backups.upgrades import SCHEMA, upgraded
from mosaic_core.entries.model import IMPORT, PERSON
from mosaic_core.schedules.model import AtLeast, Times
from mosaic_core.testing import PASSWORD, TODAY
from support_backups import reader, restored

FOLDER = Path(__file__).parents[1] / "data"

NEW_TABLES = {"tokens": 3, "webhooks": 3, "pauses": 5, "rules": 6, "wearable_errors": 2}
"""Since which schema tables exist that were not in the first one."""

SINCE_SCHEDULES = 4


def test_there_is_a_backup_of_every_schema() -> None:
    assert {file.name for file in FOLDER.glob("backup-schema-*.zip")} == {
        f"backup-schema-{number}.zip" for number in range(1, SCHEMA + 1)
    }


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_a_backup_of_every_schema_is_restored(mosaic: Mosaic, schema: int) -> None:
    backup = (FOLDER / f"backup-schema-{schema}.zip").read_bytes()
    empty = [table.name for table in TABLES if not list(reader(backup).rows(table))]
    assert empty == [name for name, since in NEW_TABLES.items() if schema < since]
    restored(backup, mosaic.store)
    assert mosaic.sessions.login(Credentials(username="ada", password=PASSWORD)).user.is_admin
    ada = mosaic.person("Ada")
    assert [(row.activity, row.value, row.note) for row in ada.entries()] == [("=Laufen", 2.5, '"weit", 🌲')]
    has_rule = schema >= NEW_TABLES["rules"]
    assert [row.origin for row in ada.entries()] == [IMPORT if has_rule else PERSON]
    assert ada.progress(TODAY).goal_completion_today > 0
    assert ada.wearable_day(TODAY).steps == 100
    starts = {user.username: user.day_start for user in mosaic.accounts.every()}
    assert starts == {"Ada": "03:00" if schema >= SINCE_SCHEDULES else "00:00", "Bén": "00:00"}
    reading = next(one for one in ada.activities(inactive=True) if one.name == "Lesen")
    habit = (reading.schedule, reading.target, reading.unit)
    has_habit = schema >= SINCE_SCHEDULES
    assert habit == (
        (Times(times=3, per=10, from_=TODAY), AtLeast(value=20), "Seiten") if has_habit else (None, None, "")
    )
    pauses = [(one.from_, one.to, one.activity_id, one.reason) for one in mosaic.pauses.of(ada.caller)]
    has_pause = schema >= NEW_TABLES["pauses"]
    assert pauses == ([(TODAY, None, reading.id, "Urlaub, 🌲")] if has_pause else [])
    rules = [(one.activity, one.rule.metric, one.rule.at_least, one.rule.from_) for one in ada.rules()]
    assert rules == ([("Lesen", "steps", 0.5, TODAY)] if has_rule else [])
    errors = mosaic.wearables.summary(ada.caller).errors
    assert [one.dedupe_key for one in errors] == (
        ["no time"] if schema >= NEW_TABLES["wearable_errors"] else []
    )


def test_upgrades_are_taken_one_after_the_other() -> None:
    upgrades = [
        {"users": lambda row: {**row, "one": 1}},
        {"entries": lambda row: {**row, "two": 2}},
        {"users": lambda row: {**row, "three": row["one"] + 2}},
    ]
    assert upgraded("users", {}, upgrades) == {"one": 1, "three": 3}
    assert upgraded("entries", {}, upgrades) == {"two": 2}
