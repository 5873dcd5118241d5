"""How the tables of an archive lie in PostgreSQL."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import starmap
from typing import Any, Generic, TypeVar

import msgspec
from attrs import fields, frozen

from mosaic_adapters.postgresql.transaction import SHARED
from mosaic_adapters.postgresql.trips import Row
from mosaic_core.accounts.model import RevokedToken, User
from mosaic_core.activities.model import Activity
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.entries.model import Entry
from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.rules.model import Rule
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.stated import schedule_in, target_in, text_of
from mosaic_core.texts import name_key
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.webhooks.model import Webhook

R = TypeVar("R")


@frozen
class Statements(Generic[R]):
    """Which columns of a table make its rows and in which order these come, and which columns a row fills."""

    names: str
    order: str
    values: Callable[[Sequence[Row]], Iterable[R]]
    written: Sequence[str]
    columns: Callable[[R], Row]


def each(value: Callable[[Row], R]) -> Callable[[Sequence[Row]], Iterable[R]]:
    """Return what makes a value of each row."""
    return partial(map, value)


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text."""
    return tuple(text.replace(",", " ").split())


def owner_of(user_id: int) -> int | None:
    """Return whose a row is, None for nobody's."""
    return user_id or None


_USER_COLUMNS = """id, username, display_name, password_hash, is_admin, timezone, token_generation,
                   created_at, day_start"""

USERS = Statements(
    _USER_COLUMNS,
    "id",
    each(lambda row: User(*row)),
    words(f"{_USER_COLUMNS}, username_key"),
    lambda one: (
        one.id,
        one.username,
        one.display_name,
        one.password_hash,
        one.is_admin,
        one.timezone,
        one.token_generation,
        one.created_at,
        one.day_start,
        one.username.casefold(),
    ),
)

REVOKED_TOKENS = Statements(
    "token_id, user_id, expires_at",
    "token_id",
    each(lambda row: RevokedToken(*row)),
    words("token_id, user_id, expires_at"),
    lambda one: (one.token_id, one.user_id, one.expires_at),
)

_PERSONAL = "id, user_id, name, scopes, hash, created_at, last_used_at, expires_at"


def _token(row: Row) -> PersonalToken:
    token_id, user_id, name, scopes, *more = row
    return PersonalToken(token_id, user_id, name, words(scopes), *more)


TOKENS = Statements(
    _PERSONAL,
    "id",
    each(_token),
    words(_PERSONAL),
    lambda one: (
        one.id,
        one.user_id,
        one.name,
        " ".join(one.scopes),
        one.hash,
        one.created_at,
        one.last_used_at,
        one.expires_at,
    ),
)

_WEBHOOK_COLUMNS = """id, user_id, url, events, secret, enabled, created_at, last_delivered_at, last_error,
                      failures, given_up, due_at"""


def _webhook(row: Row) -> Webhook:
    webhook_id, user_id, url, events, *more = row
    return Webhook(webhook_id, user_id, url, words(events), *more)


WEBHOOKS = Statements(
    _WEBHOOK_COLUMNS,
    "id",
    each(_webhook),
    words(_WEBHOOK_COLUMNS),
    lambda one: (
        one.id,
        one.user_id,
        one.url,
        " ".join(one.events),
        one.secret,
        one.enabled,
        one.created_at,
        one.last_delivered_at,
        one.last_error,
        one.failures,
        one.given_up,
        one.due_at,
    ),
)

_ACTIVITY_COLUMNS = """id, user_id, name, category, activity_type, goal, description, active,
                       frequency_per_day, frequency_per_week, deactivated_at, schedule, target, unit"""


def _activity(row: Row) -> Activity:
    activity_id, user_id, *plain, schedule, target, unit = row
    rest = (
        None if schedule is None else schedule_in(schedule),
        None if target is None else target_in(target),
        unit,
    )
    return Activity(*(activity_id, owner_of(user_id), *plain, *rest))


ACTIVITIES = Statements(
    _ACTIVITY_COLUMNS,
    "id",
    each(_activity),
    words(f"{_ACTIVITY_COLUMNS}, name_key, category_key"),
    lambda one: (
        one.id,
        one.user_id or SHARED,
        one.name,
        one.category,
        one.activity_type,
        one.goal,
        one.description,
        one.active,
        one.frequency_per_day,
        one.frequency_per_week,
        one.deactivated_at,
        one.schedule and text_of(one.schedule),
        one.target and text_of(one.target),
        one.unit,
        name_key(one.name),
        name_key(one.category),
    ),
)

_PAUSE_COLUMNS = "id, user_id, first_day, last_day, activity_id, reason"

PAUSES = Statements(
    _PAUSE_COLUMNS,
    "id",
    each(lambda row: Pause(*row)),
    words(_PAUSE_COLUMNS),
    lambda one: (one.id, one.user_id, one.from_, one.to, one.activity_id, one.reason),
)

_RULE_COLUMNS = "id, user_id, activity_id, metric, fill, at_least, first_day, enabled"

RULES = Statements(
    _RULE_COLUMNS,
    "id",
    each(lambda row: Rule(*row)),
    words(_RULE_COLUMNS),
    lambda one: (
        one.id,
        one.user_id,
        one.activity_id,
        one.metric,
        one.fill,
        one.at_least,
        one.from_,
        one.enabled,
    ),
)

_ENTRY_COLUMNS = """id, user_id, day, activity, value, note, description, category, goal, activity_type,
                    origin"""
_EntryRow = msgspec.defstruct("_EntryRow", [(one.name, Any) for one in fields(Entry)], gc=False)


def _entries(rows: Sequence[Row]) -> Iterable[Entry]:
    """Return the entries. There are many: msgspec fills them in half the time that `__init__` takes."""
    return msgspec.convert(list(starmap(_EntryRow, rows)), list[Entry], from_attributes=True)


ENTRIES = Statements(
    _ENTRY_COLUMNS.replace("user_id", "nullif(user_id, 0)"),
    "id",
    _entries,
    words(f"{_ENTRY_COLUMNS}, activity_key, category_key"),
    lambda one: (
        one.id,
        one.user_id or SHARED,
        one.date,
        one.activity,
        one.value,
        one.note,
        one.description,
        one.activity_category,
        one.activity_goal,
        one.activity_type,
        one.origin,
        name_key(one.activity),
        name_key(one.activity_category),
    ),
)

_EVENT_COLUMNS = "id, timestamp, user_id, event_type, message, context, level"


def _event(row: Row) -> AuditEvent:
    event_id, timestamp, user_id, event_type, message, context, level = row
    return AuditEvent(
        id=event_id,
        timestamp=timestamp,
        user_id=owner_of(user_id),
        event_type=event_type,
        message=message,
        context=msgspec.json.decode(context),
        level=level,
    )


AUDIT_EVENTS = Statements(
    _EVENT_COLUMNS,
    "id",
    each(_event),
    words(_EVENT_COLUMNS),
    lambda one: (
        one.id,
        one.timestamp,
        one.user_id or SHARED,
        one.event_type,
        one.message,
        msgspec.json.encode(one.context).decode(),
        one.level,
    ),
)

_RECORD_COLUMNS = "user_id, key, fingerprint, status, body, created_at"

IDEMPOTENCY = Statements(
    _RECORD_COLUMNS,
    "user_id, key",
    each(lambda row: IdempotencyRecord(*(*row[:3], Answer(*row[3:5]), row[5]))),
    words(_RECORD_COLUMNS),
    lambda one: (
        one.user_id,
        one.key,
        one.fingerprint,
        one.answer.status,
        one.answer.body,
        one.created_at,
    ),
)


def _plan(row: Row) -> BackupPlan:
    enabled, interval_minutes, keep, last_run, last_error = row
    return BackupPlan(
        enabled=enabled,
        interval_minutes=interval_minutes,
        keep=keep,
        last_run=last_run,
        last_error=last_error,
    )


_PLAN_COLUMNS = "enabled, interval_minutes, keep, last_run, last_error"

BACKUP_PLAN = Statements(
    _PLAN_COLUMNS,
    "id",
    each(_plan),
    words(_PLAN_COLUMNS),
    lambda one: (one.enabled, one.interval_minutes, one.keep, one.last_run, one.last_error),
)
