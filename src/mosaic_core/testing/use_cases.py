"""The use cases over one store, and what they tell of it."""

import json
from collections.abc import Sequence
from typing import Self

from attrs import evolve, frozen

from mosaic_core.accounts.model import User
from mosaic_core.activities.service import ActivityService
from mosaic_core.audit.model import AuditFilter
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import CacheKey
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.model import EntryFilter
from mosaic_core.entries.service import EntryService
from mosaic_core.errors import NotFound
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.paging import Page
from mosaic_core.stats.service import StatsService
from mosaic_core.store import Store
from mosaic_core.testing.contracts.keeping import KeepingCache
from mosaic_core.testing.factories import TODAY, days_ago
from mosaic_core.views import TODAY as TODAY_VIEW
from mosaic_core.views import Views
from mosaic_core.wearables.model import RawFilter
from mosaic_core.wearables.service import WearableService
from mosaic_core.wearables.trends import TrendWanted

ALL = Page(None)


@frozen
class UseCases:
    """The use cases over one store, with a cache of its own."""

    store: Store
    clock: Clock
    views: Views
    trail: AuditTrail
    activities: ActivityService
    entries: EntryService
    imports: ImportService
    exports: ExportService
    stats: StatsService
    wearables: WearableService
    idempotency: IdempotencyService

    @classmethod
    def over(cls, store: Store, clock: Clock) -> Self:
        """Return the use cases over the store."""
        views, trail = Views(store, KeepingCache()), AuditTrail(store, clock)
        return cls(
            store=store,
            clock=clock,
            views=views,
            trail=trail,
            activities=ActivityService(store, clock, views, trail),
            entries=EntryService(store, clock, views, trail),
            imports=ImportService(store, clock, views, trail),
            exports=ExportService(store),
            stats=StatsService(store, clock),
            wearables=WearableService(store, clock, trail, json.loads),
            idempotency=IdempotencyService(store, clock),
        )

    def caller(self, username: str) -> Caller:
        """Return the user with the name as a caller. Raises NotFound if there is none."""
        with self.store.read() as unit:
            user = unit.users.find(username)
        if user is None:
            raise NotFound(f"There is no user {username}")
        return caller_of(user)


def caller_of(user: User) -> Caller:
    """Return the user as a caller."""
    return Caller(user.id, user.username, user.display_name, user.is_admin, user.timezone or "UTC")


def told_of_all(cases: UseCases) -> Sequence[object]:
    """Return all that a store tells of everybody."""
    with cases.store.read() as unit:
        users = unit.users.every()
        events = unit.audit.page(AuditFilter(), ALL)
        some = unit.audit.page(AuditFilter(level="warning"), Page(2, 1)), unit.audit.count(AuditFilter())
        counts = unit.users.count(), unit.users.admins()
    return [users, counts, events, some, [told_of(cases, caller_of(user)) for user in users]]


def told_of(cases: UseCases, caller: Caller) -> Sequence[object]:
    """Return all that one user is told."""
    with cases.exports.open(caller, Page(5, 2)) as export:
        exported = evolve(export, entries=iter(list(export.entries)))
    return [
        _today(cases, caller),
        list(exported.entries),
        [exported.activities, exported.total_entries, exported.total_activities],
        cases.activities.page(caller, ALL, inactive=True),
        cases.activities.page(caller, Page(2, 1)),
        cases.entries.page(caller, EntryFilter(), ALL),
        cases.entries.page(caller, EntryFilter(category="strasse"), Page(3)),
        cases.entries.page(caller, EntryFilter(first=days_ago(8), activity="RUN"), ALL),
        cases.entries.today(caller, None, Page(2, 1)),
        cases.stats.progress(caller),
        cases.stats.progress(caller, days_ago(1)),
        cases.wearables.summary(caller),
        cases.wearables.raw(caller, RawFilter(), ALL),
        cases.wearables.raw(caller, RawFilter(type="steps"), Page(3, 1)),
        [cases.wearables.day(caller, days_ago(ago)) for ago in (-1, 0, 1, 2)],
        [cases.wearables.trend(caller, TrendWanted(metric=metric)) for metric in ("steps", "sleep", "hr")],
    ]


def _today(cases: UseCases, caller: Caller) -> Sequence[object]:
    """Return the Today sheet; what was cached of it must be what the store says."""
    fresh = cases.entries.today(caller, TODAY, ALL)
    key = CacheKey(TODAY_VIEW, caller.scope)
    cached = cases.views.get(key, 60, lambda: cases.entries.today(caller, TODAY, ALL))
    assert cached == fresh, "a view is stale: an action after a commit did not run"
    return fresh
