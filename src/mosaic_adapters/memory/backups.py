"""The plan of backups and the latest run in memory."""

from attrs import frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.backups.ports import BackupRepository


@frozen
class MemoryBackups(BackupRepository):
    """Keeps them in a draft."""

    draft: Draft

    def plan(self) -> BackupPlan:
        """Return the plan."""
        return self.draft.state.backup_plan or BackupPlan()

    def keep_plan(self, plan: BackupPlan) -> None:
        """Keep the plan in place of the earlier one."""
        self.draft.change(backup_plan=plan)

    def run(self) -> BackupRun | None:
        """Return the latest run."""
        return self.draft.state.backup_run

    def keep_run(self, run: BackupRun) -> None:
        """Keep the run in place of the earlier one."""
        self.draft.change(backup_run=run)
