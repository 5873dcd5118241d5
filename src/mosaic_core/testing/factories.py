"""Ordinary values for tests: each function returns one, with the given fields in place of its own."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from attrs import evolve

from mosaic_core.accounts.model import StoredSession, User
from mosaic_core.activities.model import POSITIVE, Activity
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.plan import BackupPlan, BackupRun
from mosaic_core.caller import Caller
from mosaic_core.entries.model import PERSON, Entry
from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.rules.model import VALUE, Rule
from mosaic_core.schedules.pauses import Pause
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.wearables.model import Source
from mosaic_core.webhooks.model import ENTRY_ADDED, Delivery, Webhook

NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
"""The day of `NOON`."""

PASSWORD = "a good password"


class AbortError(Exception):
    """Undoes what a test wrote."""


@contextmanager
def rolled_back(store: Store) -> Iterator[UnitOfWork]:
    """Open a write that an exception undoes at its end."""
    with suppress(AbortError), store.write() as unit:
        yield unit
        raise AbortError


def days_ago(count: int) -> dt.date:
    """Return the day so many days before `TODAY`."""
    return TODAY - dt.timedelta(days=count)


def a_caller(user_id: int = 1, *, is_admin: bool = False, timezone: str = "UTC") -> Caller:
    """Return a caller with that id; nothing is stored."""
    name = f"user{user_id}"
    return Caller(user_id, name, name, is_admin, timezone)


def a_user(username: str = "someone", **given: Any) -> User:  # noqa: ANN401  # any field
    """Return a user to be added."""
    user = User(
        id=0,
        username=username,
        display_name=username,
        password_hash="hash",
        is_admin=False,
        timezone=None,
        token_generation=0,
        created_at=NOON,
    )
    return evolve(user, **given)


def a_session(user_id: int, **given: Any) -> StoredSession:  # noqa: ANN401  # any field
    """Return a login to be added, which lasts until 2033."""
    return evolve(StoredSession(0, user_id, "0-one", NOON, NOON, 2_000_000_000, "Browser/1.0"), **given)


def a_token(user_id: int, hash_: str = "ab" * 32, **given: Any) -> PersonalToken:  # noqa: ANN401  # any field
    """Return a personal access token to be added."""
    token = PersonalToken(0, user_id, "watch", ("read", "ingest"), hash_, NOON, None, None)
    return evolve(token, **given)


def a_webhook(user_id: int, **given: Any) -> Webhook:  # noqa: ANN401  # any field
    """Return a webhook to be added, for which nothing waits."""
    webhook = Webhook(0, user_id, "https://example.org/hook", (ENTRY_ADDED,), "whsec_x", True, NOON)
    return evolve(webhook, **given)


def a_delivery(webhook_id: int, **given: Any) -> Delivery:  # noqa: ANN401  # any field
    """Return an event that is to wait for a webhook."""
    return evolve(Delivery(0, webhook_id, ENTRY_ADDED, NOON, '{"value":1.0}'), **given)


def a_pause(user_id: int, from_: dt.date = TODAY, **given: Any) -> Pause:  # noqa: ANN401  # any field
    """Return a pause of everything to be added, which lasts until further notice."""
    return evolve(Pause(0, user_id, from_, None, None, ""), **given)


def a_rule(user_id: int, activity_id: int, **given: Any) -> Rule:  # noqa: ANN401  # any field
    """Return a rule to be added, which fills in the steps of each day."""
    return evolve(Rule(0, user_id, activity_id, "steps", VALUE, None, TODAY, True), **given)


def an_activity(user_id: int | None, name: str = "Running", **given: Any) -> Activity:  # noqa: ANN401  # any field
    """Return an activity to be added, shared if `user_id` is None."""
    activity = Activity(
        id=0,
        user_id=user_id,
        name=name,
        category="Health",
        activity_type=POSITIVE,
        goal=1.0,
        description="",
        active=1,
        frequency_per_day=1,
        frequency_per_week=7,
        deactivated_at=None,
    )
    return evolve(activity, **given)


def an_entry(
    user_id: int | None,
    activity: str = "Running",
    day: dt.date = TODAY,
    **given: Any,  # noqa: ANN401  # any field
) -> Entry:
    """Return an entry to be added, shared if `user_id` is None."""
    entry = Entry(
        id=0,
        user_id=user_id,
        date=day,
        activity=activity,
        value=1.0,
        note="",
        description="",
        activity_category="Health",
        activity_goal=1.0,
        activity_type=POSITIVE,
        origin=PERSON,
    )
    return evolve(entry, **given)


def an_event(message: str = "Something was done", **given: Any) -> AuditEvent:  # noqa: ANN401  # any field
    """Return an audit event to be added."""
    return evolve(AuditEvent(timestamp=NOON, user_id=1, event_type="user.update", message=message), **given)


def a_record(user_id: int, key: str = "key", **given: Any) -> IdempotencyRecord:  # noqa: ANN401  # any field
    """Return an idempotency record to be kept."""
    answer = Answer(201, b'{"message": "\xc3\xa9\x00"}')
    return evolve(IdempotencyRecord(user_id, key, "POST /add_entry 12ab", answer, NOON), **given)


def a_plan(**given: Any) -> BackupPlan:  # noqa: ANN401  # any field
    """Return a plan of backups to be kept; the last run failed."""
    plan = BackupPlan(
        enabled=False, interval_minutes=90, keep=3, last_run=NOON, last_error="There was no room 🌲"
    )
    return evolve(plan, **given)


def a_run(**given: Any) -> BackupRun:  # noqa: ANN401  # any field
    """Return a run to be kept."""
    return evolve(BackupRun(number=7, since=NOON), **given)


def a_source(user_id: int, device_id: str = "watch", **given: Any) -> Source:  # noqa: ANN401  # any field
    """Return a source of wearable records to be added."""
    return evolve(Source(0, user_id, "App", device_id, "", 0, 0, NOON), **given)
