"""A store as a stranger would write it, in one file: plain dictionaries, copied whole at every turn.

Its ids begin at 1,000, have gaps and survive rollbacks.
"""

import datetime as dt
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, NamedTuple

from attrs import asdict, astuple, evolve

from mosaic_core.accounts.model import RevokedToken, StoredSession, User
from mosaic_core.accounts.ports import SessionRepository, UserRepository
from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.activities.ports import ActivityRepository
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.ports import AuditRepository
from mosaic_core.backups import model
from mosaic_core.backups.model import IngestErrorRow, LastIds, RawRow, Table
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.backups.ports import ArchiveRepository, BackupRepository
from mosaic_core.entries.model import (
    Entry,
    EntryFilter,
    ListedEntry,
    Place,
    PositiveEntry,
    TodayRow,
    today_row,
)
from mosaic_core.entries.ports import EntryRepository
from mosaic_core.entries.staging import PlainStagedEntries, PlainStaging
from mosaic_core.errors import (
    USER_GONE,
    Conflict,
    InvalidState,
    ReadOnly,
    ServiceUnavailable,
    Taken,
    Unauthorized,
)
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.idempotency.ports import IdempotencyRepository
from mosaic_core.paging import Page
from mosaic_core.pending import Mark, Pending
from mosaic_core.rules.model import Rule
from mosaic_core.rules.ports import RuleRepository
from mosaic_core.schedules.model import HabitDay, Past
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.ports import PastRepository, PauseRepository
from mosaic_core.schedules.reading import habit_day
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.tokens.ports import TokenRepository
from mosaic_core.wearables.model import (
    DailyAggregate,
    IngestError,
    RawFilter,
    Source,
    StoredRecord,
    Totals,
    page_end,
)
from mosaic_core.wearables.ports import WearableRepository
from mosaic_core.wearables.rows import (
    PROCESSED,
    WAITING,
    HeartRate,
    Record,
    SleepSession,
    SleepStage,
    StepPiece,
    Touched,
)
from mosaic_core.webhooks.model import Delivery, Webhook
from mosaic_core.webhooks.ports import WebhookRepository

Owner = int | None
Tables = dict[str, dict[Any, Any]]
Rows = Sequence[tuple[int, Any]]
"""Canonical rows, each with the id of its raw record."""

TABLES = (
    "users", "revoked", "logins", "tokens", "webhooks", "waiting",
    "activities", "entries", "pauses", "pasts", "rules", "summaries", "audit", "idempotency",
    "plan", "run", "sources", "totals", "errors", "raw", "heart", "steps", "sessions", "stages", "aggregates",
)  # fmt: skip


class Unit(UnitOfWork):
    """All tables by name, each a dictionary, and the repositories that look at them."""

    def __init__(self, store: "StrangersStore", tables: Tables, *, sealed: bool) -> None:
        self.store, self.tables, self.sealed = store, tables, sealed
        self.pending = Pending()
        self.users = store.kinds["users"](self)
        self.sessions = store.kinds["sessions"](self)
        self.tokens = store.kinds["tokens"](self)
        self.webhooks = store.kinds["webhooks"](self)
        self.activities = store.kinds["activities"](self)
        self.entries = store.kinds["entries"](self)
        self.staged = PlainStagedEntries(self.entries)
        self.pauses = store.kinds["pauses"](self)
        self.pasts = store.kinds["pasts"](self)
        self.rules = store.kinds["rules"](self)
        self.summaries = store.kinds["summaries"](self)
        self.wearables = store.kinds["wearables"](self)
        self.audit = store.kinds["audit"](self)
        self.idempotency = store.kinds["idempotency"](self)
        self.backups = store.kinds["backups"](self)
        self.archive = store.kinds["archive"](self)


class Repository:
    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def rows(self, name: str) -> dict[Any, Any]:
        return self.unit.tables[name]

    def to_write(self, name: str, owner: Owner = None) -> dict[Any, Any]:
        """Return the table for a change of what the owner has, who must exist."""
        if self.unit.sealed:
            raise ReadOnly("no changes here")
        if owner is not None and owner not in self.rows("users"):
            raise Unauthorized(USER_GONE)
        return self.rows(name)

    def new_id(self) -> int:
        return next(self.unit.store.numbers)


class Users(Repository, UserRepository):
    def add(self, user: User) -> User:
        if self.find(user.username):
            raise Conflict(Taken.USERNAME)
        kept = evolve(user, id=self.new_id())
        self.to_write("users")[kept.id] = kept
        return kept

    def get(self, user_id: int) -> User | None:
        return self.rows("users").get(user_id)

    def find(self, username: str) -> User | None:
        return next((one for one in self.every() if name_key(one.username) == name_key(username)), None)

    def every(self) -> Sequence[User]:
        return sorted(self.rows("users").values(), key=lambda user: name_key(user.username))

    def count(self) -> int:
        return len(self.rows("users"))

    def admins(self) -> int:
        return sum(user.is_admin for user in self.every())

    def update(self, user: User) -> None:
        known = self.get(user.id)
        if known:
            self.to_write("users")[user.id] = evolve(user, username=known.username)

    def delete(self, user_id: int) -> None:
        for webhook in self.unit.webhooks.of(user_id):
            self.unit.webhooks.delete(webhook.id)
        self.to_write("users").pop(user_id, None)
        for name in TABLES:
            if name not in {"users", "audit", "plan", "run", "waiting"}:
                drop(self.rows(name), lambda row: owner_of(row) == user_id)

    def revoke(self, user_id: int, token_id: str, expires_at: int) -> None:
        self.to_write("revoked", user_id)[token_id] = (user_id, expires_at)

    def is_revoked(self, token_id: str) -> bool:
        return token_id in self.rows("revoked")

    def delete_expired(self, now: dt.datetime) -> int:
        return drop(self.to_write("revoked"), lambda row: row[1] <= now.timestamp())


class Sessions(Repository, SessionRepository):
    def add(self, session: StoredSession) -> None:
        table = self.to_write("logins", session.user_id)
        if all(one.token_id != session.token_id for one in table.values()):
            number = self.new_id()
            table[number] = evolve(session, id=number)

    def of(self, user_id: int) -> Sequence[StoredSession]:
        rows = [one for one in self.rows("logins").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: (one.last_used_at, one.id), reverse=True)

    def use(self, token_id: str, at: dt.datetime) -> bool:
        table = self.to_write("logins")
        used = [number for number, one in table.items() if one.token_id == token_id]
        table.update({number: evolve(table[number], last_used_at=at) for number in used})
        return bool(used)

    def delete(self, session_id: int) -> None:
        self.to_write("logins").pop(session_id, None)

    def delete_expired(self, now: dt.datetime) -> int:
        return drop(self.to_write("logins"), lambda one: one.expires_at <= now.timestamp())


class Tokens(Repository, TokenRepository):
    def add(self, token: PersonalToken) -> PersonalToken:
        kept = evolve(token, id=self.new_id())
        self.to_write("tokens", token.user_id)[kept.id] = kept
        return kept

    def get(self, token_id: int) -> PersonalToken | None:
        return self.rows("tokens").get(token_id)

    def find(self, token_hash: str) -> PersonalToken | None:
        return next((one for one in self.rows("tokens").values() if one.hash == token_hash), None)

    def of(self, user_id: int) -> Sequence[PersonalToken]:
        rows = [one for one in self.rows("tokens").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: one.id)

    def use(self, token_id: int, at: dt.datetime) -> None:
        token = self.get(token_id)
        if token:
            self.to_write("tokens")[token_id] = evolve(token, last_used_at=at)

    def delete(self, token_id: int) -> None:
        self.to_write("tokens").pop(token_id, None)


class Webhooks(Repository, WebhookRepository):
    def add(self, webhook: Webhook) -> Webhook:
        kept = evolve(webhook, id=self.new_id())
        self.to_write("webhooks", webhook.user_id)[kept.id] = kept
        return kept

    def get(self, webhook_id: int) -> Webhook | None:
        return self.rows("webhooks").get(webhook_id)

    def of(self, user_id: int) -> Sequence[Webhook]:
        rows = [one for one in self.rows("webhooks").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: one.id)

    def has_any(self, user_id: int) -> bool:
        return bool(self.of(user_id))

    def update(self, webhook: Webhook) -> None:
        known = self.get(webhook.id)
        if known:
            self.to_write("webhooks")[webhook.id] = evolve(webhook, user_id=known.user_id)

    def delete(self, webhook_id: int) -> None:
        self.to_write("webhooks").pop(webhook_id, None)
        drop(self.to_write("waiting"), lambda one: one.webhook_id == webhook_id)

    def due(self, now: dt.datetime) -> Webhook | None:
        rows = [one for one in self.rows("webhooks").values() if one.due_at and one.due_at <= now]
        return min(rows, key=lambda one: (one.due_at, one.id), default=None)

    def put(self, delivery: Delivery) -> None:
        number = self.new_id()
        self.to_write("waiting")[number] = evolve(delivery, id=number)

    def waiting(self, webhook_id: int, limit: int) -> Sequence[Delivery]:
        rows = [one for one in self.rows("waiting").values() if one.webhook_id == webhook_id]
        return sorted(rows, key=lambda one: one.id)[:limit]

    def count_waiting(self, webhook_id: int) -> int:
        return sum(one.webhook_id == webhook_id for one in self.rows("waiting").values())

    def remove(self, delivery_ids: Iterable[int]) -> None:
        gone = set(delivery_ids)
        drop(self.to_write("waiting"), lambda one: one.id in gone)

    def remove_before(self, webhook_id: int, instant: dt.datetime) -> int:
        return drop(
            self.to_write("waiting"), lambda one: one.webhook_id == webhook_id and one.created_at < instant
        )


class Activities(Repository, ActivityRepository):
    def add(self, activity: Activity) -> Activity:
        kept = evolve(activity, id=self.new_id())
        self._put(kept)
        return kept

    def get(self, activity_id: int) -> Activity | None:
        return self.rows("activities").get(activity_id)

    def find(self, owner: Owner, name: str) -> Activity | None:
        return next((one for one in self.owned(owner) if name_key(one.name) == name_key(name)), None)

    def owned(self, owner: Owner) -> Sequence[Activity]:
        rows = [one for one in self.rows("activities").values() if one.user_id == owner]
        return sorted(rows, key=lambda one: name_key(one.name))

    def page(self, user_id: int, page: Page, *, shared: bool, inactive: bool) -> Sequence[Activity]:
        rows = [one for owner in owners(user_id, shared=shared) for one in self.owned(owner)]
        return page.of(sorted([one for one in rows if one.active or inactive], key=_list_order))

    def count(self, user_id: int, *, shared: bool, inactive: bool = True) -> int:
        return len(self.page(user_id, Page(None), shared=shared, inactive=inactive))

    def update(self, activity: Activity) -> None:
        if self.get(activity.id):
            self._put(activity)

    def delete(self, activity_id: int) -> None:
        self.to_write("activities").pop(activity_id, None)
        drop(self.rows("pauses"), lambda one: one.activity_id == activity_id)
        drop(self.rows("rules"), lambda one: one.activity_id == activity_id)

    def _put(self, activity: Activity) -> None:
        known = self.find(activity.user_id, activity.name)
        if known and known.id != activity.id:
            raise Conflict(Taken.ACTIVITY_NAME)
        self.to_write("activities", activity.user_id)[activity.id] = activity


def _list_order(one: Activity) -> tuple[bool, str, str, str, bool]:
    return not one.active, name_key(one.category), one.category, name_key(one.name), one.user_id is None


class Entries(Repository, EntryRepository):
    def get(self, entry_id: int) -> Entry | None:
        return self.rows("entries").get(entry_id)

    def ids(self, owner: Owner, places: Collection[Place]) -> Mapping[Place, int]:
        taken = {place_of(one): one.id for one in self._owned(owner)}
        return {place: taken[place] for place in places if place in taken}

    def page(self, user_id: int, wanted: EntryFilter, page: Page, *, shared: bool) -> Sequence[ListedEntry]:
        rows = [self._joined(one) for one in self._in_order(user_id, shared=shared)]
        return page.of([row for row in rows if _fits(row, wanted)])

    def every(self, user_id: int, page: Page, *, shared: bool) -> Iterator[Entry]:
        return iter(page.of(self._in_order(user_id, shared=shared)))

    def count(self, user_id: int, wanted: EntryFilter, *, shared: bool) -> int:
        return len(self.page(user_id, wanted, Page(None), shared=shared))

    def on(self, owner: Owner, day: dt.date) -> Sequence[Entry]:
        rows = [one for one in self._owned(owner) if one.date == day]
        return sorted(rows, key=lambda one: name_key(one.activity))

    def today(self, owner: int, day: dt.date, page: Page) -> Sequence[TodayRow]:
        entries = {name_key(one.activity): one for one in self.on(owner, day)}
        active = [one for one in self.unit.activities.owned(owner) if one.active_on(day)]
        return page.of([today_row(one, entries.get(name_key(one.name))) for one in active])

    def positive(self, owner: int, days: Sequence[dt.date]) -> Mapping[dt.date, Sequence[PositiveEntry]]:
        return {
            day: [
                (one.activity_category, one.activity, one.value, one.activity_goal)
                for one in self.on(owner, day)
                if one.activity_type == POSITIVE
            ]
            for day in days
        }

    def named(
        self, owner: Owner, name: str, first: dt.date = dt.date.min, last: dt.date = dt.date.max
    ) -> Sequence[Entry]:
        rows = [one for one in self._owned(owner) if name_key(one.activity) == name_key(name)]
        return sorted([one for one in rows if first <= one.date <= last], key=lambda one: one.date)

    def values(
        self, owner: Owner, name: str, first: dt.date, last: dt.date
    ) -> Sequence[tuple[dt.date, float]]:
        return [(one.date, one.value) for one in self.named(owner, name, first, last)]

    def add(self, entry: Entry) -> Entry:
        kept = evolve(entry, id=self.new_id())
        self._put(kept, Taken.ENTRY)
        return kept

    def add_many(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.add(entry)

    def update_many(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if self.get(entry.id):
                self._put(entry, Taken.ENTRY)

    def carry(self, owner: Owner, name: str, activity: Activity) -> Sequence[dt.date]:
        changed = []
        for entry in self._owned(owner):
            after = evolve(
                entry,
                activity=activity.name,
                description=activity.description,
                activity_category=activity.category,
                activity_goal=activity.goal,
                activity_type=activity.activity_type,
            )
            if name_key(entry.activity) == name_key(name) and after != entry:
                self._put(after, Taken.RENAMED_ENTRY)
                changed.append(entry.date)
        return changed

    def delete(self, *entry_ids: int) -> None:
        drop(self.to_write("entries"), lambda one: one.id in entry_ids)

    def _owned(self, owner: Owner) -> list[Entry]:
        return [one for one in self.rows("entries").values() if one.user_id == owner]

    def _in_order(self, user_id: int, *, shared: bool) -> list[Entry]:
        entries = [one for owner in owners(user_id, shared=shared) for one in self._owned(owner)]
        return sorted(
            entries, key=lambda one: (-one.date.toordinal(), name_key(one.activity), one.user_id is None)
        )

    def _put(self, entry: Entry, taken: Taken) -> None:
        if self.ids(entry.user_id, [place_of(entry)]).get(place_of(entry), entry.id) != entry.id:
            raise Conflict(taken)
        self.to_write("entries", entry.user_id)[entry.id] = entry

    def _joined(self, entry: Entry) -> ListedEntry:
        activity = self.unit.activities.find(entry.user_id, entry.activity)
        return ListedEntry(
            **asdict(entry, recurse=False),
            category=activity.category if activity else entry.activity_category,
            goal=activity.goal if activity else entry.activity_goal,
            activity_description=activity.description if activity else entry.description,
        )


def _fits(row: ListedEntry, wanted: EntryFilter) -> bool:
    return (
        (wanted.first is None or wanted.first <= row.date)
        and (wanted.last is None or row.date <= wanted.last)
        and (wanted.activity is None or name_key(wanted.activity) == name_key(row.activity))
        and (wanted.category is None or name_key(wanted.category) == name_key(row.category))
    )


class Pauses(Repository, PauseRepository):
    def add(self, pause: Pause) -> Pause:
        kept = evolve(pause, id=self.new_id())
        self.to_write("pauses", pause.user_id)[kept.id] = kept
        return kept

    def get(self, user_id: int, pause_id: int) -> Pause | None:
        return next((one for one in self.of(user_id) if one.id == pause_id), None)

    def of(self, user_id: int) -> Sequence[Pause]:
        rows = [one for one in self.rows("pauses").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: (one.from_, one.id))

    def update(self, pause: Pause) -> None:
        if self.get(pause.user_id, pause.id):
            self.to_write("pauses")[pause.id] = pause

    def move(self, activity_id: int, into: int) -> None:
        for pause in list(self.rows("pauses").values()):
            if pause.activity_id == activity_id:
                self.update(evolve(pause, activity_id=into))

    def delete(self, user_id: int, pause_id: int) -> None:
        drop(self.to_write("pauses"), lambda one: (one.user_id, one.id) == (user_id, pause_id))


class Pasts(Repository, PastRepository):
    """Months of an activity, each with whose it is."""

    def at(self, user_id: int, day: dt.date) -> Mapping[str, Past]:
        found: dict[str, Past] = {}
        for (owner, key, _), (_, pasts) in sorted(self.rows("pasts").items()):
            if owner == user_id and self.unit.activities.find(user_id, key):
                found.update([(key, one) for one in pasts if one.through <= day])
        return found

    def day(self, user_id: int, day: dt.date) -> Sequence[HabitDay]:
        pasts = {} if day == dt.date.min else self.at(user_id, day - dt.timedelta(days=1))
        entries = {name_key(one.activity): one for one in self.unit.entries.on(user_id, day)}
        return [
            habit_day(one, entries.get(name_key(one.name)), pasts.get(name_key(one.name)))
            for one in self.unit.activities.owned(user_id)
            if one.active_on(day)
        ]

    def keep(self, user_id: int, key: str, pasts: Sequence[Past]) -> None:
        if self.unit.users.get(user_id):
            month = pasts[0].through.replace(day=1)
            self.to_write("pasts")[user_id, key, month] = (user_id, tuple(pasts))

    def forget(self, user_id: int, keys: Collection[str] | None, day: dt.date) -> None:
        for place, (owner, pasts) in list(self.rows("pasts").items()):
            if owner == user_id and (keys is None or place[1] in keys) and pasts[-1].through >= day:
                del self.to_write("pasts")[place]


class Rules(Repository, RuleRepository):
    def add(self, rule: Rule) -> Rule:
        kept = evolve(rule, id=self.new_id())
        self._put(kept)
        return kept

    def of(self, user_id: int) -> Sequence[Rule]:
        rows = [one for one in self.rows("rules").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: one.id)

    def update(self, rule: Rule) -> None:
        if any(one.id == rule.id for one in self.of(rule.user_id)):
            self._put(rule)

    def delete(self, user_id: int, rule_id: int) -> None:
        drop(self.to_write("rules"), lambda one: (one.user_id, one.id) == (user_id, rule_id))

    def _put(self, rule: Rule) -> None:
        table = self.to_write("rules", rule.user_id)
        if any(one.activity_id == rule.activity_id and one.id != rule.id for one in table.values()):
            raise Conflict(Taken.RULE)
        table[rule.id] = rule


class Summaries(Repository, SummaryRepository):
    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        for day, summary in summaries.items():
            self.rows("summaries").pop((user_id, day), None)
            if summary and self.unit.users.get(user_id):
                self.to_write("summaries")[user_id, day] = (user_id, summary)

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        rows = [row for owner, row in self.rows("summaries").values() if owner == user_id]
        return sorted([row for row in rows if first <= row.day <= last], key=lambda row: row.day)

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        known = {row.day: row.value for row in self.summaries(user_id, dt.date.min, last)}
        first = min(known, default=last)
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        return DailyValues(first, [known.get(day, 0.0) for day in days])


class Audit(Repository, AuditRepository):
    def add(self, event: AuditEvent) -> None:
        number = self.new_id()
        self.to_write("audit")[number] = evolve(event, id=number)

    def page(self, wanted: AuditFilter, page: Page) -> Sequence[AuditEvent]:
        rows = [event for event in self.rows("audit").values() if _is_wanted(event, wanted)]
        return page.of(sorted(rows, key=lambda event: (event.timestamp, event.id), reverse=True))

    def count(self, wanted: AuditFilter) -> int:
        return len(self.page(wanted, Page(None)))

    def delete_before(self, instant: dt.datetime) -> int:
        return drop(self.to_write("audit"), lambda event: event.timestamp < instant)


def _is_wanted(event: AuditEvent, wanted: AuditFilter) -> bool:
    return (
        wanted.user_id in {None, event.user_id}
        and wanted.event_type in {None, event.event_type}
        and wanted.level in {None, event.level}
        and (wanted.start is None or wanted.start <= event.timestamp)
        and (wanted.end is None or event.timestamp < wanted.end)
    )


class Idempotency(Repository, IdempotencyRepository):
    def find(self, user_id: int, key: str) -> IdempotencyRecord | None:
        return self.rows("idempotency").get((user_id, key))

    def put(self, record: IdempotencyRecord) -> None:
        self.to_write("idempotency", record.user_id)[record.user_id, record.key] = record

    def delete_before(self, instant: dt.datetime) -> int:
        return drop(self.to_write("idempotency"), lambda record: record.created_at < instant)


class Wearables(Repository, WearableRepository):
    def sources(self, user_id: int) -> Sequence[Source]:
        rows = [one for one in self.rows("sources").values() if one.user_id == user_id]
        return sorted(rows, key=lambda one: (one.priority, one.id))

    def add_source(self, source: Source) -> Source:
        kept = evolve(source, id=self.new_id())
        self.to_write("sources", source.user_id)[kept.id] = kept
        return kept

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        own = {one.id for one in self.sources(user_id)}
        self.to_write("sources").update({one.id: one for one in sources if one.id in own})

    def delete_source(self, user_id: int, source_id: int) -> None:
        gone = [raw_id for raw_id, raw in self._raw(user_id) if raw.source_id == source_id]
        self.remove_canonical(user_id, gone)
        drop(self.to_write("raw"), lambda raw: raw.stored.id in gone)
        drop(self.to_write("sources"), lambda one: (one.user_id, one.id) == (user_id, source_id))

    def totals(self, user_id: int) -> Totals:
        found: Totals = self.rows("totals").get(user_id, (user_id, Totals()))[1]
        return found

    def set_totals(self, user_id: int, totals: Totals) -> None:
        self.to_write("totals", user_id)[user_id] = (user_id, totals)

    def ingest_errors(self, user_id: int) -> Sequence[IngestError]:
        rows = [one for one in self.rows("errors").values() if one.user_id == user_id]
        rows.sort(key=lambda one: one.number)
        return [IngestError(one.dedupe_key, one.reason, one.at) for one in rows]

    def set_ingest_errors(self, user_id: int, errors: Sequence[IngestError]) -> None:
        table = self.to_write("errors", user_id)
        drop(table, lambda one: one.user_id == user_id)
        for number, one in enumerate(errors):
            table[user_id, number] = IngestErrorRow(user_id, number, *astuple(one))

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        table = self.to_write("raw", source.user_id)
        keys = {raw.stored.dedupe_key for _, raw in self._raw(source.user_id)}
        added = []
        for one in records:
            if one.dedupe_key not in keys:
                keys.add(one.dedupe_key)
                number = self.new_id()
                stored = StoredRecord(
                    number, one.dedupe_key, one.type, one.status, one.at, tz, received_at, one.payload
                )
                table[number] = Raw(source.user_id, source.id, one.day, stored)
                added.append((number, one))
        return added

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        return page_end(page.of(self._raw_matching(user_id, wanted)))

    def raw_count(self, user_id: int, wanted: RawFilter) -> int:
        return len(self._raw_matching(user_id, wanted))

    def _raw_matching(self, user_id: int, wanted: RawFilter) -> Sequence[StoredRecord]:
        rows = [
            raw.stored
            for _, raw in self._raw(user_id)
            if wanted.type in {None, raw.stored.type} and wanted.day in {None, raw.day}
        ]
        return sorted(rows, key=lambda one: (one.at, one.id), reverse=True)

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        def order(one: StoredRecord) -> tuple[str, int, int]:
            return one.type, one.at, one.id

        rows = [raw.stored for _, raw in self._raw(user_id) if raw.source_id == source_id]
        return sorted([one for one in rows if after is None or order(one) > order(after)], key=order)[:limit]

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        for raw_id, raw in self._raw(user_id):
            if raw_id in statuses:
                stored = evolve(raw.stored, status=statuses[raw_id])
                self.to_write("raw")[raw_id] = raw._replace(stored=stored)

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        known = dict(self._raw(user_id))
        for raw_id, one in kept:
            if raw_id in known:
                stored = evolve(known[raw_id].stored, type=one.type, status=one.status)
                self.to_write("raw")[raw_id] = known[raw_id]._replace(day=one.day, stored=stored)

    def add_heart_rates(self, user_id: int, source_id: int, rows: Rows) -> None:
        self._add("heart", user_id, source_id, rows)

    def add_steps(self, user_id: int, source_id: int, rows: Rows) -> None:
        self._add("steps", user_id, source_id, rows)

    def add_sessions(self, user_id: int, source_id: int, rows: Rows) -> None:
        self._add("sessions", user_id, source_id, rows)

    def add_stages(self, user_id: int, rows: Rows) -> None:
        self._add("stages", user_id, 0, rows)

    def attach_stages(self, user_id: int, session_keys: Iterable[str]) -> set[int]:
        sessions = {one.row.dedupe_key: one.raw_id for _, one in self._rows("sessions", user_id)}
        keys = {key for key in session_keys if key in sessions}
        attached = set()
        for number, one in self._rows("stages", user_id):
            if one.session_id == 0 and one.row.session_key in keys:
                session_id = sessions[one.row.session_key]
                self.to_write("stages")[number] = one._replace(session_id=session_id)
                attached.add(one.raw_id)
        self.set_status(user_id, dict.fromkeys(attached, PROCESSED))
        return attached

    def remove_canonical(self, user_id: int, raw_ids: Sequence[int]) -> Touched:
        gone = set(raw_ids)
        found = {
            name: [one for _, one in self._rows(name, user_id) if one.raw_id in gone]
            for name in ("heart", "steps", "sessions")
        }
        for name in ("heart", "steps", "sessions", "stages"):
            drop(self.to_write(name), lambda one: one.user_id == user_id and one.raw_id in gone)
        for number, one in self._rows("stages", user_id):
            if one.session_id in gone:
                self.to_write("stages")[number] = one._replace(session_id=0)
                self.set_status(user_id, {one.raw_id: WAITING})
        return touched(found)

    def touched_by(self, user_id: int, source_id: int) -> Touched:
        return touched(
            {
                name: [one for _, one in self._rows(name, user_id) if one.source_id == source_id]
                for name in ("heart", "steps", "sessions")
            }
        )

    def heart_counts(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, int, int]]:
        rows = self._between("heart", user_id, first, last)
        counts = Counter((one.row.day, one.source_id, one.row.bpm) for one in rows)
        return [(*place, count) for place, count in counts.items()]

    def variabilities(
        self, user_id: int, first: dt.date, last: dt.date
    ) -> Iterable[tuple[dt.date, int, float]]:
        rows = self._between("heart", user_id, first, last)
        told = [(one.row.day, one.source_id, one.row.variability_ms) for one in rows]
        return [row for row in told if row[2] is not None]

    def steps(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, StepPiece]]:
        return [(one.source_id, one.row) for one in self._between("steps", user_id, first, last)]

    def steps_crossing(
        self, user_id: int, first: dt.date, last: dt.date, start: int, end: int
    ) -> Sequence[tuple[int, StepPiece]]:
        return [
            one
            for one in self.steps(user_id, first, last)
            if one[1].start < end and (one[1].end > start or one[1].start >= start)
        ]

    def sessions(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[tuple[int, SleepSession]]:
        return [(one.source_id, one.row) for one in self._between("sessions", user_id, first, last)]

    def session_days_crossing(self, user_id: int, start: int, end: int) -> Sequence[dt.date]:
        rows = [one.row for _, one in self._rows("sessions", user_id)]
        return list({row.day for row in rows if row.start < end and row.end > start})

    def stages(self, user_id: int, session_key: str) -> Sequence[SleepStage]:
        rows = [one for _, one in self._rows("stages", user_id) if one.session_id]
        found = [one.row for one in rows if one.row.session_key == session_key]
        return sorted(found, key=lambda stage: (stage.start, stage.dedupe_key))

    def replace_heart(self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[Any]) -> None:
        self._replace("heart", user_id, first, last, rows)

    def replace_steps(self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[Any]) -> None:
        self._replace("steps", user_id, first, last, rows)

    def replace_sleep(self, user_id: int, first: dt.date, last: dt.date, rows: Sequence[Any]) -> None:
        self._replace("sleep", user_id, first, last, rows)

    def aggregates(
        self, user_id: int, source_id: int, first: dt.date, last: dt.date
    ) -> Sequence[DailyAggregate]:
        kept = self.rows("aggregates").items()
        rows = [row for (owner, source, _), (_, row) in kept if (owner, source) == (user_id, source_id)]
        return sorted([row for row in rows if first <= row.day <= last], key=lambda row: row.day)

    def _raw(self, user_id: int) -> list[tuple[int, "Raw"]]:
        return [(raw_id, raw) for raw_id, raw in self.rows("raw").items() if raw.user_id == user_id]

    def _rows(self, name: str, user_id: int) -> list[tuple[int, "Canonical"]]:
        return [(number, one) for number, one in self.rows(name).items() if one.user_id == user_id]

    def _between(self, name: str, user_id: int, first: dt.date, last: dt.date) -> list["Canonical"]:
        return [one for _, one in self._rows(name, user_id) if first <= one.row.day <= last]

    def _add(self, name: str, user_id: int, source_id: int, rows: Rows) -> None:
        for raw_id, row in rows:
            self.to_write(name, user_id)[self.new_id()] = Canonical(user_id, source_id, raw_id, row)

    def _replace(self, part: str, user_id: int, first: dt.date, last: dt.date, rows: Sequence[Any]) -> None:
        table = self.to_write("aggregates", user_id)
        nothing: dict[str, Any] = {part: None}
        for key, (owner, row) in [*table.items()]:
            if owner == user_id and first <= row.day <= last:
                table[key] = (owner, evolve(row, **nothing))
        for source_id, day, told in rows:
            _, row = table.get((user_id, source_id, day), (user_id, DailyAggregate(day)))
            table[user_id, source_id, day] = (user_id, evolve(row, **{part: told}))
        drop(table, lambda kept: not (kept[1].steps or kept[1].sleep or kept[1].heart))


class Raw(NamedTuple):
    user_id: int
    source_id: int
    day: dt.date
    stored: StoredRecord


class Backups(Repository, BackupRepository):
    def plan(self) -> BackupPlan:
        plan: BackupPlan = self.rows("plan").get("plan", BackupPlan())
        return plan

    def keep_plan(self, plan: BackupPlan) -> None:
        self.to_write("plan")["plan"] = plan

    def run(self) -> BackupRun | None:
        return self.rows("run").get("run")

    def keep_run(self, run: BackupRun) -> None:
        self.to_write("run")["run"] = run


class Canonical(NamedTuple):
    """A row of the pipeline; a stage has the raw id of the session that it is attached to."""

    user_id: int
    source_id: int
    raw_id: int
    row: Any
    session_id: int = 0


class Archive(ArchiveRepository):
    """Ids that were given before are those below the next number."""

    def __init__(self, unit: Unit) -> None:
        self.unit, self.new_id = unit, Repository(unit).new_id

    def rows(self, table: Table[Any]) -> Iterator[Any]:
        kept = self.unit.tables[KEPT_IN[table.name]]
        return iter([given(table, key, kept[key]) for key in sorted(kept)])

    def count(self, table: Table[Any]) -> int:
        return len(self.unit.tables[KEPT_IN[table.name]])

    def last_ids(self) -> LastIds:
        return LastIds(*[self.new_id()] * 9)

    def add(self, table: Table[Any], rows: Iterable[Any]) -> None:
        users, name = self.unit.tables["users"], KEPT_IN[table.name]
        for row in rows:
            key, kept = taken(table, row, self.unit.tables)
            owner = getattr(row, "user_id", None) if table is not model.AUDIT_EVENTS else None
            if key in self.unit.tables[name] or self._is_taken(table, row) or owner not in {None, *users}:
                raise InvalidState("rows contradict each other")
            Repository(self.unit).to_write(name)[key] = kept
            self._give_above(getattr(row, "id", 0))

    def set_last_ids(self, last: LastIds) -> None:
        for number in asdict(last).values():
            self._give_above(number)

    def _is_taken(self, table: Table[Any], row: Any) -> bool:  # noqa: ANN401  # a row of any table
        if table is model.USERS:
            return self.unit.users.find(row.username) is not None
        if table is model.TOKENS:
            return self.unit.tokens.find(row.hash) is not None
        if table is model.ACTIVITIES:
            return self.unit.activities.find(row.user_id, row.name) is not None
        if table is model.RULES:
            activity, rules = self.unit.activities.get(row.activity_id), self.unit.rules.of(row.user_id)
            return activity is None or any(one.activity_id == row.activity_id for one in rules)
        return table is model.ENTRIES and bool(self.unit.entries.ids(row.user_id, [place_of(row)]))

    def _give_above(self, number: int) -> None:
        self.unit.store.numbers = itertools.count(max(self.new_id(), number + 1), 7)


KEPT_IN = {
    "users": "users", "revoked_tokens": "revoked", "tokens": "tokens", "webhooks": "webhooks",
    "activities": "activities", "pauses": "pauses", "rules": "rules",
    "entries": "entries",
    "audit_events": "audit", "idempotency": "idempotency", "backup_plan": "plan",
    "wearable_sources": "sources",
    "wearable_totals": "totals", "wearable_errors": "errors",
    "wearable_raw": "raw", "wearable_canonical_hr": "heart",
    "wearable_canonical_steps": "steps", "wearable_canonical_sleep_sessions": "sessions",
    "wearable_canonical_sleep_stages": "stages", "wearable_daily_agg": "aggregates",
}  # fmt: skip
"""Our tables by their names in an archive."""

CANONICAL: Mapping[str, Callable[..., Any]] = {
    "wearable_canonical_hr": HeartRate,
    "wearable_canonical_steps": StepPiece,
    "wearable_canonical_sleep_sessions": SleepSession,
    "wearable_canonical_sleep_stages": SleepStage,
}


KEYS: Mapping[str, Callable[[Any], Any]] = {
    "idempotency": lambda row: (row.user_id, row.key),
    "backup_plan": lambda _: "plan",
    "wearable_errors": lambda row: (row.user_id, row.number),
}
"""How we find rows that have no id and that we keep as they are in an archive."""


def given(table: Table[Any], key: Any, kept: Any) -> Any:  # noqa: ANN401, PLR0911  # of any table
    """Return what we keep as the row of an archive."""
    if table is model.REVOKED_TOKENS:
        return RevokedToken(key, *kept)
    if table is model.WEARABLE_TOTALS:
        return table.row(key, **asdict(kept[1]))
    if table is model.WEARABLE_RAW:
        return RawRow(
            user_id=kept.user_id, source_id=kept.source_id, day=kept.day, **asdict(kept.stored, recurse=False)
        )
    if table is model.SLEEP_STAGES:
        return table.row(kept.raw_id, kept.user_id, kept.session_id or None, *kept.row)
    if table.name in CANONICAL:
        return table.row(kept.raw_id, kept.user_id, kept.source_id, *kept.row)
    if table is model.AGGREGATES:
        return table.row(kept[0], key[1], **asdict(kept[1], recurse=False))
    return kept


def taken(table: Table[Any], row: Any, tables: Tables) -> tuple[Any, Any]:  # noqa: ANN401  # of any table
    """Return the key and the value under which we keep the row of an archive."""
    if table is model.REVOKED_TOKENS:
        return row.token_id, (row.user_id, row.expires_at)
    if table is model.WEARABLE_TOTALS:
        return row.user_id, (row.user_id, Totals(row.accepted, row.duplicates, row.errors, row.last_run))
    if table is model.WEARABLE_RAW:
        stored = StoredRecord(
            row.id, row.dedupe_key, row.type, row.status, row.at, row.tz, row.received_at, row.payload
        )
        return row.id, Raw(row.user_id, row.source_id, row.day, stored)
    if table.name in CANONICAL:
        source_id, session_id = getattr(row, "source_id", 0), getattr(row, "session_id", None) or 0
        told = CANONICAL[table.name](*astuple(row, recurse=False)[3:])
        return len(tables[KEPT_IN[table.name]]), Canonical(
            row.user_id, source_id, row.raw_id, told, session_id
        )
    if table is model.AGGREGATES:
        aggregate = DailyAggregate(row.day, row.steps, row.sleep, row.heart)
        return (row.user_id, row.source_id, row.day), (row.user_id, aggregate)
    return KEYS[table.name](row) if table.name in KEYS else row.id, row


def touched(found: Mapping[str, Sequence[Canonical]]) -> Touched:
    heart, steps, sessions = ([one.row for one in found[name]] for name in ("heart", "steps", "sessions"))
    return Touched.by(heart, steps, sessions)


def owner_of(row: Any) -> Owner:  # noqa: ANN401  # a row of any table
    owner: Owner = row.user_id if hasattr(row, "user_id") else row[0]
    return owner


def owners(user_id: int, *, shared: bool) -> Sequence[Owner]:
    return (user_id, None) if shared else (user_id,)


def place_of(entry: Entry) -> Place:
    return entry.date, name_key(entry.activity)


def drop(table: dict[Any, Any], is_gone: Callable[[Any], bool]) -> int:
    """Remove the rows that are gone; return how many there were."""
    keys = [key for key, row in table.items() if is_gone(row)]
    for key in keys:
        del table[key]
    return len(keys)


class StrangersStore(Store):
    """Each write changes copies of all tables, which take their place at the commit."""

    kinds: ClassVar[Mapping[str, Callable[[Unit], Any]]] = {
        "users": Users,
        "sessions": Sessions,
        "tokens": Tokens,
        "webhooks": Webhooks,
        "activities": Activities,
        "entries": Entries,
        "pauses": Pauses,
        "pasts": Pasts,
        "rules": Rules,
        "summaries": Summaries,
        "wearables": Wearables,
        "audit": Audit,
        "idempotency": Idempotency,
        "backups": Backups,
        "archive": Archive,
    }

    def __init__(self) -> None:
        self.numbers = itertools.count(1_000, 7)
        self.tables: Tables = {name: {} for name in TABLES}
        self.lock = threading.Lock()
        self.of_thread = threading.local()
        self.is_closed = False

    @contextmanager
    def read(self) -> Iterator[Unit]:
        self.require_open()
        writer = self.writer()
        yield Unit(self, self.seen_inside(writer) if writer else self.tables, sealed=True)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        self.require_open()
        writer = self.writer()
        if writer:
            mark, before = writer.pending.mark(), copied(writer.tables)
            try:
                yield writer
            except BaseException:
                self.undo(writer, mark, before)
                raise
            return
        with self.lock:
            unit = self.of_thread.unit = Unit(self, copied(self.tables), sealed=False)
            try:
                yield unit
                self.commit(unit)
            finally:
                unit.sealed = True
                self.of_thread.unit = None
        unit.pending.run_actions()

    def stage(self) -> PlainStaging:
        self.require_open()
        return PlainStaging()

    def elsewhere(self) -> int:
        self.require_open()
        return 0

    def check(self) -> None:
        self.require_open()

    def close(self) -> None:
        self.is_closed = True

    def require_open(self) -> None:
        if self.is_closed:
            raise ServiceUnavailable("The store is closed")

    def writer(self) -> Unit | None:
        return getattr(self.of_thread, "unit", None)

    def seen_inside(self, writer: Unit) -> Tables:
        writer.pending.settle(writer)
        return copied(writer.tables)

    def undo(self, writer: Unit, mark: Mark, before: Tables) -> None:
        writer.tables = before
        writer.pending.back_to(mark)

    def commit(self, unit: Unit) -> None:
        unit.pending.settle(unit)
        self.tables = unit.tables


def copied(tables: Tables) -> Tables:
    return {name: dict(rows) for name, rows in tables.items()}
