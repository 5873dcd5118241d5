"""The plan of backups and the latest run in PostgreSQL."""

from mosaic_adapters.postgresql.archive_statements import BACKUP_PLAN
from mosaic_adapters.postgresql.transaction import INSTALLATION, Transaction
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.backups.ports import BackupRepository


class PostgresqlBackups(BackupRepository):
    """The tables `backup_plan` and `backup_run`, of one row each."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def plan(self) -> BackupPlan:
        """Return the plan."""
        self._in.own(INSTALLATION)
        rows = self._in.rows(f"SELECT {BACKUP_PLAN.names} FROM backup_plan")  # noqa: S608  # constants
        return next(iter(BACKUP_PLAN.values(rows)), BackupPlan())

    def keep_plan(self, plan: BackupPlan) -> None:
        """Keep the plan in place of the earlier one."""
        self._in.own(INSTALLATION)
        self._in.change("DELETE FROM backup_plan")
        self._in.change(
            f"INSERT INTO backup_plan ({BACKUP_PLAN.names}) VALUES (%s, %s, %s, %s, %s)",  # noqa: S608
            BACKUP_PLAN.columns(plan),
        )

    def run(self) -> BackupRun | None:
        """Return the latest run."""
        self._in.own(INSTALLATION)
        row = self._in.row("SELECT number, since, beats, is_over FROM backup_run")
        if row is None:
            return None
        number, since, beats, is_over = row
        return BackupRun(number=number, since=since, beats=beats, is_over=is_over)

    def keep_run(self, run: BackupRun) -> None:
        """Keep the run in place of the earlier one."""
        self._in.own(INSTALLATION)
        self._in.change(
            """INSERT INTO backup_run (number, since, beats, is_over) VALUES (%s, %s, %s, %s)
               ON CONFLICT (id) DO UPDATE
               SET number = excluded.number, since = excluded.since, beats = excluded.beats,
                   is_over = excluded.is_over""",
            (run.number, run.since, run.beats, run.is_over),
        )
