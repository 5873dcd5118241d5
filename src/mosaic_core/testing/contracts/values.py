"""What every store promises about values: any that the rules allow comes back as it was kept."""

from contextlib import closing

from attrs import evolve
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mosaic_core.accounts.model import User
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.entries.ports import StagedRow
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing import strategies
from mosaic_core.testing.contracts.fixtures import StoreFixtures, place_of
from mosaic_core.testing.factories import a_user, an_activity, rolled_back

some = settings(strategies.unhurried, max_examples=25, phases=[Phase.generate, Phase.shrink])


class ValueContract(StoreFixtures):
    """What every store promises about values."""

    @some
    @given(user=strategies.users())
    def test_any_user_comes_back_as_it_was_added(self, store: Store, user: User) -> None:
        with rolled_back(store) as unit:
            kept = unit.users.add(user)
            assert kept == evolve(user, id=kept.id)
            assert unit.users.get(kept.id) == unit.users.find(user.username.upper()) == kept

    @some
    @given(data=st.data(), shared=st.booleans())
    def test_any_activity_comes_back_as_it_was_added(
        self, store: Store, data: st.DataObject, *, shared: bool
    ) -> None:
        with rolled_back(store) as unit:
            owner = None if shared else unit.users.add(a_user()).id
            activity = data.draw(strategies.activities(owner))
            kept = unit.activities.add(activity)
            assert kept == evolve(activity, id=kept.id)
            assert unit.activities.get(kept.id) == unit.activities.find(owner, activity.name) == kept

    @some
    @given(data=st.data(), shared=st.booleans())
    def test_any_entry_comes_back_as_it_was_added(
        self, store: Store, data: st.DataObject, *, shared: bool
    ) -> None:
        with rolled_back(store) as unit:
            owner = None if shared else unit.users.add(a_user()).id
            entry = data.draw(strategies.entries(owner))
            unit.entries.add_many([entry])
            entry_id = unit.entries.ids(owner, [place_of(entry)])[place_of(entry)]
            assert unit.entries.get(entry_id) == evolve(entry, id=entry_id)

    @some
    @given(rows=strategies.staged_rows)
    def test_any_staged_rows_are_told_and_written_as_they_were_staged(
        self, store: Store, rows: list[StagedRow]
    ) -> None:
        with closing(store.stage()) as staging, rolled_back(store) as unit:
            owner = unit.users.add(a_user()).id
            assert list(staging.add(rows)) == [True] * len(rows)
            assert list(staging.rows()) == sorted(rows, key=lambda row: (-row[0].toordinal(), row[1]))
            activities = {key: an_activity(owner, key) for _, key, _, _ in rows}
            unit.staged.write(staging, owner, activities)
            kept = {place_of(one): one for day, *_ in rows for one in unit.entries.on(owner, day)}
            assert {place: (one.value, one.note) for place, one in kept.items()} == {
                (day, key): (value or 0.0, note or "") for day, key, value, note in rows
            }

    @some
    @given(event=strategies.audit_events())
    def test_any_audit_event_comes_back_as_it_was_added(self, store: Store, event: AuditEvent) -> None:
        with rolled_back(store) as unit:
            unit.audit.add(event)
            (kept,) = unit.audit.page(AuditFilter(), Page())
            assert kept == evolve(event, id=kept.id)

    @some
    @given(data=st.data())
    def test_any_idempotency_record_comes_back_as_it_was_put(self, store: Store, data: st.DataObject) -> None:
        with rolled_back(store) as unit:
            record = data.draw(strategies.idempotency_records(unit.users.add(a_user()).id))
            unit.idempotency.put(record)
            assert unit.idempotency.find(record.user_id, record.key) == record
