"""All that a store tells."""

import datetime as dt
from collections.abc import Mapping, Sequence

from mosaic_core.accounts.model import Session
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caching import CacheKey
from mosaic_core.caller import Caller
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import MosaicError
from mosaic_core.paging import Page
from mosaic_core.testing.factories import TODAY, days_ago
from mosaic_core.views import TODAY as TODAY_VIEW
from mosaic_core.wearables.model import RawFilter
from mosaic_core.wearables.trends import TrendWanted

ALL = Page(None)

_TOKENS = 6
"""The first tokens are those that steps revoke."""


def told_of_all(mosaic: Mosaic) -> Sequence[object]:
    """Return all that a store tells of everybody."""
    with mosaic.store.read() as unit:
        users = unit.users.every()
        events = unit.audit.page(AuditFilter(), ALL)
        some = unit.audit.page(AuditFilter(level="warning"), Page(2, 1)), unit.audit.count(AuditFilter())
        counts = unit.users.count(), unit.users.admins()
        plan = unit.backups.plan()
    return [
        users,
        counts,
        events,
        some,
        plan,
        [_session(mosaic, number) for number in range(_TOKENS)],
        [told_of(mosaic, mosaic.sessions.caller(user.username)) for user in users],
    ]


def _session(mosaic: Mosaic, number: int) -> Session | str:
    """Return whose the token of that number is, or why it is nobody's."""
    try:
        return mosaic.sessions.authenticate(str(number))
    except MosaicError as error:
        return error.code


def told_of(mosaic: Mosaic, caller: Caller) -> Sequence[object]:
    """Return all that one user is told."""
    with mosaic.exports.open(caller, Page(5, 2)) as export:
        exported = [list(export.entries), export.activities, export.total_entries, export.total_activities]
    return [
        _today(mosaic, caller),
        exported,
        mosaic.activities.page(caller, ALL, inactive=True),
        mosaic.activities.page(caller, Page(2, 1)),
        mosaic.entries.page(caller, EntryFilter(), ALL),
        mosaic.entries.page(caller, EntryFilter(category="strasse"), Page(3)),
        mosaic.entries.page(caller, EntryFilter(first=days_ago(8), activity="RUN"), ALL),
        mosaic.entries.today(caller, None, Page(2, 1)),
        mosaic.pauses.of(caller),
        mosaic.rules.of(caller),
        [_agenda(mosaic, caller, day) for day in (None, days_ago(1), days_ago(8))],
        mosaic.stats.progress(caller),
        mosaic.stats.progress(caller, days_ago(1)),
        mosaic.wearables.summary(caller),
        mosaic.wearables.raw(caller, RawFilter(), ALL),
        mosaic.wearables.raw(caller, RawFilter(type="steps"), Page(3, 1)),
        [mosaic.wearables.day(caller, days_ago(ago)) for ago in (-1, 0, 1, 2)],
        [mosaic.wearables.trend(caller, TrendWanted(metric=metric)) for metric in ("steps", "sleep", "hr")],
    ]


def _agenda(mosaic: Mosaic, caller: Caller, day: dt.date | None) -> Sequence[Mapping[str, object]]:
    """Return the items of an agenda by their fields, so that ids are told as such."""
    return [one._asdict() for one in mosaic.agenda.of(caller, day).items]


def _today(mosaic: Mosaic, caller: Caller) -> Sequence[object]:
    """Return the Today sheet; what was cached of it must be what the store says."""
    fresh = mosaic.entries.today(caller, TODAY, ALL)
    key = CacheKey(TODAY_VIEW, caller.scope)
    cached = mosaic.views.get(key, 60, lambda: mosaic.entries.today(caller, TODAY, ALL))
    assert cached == fresh, "a view is stale: an action after a commit did not run"
    return fresh
