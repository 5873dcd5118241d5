"""What people's requests read, for looking at how a store would read it."""

import datetime as dt
from collections.abc import Callable

from mosaic_core.audit.model import AuditFilter
from mosaic_core.entries.model import EntryFilter
from mosaic_core.paging import Page
from mosaic_core.store import UnitOfWork
from mosaic_core.testing import a_rule
from support import NOON

DAY = dt.date(2026, 1, 2)
ADA = 1

READS: dict[str, Callable[[UnitOfWork], object]] = {
    "entries": lambda unit: unit.entries.page(ADA, EntryFilter(), Page(), shared=False),
    "entries far from the newest": lambda unit: unit.entries.page(
        ADA, EntryFilter(), Page(1, 1), shared=False
    ),
    "entries of an activity": lambda unit: unit.entries.page(
        ADA, EntryFilter(activity="run"), Page(), shared=False
    ),
    "entries of a category": lambda unit: unit.entries.page(
        ADA, EntryFilter(category="health"), Page(), shared=False
    ),
    "entries with shared ones": lambda unit: unit.entries.page(ADA, EntryFilter(), Page(), shared=True),
    "every entry": lambda unit: list(unit.entries.every(ADA, Page(None), shared=True)),
    "number of entries": lambda unit: unit.entries.count(ADA, EntryFilter(), shared=True),
    "few places": lambda unit: unit.entries.ids(ADA, [(DAY, "run")]),
    "many places": lambda unit: unit.entries.ids(ADA, [(DAY, str(number)) for number in range(100)]),
    "an entry": lambda unit: unit.entries.get(1),
    "today": lambda unit: unit.entries.today(ADA, DAY, Page()),
    "today with shared activities": lambda unit: unit.sheet(ADA, DAY, Page()),
    "what an entry meets": lambda unit: unit.met(ADA, "Run", DAY),
    "entries on a day": lambda unit: (unit.entries.on(ADA, DAY), unit.entries.on(None, DAY)),
    "positive entries": lambda unit: unit.entries.positive(ADA, [DAY]),
    "positive entries of many days": lambda unit: unit.entries.positive(ADA, [DAY] * 100),
    "activities": lambda unit: unit.activities.page(ADA, Page(), shared=True, inactive=True),
    "own activities": lambda unit: unit.activities.owned(ADA),
    "goals": lambda unit: unit.activities.goals(ADA, DAY),
    "an activity": lambda unit: unit.activities.find(ADA, "run"),
    "summaries": lambda unit: unit.summaries.summaries(ADA, DAY, DAY),
    "daily values": lambda unit: unit.summaries.values(ADA, DAY),
    "a user": lambda unit: (unit.users.get(ADA), unit.users.find("ada"), unit.users.is_revoked("x")),
    "logins of a user": lambda unit: unit.sessions.of(ADA),
    "a login": lambda unit: unit.sessions.use("0-x", NOON),
    "expired logins": lambda unit: unit.sessions.delete_expired(NOON),
    "tokens of a user": lambda unit: unit.tokens.of(ADA),
    "a token": lambda unit: (unit.tokens.get(1), unit.tokens.find("ab")),
    "a token that is used": lambda unit: unit.tokens.use(1, NOON),
    "whether there is a webhook": lambda unit: unit.webhooks.has_any(ADA),
    "webhooks of a user": lambda unit: (unit.webhooks.of(ADA), unit.webhooks.get(1)),
    "a webhook that is due": lambda unit: unit.webhooks.due(NOON),
    "what waits": lambda unit: (unit.webhooks.waiting(1, 20), unit.webhooks.count_waiting(1)),
    "what waits too long": lambda unit: unit.webhooks.remove_before(1, NOON),
    "what was told": lambda unit: unit.webhooks.remove([1]),
    "values of an activity": lambda unit: (
        unit.entries.values(ADA, "run", DAY, DAY),
        unit.entries.values(None, "run", dt.date.min, dt.date.max),
    ),
    "pauses of a user": lambda unit: (unit.pauses.of(ADA), unit.pauses.get(ADA, 1)),
    "pauses that move": lambda unit: unit.pauses.move(1, 2),
    "entries of an activity on some days": lambda unit: unit.entries.named(ADA, "run", DAY, DAY),
    "rules of a user": lambda unit: unit.rules.of(ADA),
    "a rule that changes": lambda unit: unit.rules.update(a_rule(ADA, 1, id=1)),
    "a rule that is deleted": lambda unit: unit.rules.delete(ADA, 1),
    "entries that are deleted": lambda unit: unit.entries.delete(5, 6),
    "pasts": lambda unit: unit.pasts.at(ADA, DAY),
    "pasts that are forgotten": lambda unit: unit.pasts.forget(ADA, ["run"], DAY),
    "pasts of a user that are forgotten": lambda unit: unit.pasts.forget(ADA, None, DAY),
    "an idempotency record": lambda unit: unit.idempotency.find(ADA, "key"),
    "audit of a user": lambda unit: unit.audit.page(AuditFilter(user_id=ADA), Page()),
    "audit of a kind": lambda unit: unit.audit.page(AuditFilter(event_type="auth.login"), Page()),
    "audit of a time": lambda unit: unit.audit.page(AuditFilter(start=NOON, end=NOON), Page()),
    "old audit": lambda unit: unit.audit.delete_before(NOON),
    "old records": lambda unit: (unit.idempotency.delete_before(NOON), unit.users.delete_expired(NOON)),
}
