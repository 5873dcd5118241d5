"""All that the memory store keeps, as one immutable value.

A transaction changes its own draft of it. So a snapshot, a savepoint and a rollback cost one reference each.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from mosaic_adapters.memory.trie import Trie
from mosaic_adapters.memory.wearable_tables import Wearables
from mosaic_core.accounts.model import RevokedToken, StoredSession, User
from mosaic_core.activities.model import Activity
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.entries.model import Entry
from mosaic_core.errors import USER_GONE, ReadOnly, Unauthorized
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.paging import Page
from mosaic_core.rules.model import Rule
from mosaic_core.schedules.model import Past
from mosaic_core.schedules.pauses import Pause
from mosaic_core.stats.model import DaySummary
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.webhooks.model import Delivery, Webhook

T = TypeVar("T")

KeptMonths = Mapping[int, tuple[Past, ...]]
"""What a habit amounted to at the end of some days of each month, by the month's number."""


@frozen
class Day:
    """One owner's entries of one day, by name key."""

    date: dt.date
    entries: Mapping[str, Entry]


@frozen
class Owner:
    """What one user owns, or what is shared.

    Activities and what their habits amounted to by name key, days and their summaries by ordinal, idempotency
    records by key.
    """

    activities: Mapping[str, Activity] = field(factory=dict)
    days: Trie[Day] = field(factory=Trie)
    summaries: Trie[DaySummary] = field(factory=Trie)
    pasts: Mapping[str, KeptMonths] = field(factory=dict)
    idempotency: Mapping[str, IdempotencyRecord] = field(factory=dict)
    wearables: Wearables = field(factory=Wearables)

    def on(self, date: dt.date) -> Mapping[str, Entry]:
        """Return the entries of the day by name key."""
        day = self.days.get(date.toordinal())
        return day.entries if day else {}


@frozen
class State:
    """Every table by id, the highest id each one ever gave, and what finds rows by other things."""

    users: Trie[User] = field(factory=Trie)
    activities: Trie[Activity] = field(factory=Trie)
    entries: Trie[Entry] = field(factory=Trie)
    audit: Trie[AuditEvent] = field(factory=Trie)
    last_user: int = 0
    last_activity: int = 0
    last_entry: int = 0
    last_audit: int = 0
    last_source: int = 0
    last_raw: int = 0
    last_session: int = 0
    last_token: int = 0
    last_webhook: int = 0
    last_delivery: int = 0
    last_pause: int = 0
    last_rule: int = 0
    usernames: Mapping[str, int] = field(factory=dict)
    revoked: Mapping[str, RevokedToken] = field(factory=dict)
    sessions: Mapping[str, StoredSession] = field(factory=dict)
    tokens: Mapping[str, PersonalToken] = field(factory=dict)
    webhooks: Mapping[int, Webhook] = field(factory=dict)
    deliveries: Mapping[int, Delivery] = field(factory=dict)
    pauses: Mapping[int, Pause] = field(factory=dict)
    rules: Mapping[int, Rule] = field(factory=dict)
    owners: Trie[Owner] = field(factory=Trie)
    backup_plan: BackupPlan | None = None
    backup_run: BackupRun | None = None

    def require_user(self, user_id: int | None) -> None:
        """Raise Unauthorized if an owner is gone; shared rows (None or 0) have none."""
        if user_id and self.users.get(user_id) is None:
            raise Unauthorized(USER_GONE)

    def owner(self, user_id: int | None) -> Owner:
        """Return what the user owns, or what is shared."""
        return self.owners.get(user_id or 0) or Owner()

    def owners_with(self, user_id: int | None, owner: Owner) -> Trie[Owner]:
        """Return all owners with this one in its place. Raises Unauthorized if the user is gone."""
        self.require_user(user_id)
        return self.owners.put(user_id or 0, owner)


@define
class Draft:
    """The state that one unit of work sees; a sealed one takes no changes."""

    state: State
    sealed: bool = False

    def keep(self, state: State) -> None:
        """Replace the state. Raises ReadOnly in a unit of work that only reads or has ended."""
        if self.sealed:
            raise ReadOnly("This unit of work takes no changes: it only reads, or it has ended")
        self.state = state

    def change(self, **tables: Any) -> None:  # noqa: ANN401  # any table
        """Replace the named tables of the state; see `keep`."""
        self.keep(evolve(self.state, **tables))


def part(rows: Iterable[T], page: Page) -> Iterator[T]:
    """Yield the rows that are on the page."""
    return islice(rows, page.offset, None if page.limit is None else page.offset + page.limit)
