"""Exporting all of a person's data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from mosaic_core.activities.model import Activity
from mosaic_core.caller import Caller
from mosaic_core.entries.model import Entry, EntryFilter
from mosaic_core.paging import Page
from mosaic_core.store import Store


@frozen
class Export:
    """A page of entries, newest day first, and of activities, and how many of each there are in all."""

    entries: Iterator[Entry]
    activities: Sequence[Activity]
    total_entries: int
    total_activities: int
    page: Page


@frozen
class ExportService:
    """The use case of exporting."""

    store: Store

    def count(self, caller: Caller) -> int:
        """Return how many entries and activities an export of everything has."""
        user_id, shared = caller.user_id, caller.is_admin
        with self.store.read() as unit:
            return unit.entries.count(user_id, EntryFilter(), shared=shared) + unit.activities.count(
                user_id, shared=shared
            )

    @contextmanager
    def open(self, caller: Caller, page: Page) -> Iterator[Export]:
        """Open an export of what the caller sees, one consistent snapshot, valid inside the `with`."""
        user_id, shared = caller.user_id, caller.is_admin
        with self.store.read() as unit:
            yield Export(
                entries=unit.entries.every(user_id, page, shared=shared),
                activities=unit.activities.page(user_id, page, shared=shared, inactive=True),
                total_entries=unit.entries.count(user_id, EntryFilter(), shared=shared),
                total_activities=unit.activities.count(user_id, shared=shared),
                page=page,
            )
