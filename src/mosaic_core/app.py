"""Mosaic: all use cases in one object."""

import datetime as dt
from collections.abc import Callable

from attrs import frozen

from mosaic_core.accounts.service import AccountService
from mosaic_core.accounts.sessions import SessionService
from mosaic_core.activities.service import ActivityService
from mosaic_core.audit.service import AuditService
from mosaic_core.calendar import day_in
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.export import ExportService
from mosaic_core.entries.importing import ImportService
from mosaic_core.entries.service import EntryService
from mosaic_core.idempotency.model import LIFETIME
from mosaic_core.idempotency.service import IdempotencyService
from mosaic_core.ids import NewId
from mosaic_core.lanes import Lanes
from mosaic_core.stats.service import StatsService
from mosaic_core.store import Store
from mosaic_core.views import Views
from mosaic_core.wearables.service import WearableService


@frozen(kw_only=True)
class Mosaic:
    """Every use case, ready to call, and what they stand on."""

    accounts: AccountService
    sessions: SessionService
    activities: ActivityService
    entries: EntryService
    imports: ImportService
    exports: ExportService
    stats: StatsService
    wearables: WearableService
    audit: AuditService
    idempotency: IdempotencyService
    store: Store
    views: Views
    clock: Clock
    new_id: NewId
    lanes: Lanes
    audit_lifetime: dt.timedelta
    release: Callable[[], None]

    def today(self, caller: Caller) -> dt.date:
        """Return the calendar day that it is for the caller now."""
        return day_in(caller.timezone, self.clock.now())

    def tidy(self) -> None:
        """Forget what has outlived its use: idempotency records, given-back tokens, old audit rows."""
        now = self.clock.now()
        with self.store.write() as unit:
            unit.idempotency.forget_before(now - LIFETIME)
            unit.users.forget_expired(now)
            unit.audit.forget_before(now - self.audit_lifetime)

    def close(self) -> None:
        """Finish what is under way and release files, connections and threads."""
        self.lanes.close()
        self.release()
