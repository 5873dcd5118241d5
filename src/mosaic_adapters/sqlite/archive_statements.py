"""How the tables of an archive lie in SQLite."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import starmap
from typing import Any, Generic, TypeVar

import msgspec
from attrs import fields, frozen

from mosaic_adapters.sqlite import activities
from mosaic_core.accounts.model import RevokedToken, User
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.entries.model import Entry
from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.rules.model import Rule
from mosaic_core.schedules.pauses import Pause
from mosaic_core.texts import name_key
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.webhooks.model import Webhook

R = TypeVar("R")
SqlRow = tuple[Any, ...]


@frozen
class Statements(Generic[R]):
    """What reads all rows of a table and what adds one, and how rows of SQLite become the core's and back."""

    select: str
    values: Callable[[Sequence[SqlRow]], Iterable[R]]
    insert: str
    columns: Callable[[R], SqlRow]


def each(value: Callable[[SqlRow], R]) -> Callable[[Sequence[SqlRow]], Iterable[R]]:
    """Return what makes a value of each row."""
    return partial(map, value)


def moment(text: str | None) -> Any:  # noqa: ANN401  # a datetime, or None as given
    """Return the instant that the text states, None for None."""
    return None if text is None else dt.datetime.fromisoformat(text)


def _user(row: SqlRow) -> User:
    return User(*(*row[:4], bool(row[4]), *row[5:7], moment(row[7]), row[8]))


def _user_columns(user: User) -> SqlRow:
    return (
        user.id,
        user.username,
        user.username.casefold(),
        user.display_name,
        user.password_hash,
        user.is_admin,
        user.timezone,
        user.token_generation,
        user.created_at.isoformat(),
        user.day_start,
    )


USERS = Statements(
    """SELECT id, username, display_name, password_hash, is_admin, timezone, token_generation, created_at,
              day_start
       FROM users ORDER BY id""",
    each(_user),
    """INSERT INTO users (id, username, username_key, display_name, password_hash, is_admin, timezone,
                          token_generation, created_at, day_start)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _user_columns,
)
KEY_USERS = """
    UPDATE OR IGNORE users SET username_key = name_key(username) WHERE username_key <> name_key(username)"""
"""Names that two accounts had before composition stopped to count stay two: see `composition.py`."""


REVOKED_TOKENS = Statements(
    "SELECT token_id, user_id, expires_at FROM revoked_tokens ORDER BY token_id",
    each(lambda row: RevokedToken(*row)),
    "INSERT INTO revoked_tokens (token_id, user_id, expires_at) VALUES (?, ?, ?)",
    lambda token: (token.token_id, token.user_id, token.expires_at),
)


def _token(row: SqlRow) -> PersonalToken:
    token_id, user_id, name, scopes, token_hash, *times = row
    return PersonalToken(token_id, user_id, name, tuple(scopes.split()), token_hash, *map(moment, times))


def _token_columns(token: PersonalToken) -> SqlRow:
    return (
        token.id,
        token.user_id,
        token.name,
        " ".join(token.scopes),
        token.hash,
        token.created_at.isoformat(),
        token.last_used_at and token.last_used_at.isoformat(),
        token.expires_at and token.expires_at.isoformat(),
    )


TOKENS = Statements(
    """SELECT id, user_id, name, scopes, hash, created_at, last_used_at, expires_at
       FROM tokens ORDER BY id""",
    each(_token),
    """INSERT INTO tokens (id, user_id, name, scopes, hash, created_at, last_used_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    _token_columns,
)


def _webhook(row: SqlRow) -> Webhook:
    (webhook_id, user_id, url, events, secret, enabled, created_at, last_delivered_at, last_error, failures,
     given_up, due_at) = row  # fmt: skip
    return Webhook(
        id=webhook_id,
        user_id=user_id,
        url=url,
        events=tuple(events.split()),
        secret=secret,
        enabled=bool(enabled),
        created_at=moment(created_at),
        last_delivered_at=moment(last_delivered_at),
        last_error=last_error,
        failures=failures,
        given_up=given_up,
        due_at=moment(due_at),
    )


def _webhook_columns(webhook: Webhook) -> SqlRow:
    return (
        webhook.id,
        webhook.user_id,
        webhook.url,
        " ".join(webhook.events),
        webhook.secret,
        webhook.enabled,
        webhook.created_at.isoformat(),
        webhook.last_delivered_at and webhook.last_delivered_at.isoformat(),
        webhook.last_error,
        webhook.failures,
        webhook.given_up,
        webhook.due_at and webhook.due_at.isoformat(),
    )


WEBHOOKS = Statements(
    """SELECT id, user_id, url, events, secret, enabled, created_at, last_delivered_at, last_error, failures,
              given_up, due_at
       FROM webhooks ORDER BY id""",
    each(_webhook),
    """INSERT INTO webhooks (id, user_id, url, events, secret, enabled, created_at, last_delivered_at,
                             last_error, failures, given_up, due_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _webhook_columns,
)


ACTIVITIES = Statements(
    f"SELECT {activities.COLUMNS} FROM activities ORDER BY id",  # noqa: S608  # constant columns
    each(activities.activity_of),
    activities.INSERT,
    lambda activity: (activity.id, activity.user_id, *activities.changeable(activity)),
)


def _pause(row: SqlRow) -> Pause:
    pause_id, user_id, first_day, last_day, activity_id, reason = row
    return Pause(
        id=pause_id,
        user_id=user_id,
        from_=dt.date.fromisoformat(first_day),
        to=None if last_day is None else dt.date.fromisoformat(last_day),
        activity_id=activity_id,
        reason=reason,
    )


def _pause_columns(pause: Pause) -> SqlRow:
    return (
        pause.id,
        pause.user_id,
        pause.from_.isoformat(),
        pause.to and pause.to.isoformat(),
        pause.activity_id,
        pause.reason,
    )


PAUSES = Statements(
    "SELECT id, user_id, first_day, last_day, activity_id, reason FROM pauses ORDER BY id",
    each(_pause),
    """INSERT INTO pauses (id, user_id, first_day, last_day, activity_id, reason)
       VALUES (?, ?, ?, ?, ?, ?)""",
    _pause_columns,
)


def _rule(row: SqlRow) -> Rule:
    first_day, enabled = row[6:]
    return Rule(*(*row[:6], dt.date.fromisoformat(first_day), bool(enabled)))


def _rule_columns(rule: Rule) -> SqlRow:
    return (
        rule.id,
        rule.user_id,
        rule.activity_id,
        rule.metric,
        rule.fill,
        rule.at_least,
        rule.from_.isoformat(),
        rule.enabled,
    )


RULES = Statements(
    "SELECT id, user_id, activity_id, metric, fill, at_least, first_day, enabled FROM rules ORDER BY id",
    each(_rule),
    """INSERT INTO rules (id, user_id, activity_id, metric, fill, at_least, first_day, enabled)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
    _rule_columns,
)


_EntryRow = msgspec.defstruct("_EntryRow", [(one.name, Any) for one in fields(Entry)], gc=False)


def _entries(rows: Sequence[SqlRow]) -> Iterable[Entry]:
    """Return the entries. There are many: msgspec fills them in half the time that `__init__` takes."""
    return msgspec.convert(list(starmap(_EntryRow, rows)), list[Entry], from_attributes=True)


def _entry_columns(entry: Entry) -> SqlRow:
    return (
        entry.id,
        entry.user_id,
        entry.date.isoformat(),
        entry.activity,
        name_key(entry.activity),
        entry.value,
        entry.note,
        entry.description,
        entry.activity_category,
        entry.activity_goal,
        entry.activity_type,
        entry.origin,
    )


ENTRIES = Statements(
    """SELECT id, user_id, day, activity, value, note, description, category, goal, activity_type, origin
       FROM entries ORDER BY id""",
    _entries,
    """INSERT INTO entries (id, user_id, day, activity, activity_key, value, note, description, category,
                            goal, activity_type, origin)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
    _entry_columns,
)


def _event(row: SqlRow) -> AuditEvent:
    event_id, timestamp, user_id, event_type, message, context, level = row
    return AuditEvent(
        id=event_id,
        timestamp=moment(timestamp),
        user_id=user_id,
        event_type=event_type,
        message=message,
        context=msgspec.json.decode(context),
        level=level,
    )


def _event_columns(event: AuditEvent) -> SqlRow:
    return (
        event.id,
        event.timestamp.isoformat(),
        event.user_id,
        event.event_type,
        event.message,
        msgspec.json.encode(event.context).decode(),
        event.level,
    )


AUDIT_EVENTS = Statements(
    """SELECT id, timestamp, user_id, event_type, message, context, level FROM audit_events ORDER BY id""",
    each(_event),
    """INSERT INTO audit_events (id, timestamp, user_id, event_type, message, context, level)
       VALUES (?, ?, ?, ?, ?, ?, ?)""",
    _event_columns,
)


def _record(row: SqlRow) -> IdempotencyRecord:
    user_id, key, fingerprint, status, body, created_at = row
    return IdempotencyRecord(user_id, key, fingerprint, Answer(status, body), moment(created_at))


def _record_columns(record: IdempotencyRecord) -> SqlRow:
    return (
        record.user_id,
        record.key,
        record.fingerprint,
        record.answer.status,
        record.answer.body,
        record.created_at.isoformat(),
    )


IDEMPOTENCY = Statements(
    "SELECT user_id, key, fingerprint, status, body, created_at FROM idempotency ORDER BY user_id, key",
    each(_record),
    """INSERT INTO idempotency (user_id, key, fingerprint, status, body, created_at)
       VALUES (?, ?, ?, ?, ?, ?)""",
    _record_columns,
)


def _plan(row: SqlRow) -> BackupPlan:
    enabled, interval_minutes, keep, last_run, last_error = row
    return BackupPlan(
        enabled=None if enabled is None else bool(enabled),
        interval_minutes=interval_minutes,
        keep=keep,
        last_run=moment(last_run),
        last_error=last_error,
    )


def _plan_columns(plan: BackupPlan) -> SqlRow:
    last_run = plan.last_run and plan.last_run.isoformat()
    return plan.enabled, plan.interval_minutes, plan.keep, last_run, plan.last_error


BACKUP_PLAN = Statements(
    "SELECT enabled, interval_minutes, keep, last_run, last_error FROM backup_plan",
    each(_plan),
    """INSERT INTO backup_plan (id, enabled, interval_minutes, keep, last_run, last_error)
       VALUES (1, ?, ?, ?, ?, ?)""",
    _plan_columns,
)
