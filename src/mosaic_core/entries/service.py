"""Entries: logging days and looking at them."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, field, frozen
from attrs.validators import optional

from mosaic_core.activities.service import changeable_activity
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.merging import MergeActivity, Merged, merge_activity
from mosaic_core.entries.model import (
    PERSON,
    AddEntry,
    Entry,
    EntryChange,
    EntryFilter,
    ListedEntry,
    TodayRow,
    WrittenEntry,
)
from mosaic_core.entries.today import today_sheet
from mosaic_core.entries.upsert import EntryUpsert
from mosaic_core.errors import NotFound
from mosaic_core.paging import Page, Part
from mosaic_core.policy import Policy
from mosaic_core.rules.filling import RuleFilling
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.touching import touch
from mosaic_core.validators import given, require_plain_date, require_written_day, written_day
from mosaic_core.views import Views
from mosaic_core.webhooks.events import Outbox


@frozen(kw_only=True)
class FinalizeDay:
    """Which day to finalize; None means the caller's today."""

    date: dt.date | None = field(default=None, validator=optional(written_day))


@frozen
class Finalized:
    """The day that was finalized and how many entries that took."""

    day: dt.date
    created: int


@frozen
class EntryService:
    """The use cases of entries and of the Today sheet."""

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    policy: Policy
    outbox: Outbox

    def page(self, caller: Caller, wanted: EntryFilter, page: Page) -> Part[ListedEntry]:
        """Return the caller's entries that fit, newest day first; administrators see the shared ones too."""
        shared = caller.is_admin
        with self.store.read() as unit:
            rows = unit.entries.page(caller.user_id, wanted, page, shared=shared)
            return page.part(rows, lambda: unit.entries.count(caller.user_id, wanted, shared=shared))

    def get(self, caller: Caller, entry_id: int) -> Entry:
        """Return an entry of the caller's, an administrator any. Raises NotFound if there is none."""
        with self.store.read() as unit:
            return _changeable(unit, caller, entry_id)

    def add(self, caller: Caller, said: AddEntry) -> WrittenEntry:
        """Write what was done on a day. See EntryUpsert.

        Raises InvalidState if the activity is a new one and there are as many as there may be.
        """
        with self.store.write() as unit:
            upsert = EntryUpsert(unit, self.views, caller.user_id, self.policy.max_activities)
            if caller.listens:
                return self.outbox.entry(unit, caller, said, upsert.put)
            return upsert.put(said)

    def change(self, caller: Caller, entry_id: int, change: EntryChange) -> Entry:
        """Change parts of an entry of the caller's, an administrator any; return it as it is then.

        What a rule or an import has said is the person's word from then on.
        Raises NotFound, or Conflict if the day that it moves to has an entry of the activity.
        """
        with self.store.write() as unit:
            before = _changeable(unit, caller, entry_id)
            after = evolve(before, **given(change), origin=PERSON)
            unit.entries.update_many([after])
            touch(unit, before.user_id, [before.activity], {before.date, after.date})
            if before.date != after.date:
                RuleFilling(unit, self.views).place(before.user_id, before.activity, before.date)
            self.audit.note(
                unit,
                "entry.update",
                "Entry updated",
                caller.user_id,
                entry_id=entry_id,
                activity=after.activity,
                fields=sorted(given(change)),
            )
            self.views.days_changed(unit, before.user_id)
        return after

    def delete(self, caller: Caller, entry_id: int) -> None:
        """Delete an entry of the caller's, an administrator any; a rule that wants one makes its own."""
        try:
            with self.store.write() as unit:
                entry = _changeable(unit, caller, entry_id)
                unit.entries.delete(entry_id)
                self.audit.note(unit, "entry.delete", "Entry deleted", caller.user_id, entry_id=entry_id)
                touch(unit, entry.user_id, [entry.activity], (entry.date,))
                RuleFilling(unit, self.views).place(entry.user_id, entry.activity, entry.date)
                self.views.days_changed(unit, entry.user_id)
        except NotFound as error:
            self.audit.note_apart(
                "entry.delete_missing", error.message, caller.user_id, "warning", entry_id=entry_id
            )
            raise

    def merge(self, caller: Caller, activity_id: int, wanted: MergeActivity) -> Merged:
        """Move all entries of an activity into another one of the same owner and type, and delete it.

        Raises NotFound, or InvalidInput if the two do not fit. See `merge_activity`.
        """
        with self.store.write() as unit:
            source = changeable_activity(unit, caller, activity_id)
            target = changeable_activity(unit, caller, wanted.into)
            merged, owners = merge_activity(unit, source, target, wanted.on_conflict)
            self.audit.note(
                unit,
                "activity.merge",
                "Activities merged",
                caller.user_id,
                activity_id=source.id,
                name=source.name,
                into_id=target.id,
                into=target.name,
                on_conflict=wanted.on_conflict,
                moved=merged.moved,
                merged=merged.merged,
            )
            for owner in owners:
                self.views.days_changed(unit, owner)
        return merged

    def today(self, caller: Caller, day: dt.date | None, page: Page) -> Sequence[TodayRow]:
        """Return the Today sheet of a day (None: the caller's today). See `today_sheet`."""
        asked = day or self.today_of(caller)
        require_plain_date("date", asked)
        with self.store.look() as unit:
            return today_sheet(unit, caller, asked, page)

    def today_of(self, caller: Caller) -> dt.date:
        """Return the calendar day that it is for the caller now."""
        return caller.today(self.clock.now())

    def finalize(self, caller: Caller, day: dt.date | None) -> Finalized:
        """Add an entry of value 0 for every activity on the day's Today sheet that has none."""
        wanted = day or self.today_of(caller)
        require_written_day("date", wanted)
        with self.store.write() as unit:
            rows = today_sheet(unit, caller, wanted, Page(None))
            missing = [_missing_entry(row, caller.user_id, wanted) for row in rows if row.entry_id is None]
            unit.entries.add_many(missing)
            self.audit.note(
                unit,
                "day.finalize",
                "Day finalized",
                caller.user_id,
                date=wanted.isoformat(),
                created=len(missing),
            )
            touch(unit, caller.user_id, [entry.activity for entry in missing], (wanted,))
            self.views.days_changed(unit, caller.user_id)
            if caller.listens:
                told = {"date": wanted.isoformat(), "created": len(missing)}
                self.outbox.finalized(unit, caller, told)
        return Finalized(wanted, len(missing))


def _missing_entry(row: TodayRow, owner: int, day: dt.date) -> Entry:
    return Entry(
        id=0,
        user_id=owner,
        date=day,
        activity=row.name,
        value=0.0,
        note="",
        description=row.description,
        activity_category=row.category,
        activity_goal=row.goal,
        activity_type=row.activity_type,
        origin=PERSON,
    )


def _changeable(unit: UnitOfWork, caller: Caller, entry_id: int) -> Entry:
    entry = unit.entries.get(entry_id)
    if entry is None or not caller.may_change(entry.user_id):
        raise NotFound(f"There is no entry {entry_id}")
    return entry
