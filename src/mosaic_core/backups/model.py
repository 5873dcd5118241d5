"""The tables of a store, as every store gives and takes them.

What people wrote and devices sent is in them, and so is what the pipeline made of the latter: canonical rows,
daily aggregates, the statuses of records. Made anew from the raw records, these might differ, because the
pipeline, or the rules of a time zone, have changed since; a store that was restored tells what it told
before, and `mosaic wearables reprocess` is a step of its own. Summed-up days are in no table: a sum of the
entries is the same whenever it is made. Nor is what habits amounted to, for the same reason. Nor are logins,
which no other server takes, and events that wait for webhooks: told again after a restore, they would be of
things long past.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from mosaic_core.accounts.model import RevokedToken, User
from mosaic_core.activities.model import Activity
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.entries.model import Entry
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.rules.model import Rule
from mosaic_core.schedules.pauses import Pause
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.wearables.model import HeartDay, SleepDay, Source, StepsDay
from mosaic_core.webhooks.model import Webhook

R = TypeVar("R")


@frozen
class UserTotals:
    """The counts over all ingests of a user."""

    user_id: int
    accepted: int
    duplicates: int
    errors: int
    last_run: dt.datetime | None


@frozen
class IngestErrorRow:
    """An error of a user's ingests (see IngestError); they are numbered from the newest, which is 0."""

    user_id: int
    number: int
    dedupe_key: str | None
    reason: str
    at: dt.datetime


@frozen
class RawRow:
    """A record as it came; `at` is its start in microseconds since 1970, `day` the local day of that."""

    id: int
    user_id: int
    source_id: int
    dedupe_key: str
    type: str
    status: str
    tz: str
    day: dt.date
    at: int
    received_at: dt.datetime
    payload: str


@frozen
class HeartRateRow:
    """A sample (see HeartRate), the raw record it was made of, and whose it is."""

    raw_id: int
    user_id: int
    source_id: int
    at: int
    day: dt.date
    bpm: int
    variability_ms: float | None
    confidence: float | str | None


@frozen
class StepsRow:
    """A piece of steps (see StepPiece), the raw record it was made of, and whose it is."""

    raw_id: int
    user_id: int
    source_id: int
    start: int
    end: int
    day: dt.date
    steps: int
    distance_m: float | None
    active_minutes: float | None
    calories: float | None


@frozen
class SleepSessionRow:
    """A session (see SleepSession), the raw record it was made of, and whose it is."""

    raw_id: int
    user_id: int
    source_id: int
    start: int
    end: int
    day: dt.date
    dedupe_key: str
    seconds: float
    efficiency: float | None
    score: float | None
    sleep_type: str


@frozen
class SleepStageRow:
    """A stage (see SleepStage), the raw record it was made of, and whose it is.

    `session_id` is the raw id of the session that it is attached to, None while it waits.
    """

    raw_id: int
    user_id: int
    session_id: int | None
    start: int
    end: int
    session_key: str
    stage: str
    dedupe_key: str


@frozen
class AggregateRow:
    """What a day amounts to (see DailyAggregate) for a source of a user, or for all (OVER_ALL)."""

    user_id: int
    source_id: int
    day: dt.date
    steps: StepsDay | None
    sleep: SleepDay | None
    heart: HeartDay | None


@frozen
class Table(Generic[R]):
    """A table: its name, and the class of its rows."""

    name: str
    row: type[R]


USERS = Table("users", User)
REVOKED_TOKENS = Table("revoked_tokens", RevokedToken)
TOKENS = Table("tokens", PersonalToken)
WEBHOOKS = Table("webhooks", Webhook)
ACTIVITIES = Table("activities", Activity)
PAUSES = Table("pauses", Pause)
RULES = Table("rules", Rule)
ENTRIES = Table("entries", Entry)
AUDIT_EVENTS = Table("audit_events", AuditEvent)
IDEMPOTENCY = Table("idempotency", IdempotencyRecord)
BACKUP_PLAN = Table("backup_plan", BackupPlan)
WEARABLE_SOURCES = Table("wearable_sources", Source)
WEARABLE_TOTALS = Table("wearable_totals", UserTotals)
WEARABLE_ERRORS = Table("wearable_errors", IngestErrorRow)
WEARABLE_RAW = Table("wearable_raw", RawRow)
HEART_RATES = Table("wearable_canonical_hr", HeartRateRow)
STEPS = Table("wearable_canonical_steps", StepsRow)
SLEEP_SESSIONS = Table("wearable_canonical_sleep_sessions", SleepSessionRow)
SLEEP_STAGES = Table("wearable_canonical_sleep_stages", SleepStageRow)
AGGREGATES = Table("wearable_daily_agg", AggregateRow)

TABLES: Sequence[Table[Any]] = (
    USERS,
    REVOKED_TOKENS,
    TOKENS,
    WEBHOOKS,
    ACTIVITIES,
    PAUSES,
    RULES,
    ENTRIES,
    AUDIT_EVENTS,
    IDEMPOTENCY,
    BACKUP_PLAN,
    WEARABLE_SOURCES,
    WEARABLE_TOTALS,
    WEARABLE_ERRORS,
    WEARABLE_RAW,
    HEART_RATES,
    STEPS,
    SLEEP_SESSIONS,
    SLEEP_STAGES,
    AGGREGATES,
)
"""All of them; what a row refers to is in an earlier table."""


@frozen
class LastIds:
    """The highest id that each table has ever given, so that none is given twice."""

    users: int = 0
    activities: int = 0
    entries: int = 0
    audit_events: int = 0
    wearable_sources: int = 0
    tokens: int = 0
    webhooks: int = 0
    pauses: int = 0
    rules: int = 0
