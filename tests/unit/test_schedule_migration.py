"""A database of an earlier version keeps its activities, which then have no schedule."""

from itertools import takewhile
from pathlib import Path

from attrs import evolve

from mosaic_adapters.sqlite.database import SqliteStore, connect
from mosaic_adapters.sqlite.migrations import MIGRATIONS, take
from mosaic_core.schedules.model import Every


def test_old_activities_have_no_schedule_and_can_be_given_one(tmp_path: Path) -> None:
    path = tmp_path / "mosaic.db"
    path.touch()
    old = connect(path, 1)
    earlier = list(takewhile(lambda steps: "ADD COLUMN schedule" not in str(steps), MIGRATIONS))
    for steps in earlier:
        take(old, steps)
    old.execute(f"PRAGMA user_version = {len(earlier)}")
    old.execute(
        "INSERT INTO activities VALUES (1, NULL, 'Run', 'run', '', 'positive', 1.0, '', 1, 1, 7, NULL)"
    )
    old.close()
    store = SqliteStore(path)
    with store.write() as unit:
        (run,) = unit.activities.owned(None)
        assert (run.name, run.schedule, run.target, run.unit) == ("Run", None, None, "")
        unit.activities.update(evolve(run, schedule=Every(days=2)))
    with store.read() as unit:
        assert unit.activities.get(1) == evolve(run, schedule=Every(days=2))
    store.close()
