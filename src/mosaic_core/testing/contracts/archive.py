"""What every store promises about giving and taking all that it has."""

import datetime as dt
import json
from collections.abc import Sequence

import pytest
from attrs import evolve
from hypothesis import Phase, given, settings

from mosaic_core.accounts.model import RevokedToken
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.backups import model
from mosaic_core.backups.copying import take_all
from mosaic_core.backups.model import TABLES, IngestErrorRow, LastIds, UserTotals
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import InvalidState, NotEmpty
from mosaic_core.paging import Page
from mosaic_core.stats.summary import summarise
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.archives import HeldArchive, archives, held
from mosaic_core.testing.clock import FixedClock
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.factories import (
    NOON,
    TODAY,
    a_plan,
    a_record,
    a_rule,
    a_source,
    a_token,
    a_user,
    a_webhook,
    an_activity,
    an_entry,
    an_event,
    days_ago,
    rolled_back,
)
from mosaic_core.testing.wearable_records import heart, sleep, stage, steps
from mosaic_core.wearables.model import Batch, IngestError, RawFilter

some = settings(strategies.unhurried, max_examples=10, phases=[Phase.generate, Phase.shrink])

ADA = evolve(a_user("Ada", is_admin=True), id=11)
RUN, READ = evolve(an_activity(11), id=3), evolve(an_activity(11, "Read"), id=4)


def an_archive(**tables: Sequence[object]) -> HeldArchive:
    """Return an archive with Ada and the given tables."""
    return HeldArchive({"users": [ADA], **tables})


class ArchiveContract(StoreFixtures):
    """What every store promises about giving and taking all that it has."""

    def test_an_empty_store_gives_nothing(self, store: Store) -> None:
        with store.read() as unit:
            assert [list(unit.archive.rows(table)) for table in TABLES] == [[]] * len(TABLES)
            assert [unit.archive.count(table) for table in TABLES] == [0] * len(TABLES)

    @some
    @given(archive=archives())
    def test_what_was_taken_is_given_as_it_was(self, store: Store, archive: HeldArchive) -> None:
        with rolled_back(store) as unit:
            take_all(archive, unit)
            given_back = held(unit.archive)
            assert given_back.tables == {
                **{one.name: [] for one in TABLES},
                **held(archive).tables,
            }
            assert [unit.archive.count(one) for one in TABLES] == [archive.count(one) for one in TABLES]

    def test_what_use_cases_wrote_is_given(self, store: Store) -> None:
        mosaic = Mosaic.over(store, clock=FixedClock())
        ada = mosaic.person("Ada")
        ada.add("Run", 2.5, date=TODAY, note="far")
        ada.ingest(evolve(a_batch("watch"), records=[*a_batch("watch").records, "1"]))
        with store.write() as unit:
            unit.users.revoke(ada.caller.user_id, "token", 99)
            unit.idempotency.put(a_record(ada.caller.user_id))
            unit.backups.keep_plan(a_plan())
        with store.read() as unit:
            archive = held(unit.archive)
            assert archive.tables["users"] == list(unit.users.every())
            assert archive.tables["activities"] == list(unit.activities.owned(ada.caller.user_id))
            assert archive.tables["entries"] == list(unit.entries.on(ada.caller.user_id, TODAY))
            assert archive.tables["audit_events"] == list(unit.audit.page(AuditFilter(), Page(None)))[::-1]
            assert archive.tables["revoked_tokens"] == [RevokedToken("token", ada.caller.user_id, 99)]
            assert archive.tables["idempotency"] == [a_record(ada.caller.user_id)]
            assert archive.tables["backup_plan"] == [a_plan()]
            assert archive.tables["wearable_sources"] == list(unit.wearables.sources(ada.caller.user_id))
            assert archive.tables["wearable_totals"] == [UserTotals(ada.caller.user_id, 5, 0, 1, NOON)]
            assert archive.tables["wearable_errors"] == [
                IngestErrorRow(ada.caller.user_id, 0, None, "a record must be an object", NOON)
            ]
        assert {name: len(rows) for name, rows in archive.tables.items() if name.startswith("wearable_")} == {
            "wearable_sources": 1,
            "wearable_totals": 1,
            "wearable_errors": 1,
            "wearable_raw": 5,
            "wearable_canonical_hr": 1,
            "wearable_canonical_steps": 1,
            "wearable_canonical_sleep_sessions": 1,
            "wearable_canonical_sleep_stages": 2,
            "wearable_daily_agg": 2,
        }
        attached = {
            one.session_key: one.session_id for one in archive.tables["wearable_canonical_sleep_stages"]
        }
        assert attached["night"] == archive.tables["wearable_canonical_sleep_sessions"][0].raw_id
        assert attached["another"] is None

    def test_what_was_taken_is_what_repositories_tell(self, store: Store) -> None:
        archive = an_archive(
            revoked_tokens=[RevokedToken("token", 11, 99)],
            activities=[evolve(an_activity(11), id=3), evolve(an_activity(None, "Shared"), id=4)],
            entries=[evolve(an_entry(11), id=5), evolve(an_entry(None, "Shared"), id=8)],
            audit_events=[an_event(id=9)],
            idempotency=[a_record(11)],
            wearable_sources=[a_source(11, id=2)],
            wearable_totals=[UserTotals(11, 1, 2, 3, NOON)],
            wearable_errors=[
                IngestErrorRow(11, 1, None, "old", NOON),
                IngestErrorRow(11, 0, "k", "new", NOON),
            ],
        )
        with store.write() as unit:
            take_all(archive, unit)
        with store.read() as unit:
            assert unit.users.find("ADA") == unit.users.get(11) == ADA
            assert unit.users.is_revoked("token")
            assert unit.activities.find(11, "RUNNING") == unit.activities.get(3)
            assert unit.activities.find(None, "shared") == unit.activities.get(4)
            assert unit.entries.on(11, TODAY) == [unit.entries.get(5)]
            assert unit.entries.on(None, TODAY) == [unit.entries.get(8)]
            assert unit.entries.count(11, EntryFilter(), shared=True) == 2
            assert unit.audit.page(AuditFilter(), Page(None)) == [an_event(id=9)]
            assert unit.idempotency.find(11, "key") == a_record(11)
            assert unit.wearables.sources(11) == [a_source(11, id=2)]
            assert unit.wearables.totals(11).errors == 3
            assert list(unit.wearables.ingest_errors(11)) == [
                IngestError("k", "new", NOON),
                IngestError(None, "old", NOON),
            ]

    def test_days_are_summed_up(self, store: Store) -> None:
        entries = [
            evolve(an_entry(11, name, days_ago(ago), value=ago + 0.5), id=number)
            for number, (name, ago) in enumerate([("Run", 0), ("Read", 0), ("Run", 40)], 1)
        ]
        with store.write() as unit:
            take_all(an_archive(entries=entries), unit)
        with store.read() as unit:
            days = (days_ago(40), TODAY)
            found = unit.entries.positive(11, days)
            assert unit.summaries.summaries(11, dt.date.min, TODAY) == [
                summarise(day, found[day]) for day in days
            ]

    def test_wearables_go_on_where_they_were(self, store: Store) -> None:
        clock = FixedClock()
        mosaic = Mosaic.over(store, clock=clock)
        ada = mosaic.person("Ada")
        ada.ingest(a_batch("watch"))
        ada.ingest(a_batch("ring", "ring "))
        with store.read() as unit:
            archive = held(unit.archive)
            told = _told(mosaic, "Ada")
        with rolled_back(store) as unit:
            unit.users.delete(ada.caller.user_id)
            for table in TABLES:
                if table is not model.AUDIT_EVENTS:
                    assert not unit.archive.count(table), table
            unit.audit.delete_before(NOON + dt.timedelta(days=1))
            take_all(archive, unit)
            assert _told(mosaic, "Ada") == told
            late = Batch(
                source_app="App", device_id="watch", tz="UTC",
                records=[json.dumps(sleep("another", stamp(-500), stamp(-400)))],
            )  # fmt: skip
            assert ada.ingest(a_batch("watch")).duplicates == 5
            assert ada.ingest(late).accepted == 1
            (raw,) = mosaic.wearables.raw(ada.caller, RawFilter(type="sleep_stage"), Page(1)).items
            assert raw.status == "processed"

    def test_new_rows_get_ids_above_all_that_were_given(self, store: Store) -> None:
        with store.write() as unit:
            take_all(
                evolve(an_archive(), last=LastIds(*range(70_000, 79_000, 1_000))),
                unit,
            )
            assert unit.users.add(a_user("ben")).id > 70_000
            assert unit.activities.add(an_activity(11)).id > 71_000
            unit.entries.add_many([an_entry(11)])
            assert unit.entries.on(11, TODAY)[0].id > 72_000
            unit.audit.add(an_event())
            assert unit.audit.page(AuditFilter(), Page(None))[0].id > 73_000
            assert unit.wearables.add_source(a_source(11)).id > 74_000
            assert unit.rules.add(a_rule(11, unit.activities.owned(11)[0].id)).id > 78_000

    def test_new_rows_get_ids_above_those_that_were_taken(self, store: Store) -> None:
        archive = an_archive(
            activities=[evolve(an_activity(11), id=30)],
            entries=[evolve(an_entry(11), id=50)],
            audit_events=[an_event(id=9)],
            wearable_sources=[a_source(11, id=20)],
        )
        with store.write() as unit:
            take_all(archive, unit)
            assert unit.users.add(a_user("ben")).id > 11
            assert unit.activities.add(an_activity(11, "Another")).id > 30
            unit.entries.add_many([an_entry(11, "Another")])
            assert max(one.id for one in unit.entries.on(11, TODAY)) > 50
            unit.audit.add(an_event("Later"))
            assert unit.audit.page(AuditFilter(), Page(1))[0].id > 9
            assert unit.wearables.add_source(a_source(11, "ring")).id > 20

    def test_ids_of_rows_that_are_gone_count_as_given(self, store: Store) -> None:
        with store.write() as unit:
            gone = unit.users.add(a_user("Cleo")).id
            unit.users.delete(gone)
        with store.read() as unit:
            assert unit.archive.last_ids().users >= gone

    @pytest.mark.parametrize(
        "tables",
        [
            {"users": [ADA]},
            {"activities": [evolve(an_activity(None), id=3)]},
            {"entries": [evolve(an_entry(None), id=3)]},
            {"audit_events": [an_event(id=3)]},
        ],
        ids=lambda tables: next(iter(tables)),
    )
    def test_a_store_with_any_row_takes_nothing(
        self, store: Store, tables: dict[str, Sequence[object]]
    ) -> None:
        with rolled_back(store) as unit:
            take_all(HeldArchive(tables), unit)
            before = held(unit.archive).tables
            with pytest.raises(NotEmpty):
                take_all(an_archive(), unit)
            assert held(unit.archive).tables == before

    @pytest.mark.parametrize(
        "tables",
        [
            {"users": [ADA, evolve(ADA, username="ben")]},
            {"users": [ADA, evolve(ADA, id=12, username="ADA")]},
            {"activities": [evolve(an_activity(12), id=1)]},
            {"activities": [evolve(an_activity(11), id=1), evolve(an_activity(11, "RUNNING"), id=2)]},
            {"entries": [evolve(an_entry(11), id=1), evolve(an_entry(11), id=2)]},
            {"entries": [evolve(an_entry(12), id=1)]},
            {"tokens": [evolve(a_token(11), id=1), evolve(a_token(11), id=2)]},
            {"tokens": [evolve(a_token(11), id=1), evolve(a_token(11, "cd" * 32), id=1)]},
            {"tokens": [evolve(a_token(12), id=1)]},
            {"webhooks": [evolve(a_webhook(11), id=1), evolve(a_webhook(11), id=1)]},
            {"webhooks": [evolve(a_webhook(12), id=1)]},
            {"activities": [RUN], "rules": [evolve(a_rule(11, 3), id=number) for number in (1, 2)]},
            {"activities": [RUN, READ], "rules": [evolve(a_rule(11, of), id=1) for of in (3, 4)]},
            {"rules": [evolve(a_rule(11, 3), id=1)]},
            {"wearable_sources": [a_source(12, id=1)]},
            {"wearable_errors": [IngestErrorRow(11, 0, "k", reason, NOON) for reason in ("one", "other")]},
            {"wearable_errors": [IngestErrorRow(12, 0, "k", "no owner", NOON)]},
            {"backup_plan": [a_plan(), a_plan()]},
        ],
    )
    def test_rows_that_contradict_each_other_are_refused(
        self, store: Store, tables: dict[str, Sequence[object]]
    ) -> None:
        with pytest.raises(InvalidState), store.write() as unit:
            take_all(an_archive(**tables), unit)
        with store.read() as unit:
            assert unit.archive.count(model.USERS) == 0

    def test_what_is_given_is_one_snapshot(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
        with store.read() as unit:
            assert unit.archive.count(model.USERS) == 1
            users = unit.archive.rows(model.USERS)
            with store.write() as writer:
                writer.users.delete(ada)
            assert [user.id for user in users] == [ada]
            assert unit.archive.count(model.ACTIVITIES) == len(list(unit.archive.rows(model.ACTIVITIES))) == 1


def stamp(minutes: int) -> str:
    return (NOON + dt.timedelta(minutes=minutes)).isoformat()


def a_batch(device_id: str, prefix: str = "") -> Batch:
    """Return a batch with a record of each kind: a stage of its night, and one whose night has not come."""
    records = [
        heart(f"{prefix}beat", stamp(0), 60),
        steps(f"{prefix}steps", stamp(0), stamp(10), count=100),
        sleep(f"{prefix}night", stamp(-400), stamp(-100)),
        stage(f"{prefix}stage", stamp(-300), stamp(-200), f"{prefix}night"),
        stage(f"{prefix}lone", stamp(-500), stamp(-400), f"{prefix}another"),
    ]
    return Batch(
        source_app="App", device_id=device_id, tz="UTC", records=[json.dumps(one) for one in records]
    )


def _told(mosaic: Mosaic, username: str) -> list[object]:
    caller = mosaic.sessions.caller(username)
    return [
        mosaic.wearables.summary(caller),
        mosaic.wearables.raw(caller, RawFilter(), Page(None)),
        [mosaic.wearables.day(caller, days_ago(ago)) for ago in (0, 1)],
    ]
