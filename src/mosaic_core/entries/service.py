"""Entries: logging days and looking at them."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

from attrs import field, frozen

from mosaic_core.accounts.model import Caller
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import Cache, CacheKey, cached
from mosaic_core.calendar import day_in
from mosaic_core.clock import Clock
from mosaic_core.entries.model import AddEntry, Entry, EntryFilter, ListedEntry, TodayRow
from mosaic_core.entries.upsert import EntryUpsert
from mosaic_core.errors import NotFound
from mosaic_core.paging import Page
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.views import TODAY, TODAY_SECONDS, days_changed

T = TypeVar("T")


@frozen(kw_only=True)
class FinalizeDay:
    """Which day to finalize; None means the caller's today."""

    date: dt.date | None = field(default=None)


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
    cache: Cache
    audit: AuditTrail

    def page(self, caller: Caller, wanted: EntryFilter, page: Page) -> Sequence[ListedEntry]:
        """Return the caller's entries that fit, newest day first; administrators see the shared ones too."""
        with self.store.read() as unit:
            return unit.entries.page(caller.user_id, wanted, page, shared=caller.is_admin)

    def add(self, caller: Caller, said: AddEntry) -> bool:
        """Write what was done on a day; return whether the entry is new. See EntryUpsert."""
        with self.store.write() as unit:
            return EntryUpsert(unit, self.cache, caller.user_id).put(said)

    def delete(self, caller: Caller, entry_id: int) -> None:
        """Delete an entry of the caller's, an administrator any."""
        try:
            with self.store.write() as unit:
                entry = _changeable(unit, caller, entry_id)
                unit.entries.delete(entry_id)
                self.audit.note(unit, "entry.delete", "Entry deleted", caller.user_id, entry_id=entry_id)
                days_changed(unit, self.cache, entry.user_id)
        except NotFound as error:
            self.audit.note_apart(
                "entry.delete_missing", error.message, caller.user_id, "warning", entry_id=entry_id
            )
            raise

    def today(
        self,
        caller: Caller,
        day: dt.date | None,
        page: Page,
        present: Callable[[Sequence[TodayRow]], T],
    ) -> T:
        """Return the Today sheet of a day (None: the caller's today) as `present` shows it.

        What `present` returns is cached, so it must be immutable; `tuple` shows the rows themselves.
        """
        shown = day or day_in(caller.timezone, self.clock.now())
        parts = (shown.isoformat(), str(page.limit), str(page.offset), present.__name__)

        def compute() -> T:
            with self.store.read() as unit:
                return present(unit.entries.today(caller.user_id, shown, page, shared=caller.is_admin))

        return cached(self.cache, CacheKey(TODAY, caller.scope, parts), TODAY_SECONDS, compute)

    def finalize(self, caller: Caller, day: dt.date | None) -> Finalized:
        """Add an entry of value 0 for every activity on the day's Today sheet that has none."""
        wanted = day or day_in(caller.timezone, self.clock.now())
        with self.store.write() as unit:
            rows = unit.entries.today(caller.user_id, wanted, Page(None), shared=caller.is_admin)
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
            days_changed(unit, self.cache, caller.user_id)
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
    )


def _changeable(unit: UnitOfWork, caller: Caller, entry_id: int) -> Entry:
    entry = unit.entries.get(entry_id)
    if entry is None or not caller.may_change(entry.user_id):
        raise NotFound(f"There is no entry {entry_id}")
    return entry
