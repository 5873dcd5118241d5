"""The plan of backups and the latest run in SQLite."""

import datetime as dt
import sqlite3

from mosaic_adapters.sqlite.archive_statements import BACKUP_PLAN
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.backups.ports import BackupRepository


class SqliteBackups(BackupRepository):
    """The tables `backup_plan` and `backup_run`, of one row each."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def plan(self) -> BackupPlan:
        """Return the plan."""
        rows = self._execute(BACKUP_PLAN.select).fetchall()
        return next(iter(BACKUP_PLAN.values(rows)), BackupPlan())

    def keep_plan(self, plan: BackupPlan) -> None:
        """Keep the plan in place of the earlier one."""
        self._execute("DELETE FROM backup_plan")
        self._execute(BACKUP_PLAN.insert, BACKUP_PLAN.columns(plan))

    def run(self) -> BackupRun | None:
        """Return the latest run."""
        row = self._execute("SELECT number, since, beats, is_over FROM backup_run").fetchone()
        if row is None:
            return None
        number, since, beats, is_over = row
        return BackupRun(
            number=number, since=dt.datetime.fromisoformat(since), beats=beats, is_over=bool(is_over)
        )

    def keep_run(self, run: BackupRun) -> None:
        """Keep the run in place of the earlier one."""
        self._execute(
            """INSERT INTO backup_run (id, number, since, beats, is_over) VALUES (1, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE
               SET number = excluded.number, since = excluded.since, beats = excluded.beats,
                   is_over = excluded.is_over""",
            (run.number, run.since.isoformat(), run.beats, run.is_over),
        )
