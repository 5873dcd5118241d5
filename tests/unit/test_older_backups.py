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
from mosaic_core.testing import PASSWORD, TODAY
from support_backups import reader, restored

FOLDER = Path(__file__).parents[1] / "data"

NEW_TABLES = {"tokens": 3, "webhooks": 3, "wearable_errors": 2}
"""Since which schema tables exist that were not in the first one."""


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
    assert ada.progress(TODAY).goal_completion_today > 0
    assert ada.wearable_day(TODAY).steps == 100
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
