"""What every store promises about the plan of backups and who is at a run."""

from attrs import evolve

from mosaic_core.backups import model
from mosaic_core.backups.model import BACKUP_PLAN
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.factories import a_plan, a_run, rolled_back


class BackupRepositoryContract(StoreFixtures):
    """What every store promises about the plan of backups and who is at a run."""

    def test_a_plan_that_was_never_kept_sets_nothing(self, store: Store) -> None:
        with store.read() as unit:
            assert unit.backups.plan() == BackupPlan()
            assert unit.archive.count(BACKUP_PLAN) == 0

    def test_a_plan_comes_back_as_it_was_kept(self, store: Store) -> None:
        for plan in (a_plan(), BackupPlan(), a_plan(enabled=True), a_plan(enabled=None, last_error=None)):
            with store.write() as unit:
                unit.backups.keep_plan(plan)
                assert unit.backups.plan() == plan
            with store.read() as unit:
                assert unit.backups.plan() == plan

    def test_there_is_one_plan(self, store: Store) -> None:
        with store.write() as unit:
            unit.backups.keep_plan(a_plan())
            unit.backups.keep_plan(a_plan(keep=9))
        with store.read() as unit:
            assert list(unit.archive.rows(BACKUP_PLAN)) == [a_plan(keep=9)]
            assert unit.archive.count(BACKUP_PLAN) == 1

    def test_there_is_no_run_before_the_first(self, store: Store) -> None:
        with store.read() as unit:
            assert unit.backups.run() is None

    def test_a_run_comes_back_as_it_was_kept(self, store: Store) -> None:
        for run in (a_run(), a_run(beats=2**40), a_run(number=8, is_over=True)):
            with store.write() as unit:
                unit.backups.keep_run(run)
            with store.read() as unit:
                assert unit.backups.run() == run

    def test_a_rollback_brings_plan_and_run_back(self, store: Store) -> None:
        with store.write() as unit:
            unit.backups.keep_plan(a_plan())
            unit.backups.keep_run(a_run())
        with rolled_back(store) as unit:
            unit.backups.keep_plan(a_plan(keep=9))
            unit.backups.keep_run(evolve(a_run(), beats=1))
        with store.read() as unit:
            assert (unit.backups.plan(), unit.backups.run()) == (a_plan(), a_run())

    def test_a_user_who_goes_leaves_plan_and_run_alone(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.backups.keep_plan(a_plan())
            unit.backups.keep_run(a_run())
            unit.users.delete(ada)
            assert (unit.backups.plan(), unit.backups.run()) == (a_plan(), a_run())

    def test_a_run_is_no_part_of_an_archive(self, store: Store) -> None:
        with store.write() as unit:
            unit.backups.keep_run(a_run())
            assert not any(unit.archive.count(table) for table in model.TABLES)
