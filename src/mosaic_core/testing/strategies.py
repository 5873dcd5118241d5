"""Hypothesis strategies for all values that stores keep and that use cases are given.

The constants choose among few values that meet each other: names that differ in case alone, days at the edges
of windows. The functions make whatever the rules allow.
"""

import datetime as dt
import json
import string
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from mosaic_core.accounts.model import StoredSession, User
from mosaic_core.activities.model import NEGATIVE, POSITIVE, Activity, ActivityChange, NewActivity
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.backups.plan import BackupChange, BackupPlan
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.entries.model import ORIGINS, AddEntry, Entry, EntryChange, EntryFilter
from mosaic_core.idempotency.model import Answer, IdempotencyRecord
from mosaic_core.paging import Page
from mosaic_core.rules.model import CHECK, METRICS, VALUE, NewRule, Rule, RuleChange
from mosaic_core.schedules.model import (
    WEEKDAYS,
    AtLeast,
    AtMost,
    Daily,
    Every,
    Schedule,
    Target,
    Times,
    Weekdays,
)
from mosaic_core.schedules.pauses import LONGEST_REASON, Pause
from mosaic_core.testing.factories import NOON, TODAY, days_ago
from mosaic_core.testing.wearable_records import Json, heart, record, sleep, stage, steps
from mosaic_core.texts import name_key, shows_something, tidied
from mosaic_core.tokens.model import SCOPES, PersonalToken
from mosaic_core.validators import UNSAID
from mosaic_core.wearables.model import Batch, RawFilter
from mosaic_core.webhooks.model import EVENTS, Delivery, Webhook

unhurried = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.differing_executors,
    ],
)
"""For properties: how long an example takes on a busy machine says nothing about it."""

usernames = st.sampled_from(["Ada", "ben", "Zoë"])
spellings = st.sampled_from(["ada", "BEN", "zoË", "Cleo", "CLEO"])
names = st.sampled_from(["Run", "RUN", "Straße", "STRASSE", "read", "Éclair", "e\u0301clair", "x"])
categories = st.sampled_from(["Health", "health", "Straße", "STRASSE", "A"])
goals = st.none() | st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.25])
amounts = st.sampled_from([-1.0, 0.0, 0.1, 0.2, 1.0, 3.0, 1e16])
days = st.sampled_from([TODAY, *map(days_ago, (-1, 1, 2, 8, 29, 31, 400)), FIRST_DAY, LAST_DAY])
types = st.sampled_from([POSITIVE, NEGATIVE])
notes = st.sampled_from(["", "note", "it's", "50% 🌲"])
numbers = st.integers(0, 6)
units = st.sampled_from([None, None, "", "km"])
schedules = st.sampled_from(
    [
        UNSAID,
        UNSAID,
        None,
        Daily(),
        Weekdays(days=("sun",)),
        Every(days=3, from_=TODAY),
        Times(times=2, per=10),
    ]
)
targets = st.sampled_from([UNSAID, UNSAID, None, AtLeast(value=0.1), AtMost(value=3)])
day_starts = st.sampled_from(["00:00", "03:00", "12:00"])
zones = st.sampled_from(["UTC", "Asia/Tokyo", "America/Adak", "Europe/Berlin"])

any_day = st.dates(FIRST_DAY, LAST_DAY)
_any_from = st.none() | any_day
any_schedule: st.SearchStrategy[Schedule] = st.one_of(
    st.just(Daily()),
    st.builds(Weekdays, days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(tuple)),
    st.builds(Every, days=st.integers(2, 366), from_=_any_from),
    st.builds(Times, times=st.integers(1, 7), per=st.just("week")),
    st.builds(Times, times=st.integers(1, 28), per=st.just("month")),
    st.integers(2, 366).flatmap(
        lambda per: st.builds(Times, times=st.integers(1, per), per=st.just(per), from_=_any_from)
    ),
)
any_instant = st.datetimes(
    dt.datetime(1970, 1, 1),  # noqa: DTZ001  # the strategy wants naive bounds
    dt.datetime(2200, 1, 1),  # noqa: DTZ001  # the same
    timezones=st.just(dt.UTC),
)
any_amount = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
any_goal = st.floats(0, allow_nan=False, allow_infinity=False)
any_target: st.SearchStrategy[Target] = st.builds(AtLeast, value=any_amount) | st.builds(
    AtMost, value=any_amount
)


def any_text(least: int, most: int) -> st.SearchStrategy[str]:
    """Return texts of so many characters, of all scripts, without NUL and halves of surrogate pairs."""
    return st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=least, max_size=most
    )


def any_name(least: int, most: int) -> st.SearchStrategy[str]:
    """Return names as they are kept: of one line and composed, with something to see."""
    lines = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=least, max_size=most)
    return lines.map(tidied).filter(lambda name: least <= len(name) <= most and shows_something(name))


def users() -> st.SearchStrategy[User]:
    """Return users to be added."""
    return st.builds(
        User,
        id=st.just(0),
        username=st.text(string.ascii_letters + "äöüßÉ", min_size=3, max_size=80),
        display_name=any_text(0, 120),
        password_hash=st.text(string.ascii_letters + "$,=+/", min_size=1),
        is_admin=st.booleans(),
        timezone=st.none() | zones,
        token_generation=st.integers(0, 2**31),
        created_at=any_instant,
        day_start=st.sampled_from(["00:00", "00:01", "03:00", "11:59", "12:00"]),
    )


def sessions(user_id: int) -> st.SearchStrategy[StoredSession]:
    """Return logins to be added."""
    return st.builds(
        StoredSession,
        id=st.just(0),
        user_id=st.just(user_id),
        token_id=st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=40),
        created_at=any_instant,
        last_used_at=any_instant,
        expires_at=st.integers(0, 2**40),
        user_agent=any_text(0, 200),
    )


def tokens(user_id: int) -> st.SearchStrategy[PersonalToken]:
    """Return personal access tokens to be added, each with a hash of its own."""
    return st.builds(
        PersonalToken,
        id=st.just(0),
        user_id=st.just(user_id),
        name=any_name(1, 80),
        scopes=st.lists(st.sampled_from(SCOPES), min_size=1, unique=True).map(tuple),
        hash=st.binary(min_size=32, max_size=32).map(bytes.hex).map(lambda one: f"{user_id:016x}{one}"[:64]),
        created_at=any_instant,
        last_used_at=st.none() | any_instant,
        expires_at=st.none() | any_instant,
    )


def webhooks(user_id: int) -> st.SearchStrategy[Webhook]:
    """Return webhooks to be added."""
    return st.builds(
        Webhook,
        id=st.just(0),
        user_id=st.just(user_id),
        url=st.from_regex(r"https?://[a-z]{1,9}(:[1-9]{1,4})?/[!-~]{0,20}", fullmatch=True),
        events=st.lists(st.sampled_from(EVENTS), min_size=1, unique=True).map(tuple),
        secret=st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=49),
        enabled=st.booleans(),
        created_at=any_instant,
        last_delivered_at=st.none() | any_instant,
        last_error=st.none() | any_text(0, 100),
        failures=st.integers(0, 2**31),
        given_up=st.integers(0, 2**31),
        due_at=st.none() | any_instant,
    )


def pauses(user_id: int, activities: Sequence[int] = ()) -> st.SearchStrategy[Pause]:
    """Return pauses to be added, of everything or of one of these activities."""
    return st.builds(
        Pause,
        id=st.just(0),
        user_id=st.just(user_id),
        from_=any_day,
        to=st.none() | any_day,
        activity_id=st.sampled_from([None, *activities]),
        reason=any_text(0, LONGEST_REASON),
    )


def rules(user_id: int, activity_id: int) -> st.SearchStrategy[Rule]:
    """Return rules to be added, of the user's activity."""
    return st.builds(
        Rule,
        id=st.just(0),
        user_id=st.just(user_id),
        activity_id=st.just(activity_id),
        metric=st.sampled_from(sorted(METRICS)),
        fill=st.sampled_from([VALUE, CHECK]),
        at_least=st.none() | any_goal,
        from_=any_day,
        enabled=st.booleans(),
    )


def deliveries(webhook_id: int) -> st.SearchStrategy[Delivery]:
    """Return events that are to wait for a webhook."""
    return st.builds(
        Delivery,
        id=st.just(0),
        webhook_id=st.just(webhook_id),
        event=st.sampled_from(EVENTS),
        created_at=any_instant,
        data=any_text(0, 200),
    )


def activities(user_id: int | None) -> st.SearchStrategy[Activity]:
    """Return activities to be added."""
    return st.builds(
        Activity,
        id=st.just(0),
        user_id=st.just(user_id),
        name=any_name(1, 120),
        category=any_name(1, 80),
        activity_type=types,
        goal=any_goal,
        description=any_text(0, 180),
        active=st.integers(0, 1),
        frequency_per_day=st.integers(1, 3),
        frequency_per_week=st.integers(1, 7),
        deactivated_at=st.none() | any_day,
        schedule=st.none() | any_schedule,
        target=st.none() | any_target,
        unit=any_text(0, 20),
    )


def entries(user_id: int | None) -> st.SearchStrategy[Entry]:
    """Return entries to be added."""
    return st.builds(
        Entry,
        id=st.just(0),
        user_id=st.just(user_id),
        date=any_day,
        activity=any_name(1, 120),
        value=any_amount,
        note=any_text(0, 100),
        description=any_text(0, 180),
        activity_category=any_text(0, 80),
        activity_goal=any_goal,
        activity_type=types,
        origin=st.sampled_from(ORIGINS),
    )


staged_rows = st.lists(
    st.tuples(any_day, any_name(1, 120).map(name_key), st.none() | any_amount, st.none() | any_text(0, 100)),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row[:2],
)
"""Rows to be staged, each of another day and name."""

any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | any_amount | any_text(0, 20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text(0, 8), inner, max_size=3),
    max_leaves=8,
)


def audit_events(user_id: int | None = None) -> st.SearchStrategy[AuditEvent]:
    """Return audit events to be added."""
    return st.builds(
        AuditEvent,
        timestamp=any_instant,
        user_id=st.just(user_id),
        event_type=st.sampled_from(["auth.login", "user.update", "entry.delete"]),
        message=any_text(0, 200),
        context=st.dictionaries(any_text(1, 20), any_json, max_size=4),
        level=st.sampled_from(["info", "warning"]),
    )


def idempotency_records(user_id: int) -> st.SearchStrategy[IdempotencyRecord]:
    """Return idempotency records to be kept."""
    return st.builds(
        IdempotencyRecord,
        user_id=st.just(user_id),
        key=st.text(string.printable.strip(), min_size=1, max_size=128),
        fingerprint=st.text(string.hexdigits, max_size=64),
        answer=st.builds(Answer, st.integers(200, 599), st.binary(max_size=200)),
        created_at=any_instant,
    )


backup_plans = st.builds(
    BackupPlan,
    enabled=st.none() | st.booleans(),
    interval_minutes=st.none() | st.integers(5, 366 * 24 * 60),
    keep=st.none() | st.integers(1, 10_000),
    last_run=st.none() | any_instant,
    last_error=st.none() | any_text(0, 60),
)
backup_changes = st.builds(
    BackupChange,
    enabled=st.booleans(),
    interval_minutes=st.sampled_from([None, 5, 60]),
    keep=st.sampled_from([None, 1]),
)
pages = st.builds(Page, st.none() | st.integers(1, 5), st.integers(0, 4))
entry_filters = st.builds(
    EntryFilter,
    first=st.none() | days,
    last=st.none() | days,
    activity=st.none() | names,
    category=st.none() | categories,
)
audit_filters = st.builds(
    AuditFilter,
    level=st.none() | st.sampled_from(["info", "warning"]),
    start=st.none() | st.just(NOON + dt.timedelta(hours=6)),
    end=st.none() | st.just(NOON + dt.timedelta(days=1)),
)
new_entries = st.builds(AddEntry, date=days, activity=names, value=amounts, note=notes)
entry_changes = st.builds(
    EntryChange, date=st.none() | days, value=amounts, note=st.none() | notes
) | st.builds(EntryChange, note=notes)
new_activities = st.builds(
    NewActivity,
    name=names,
    category=categories,
    frequency_per_day=st.integers(1, 3),
    frequency_per_week=st.integers(1, 7),
    description=notes,
    goal=goals,
    activity_type=types,
    shared=st.sampled_from([False, False, True]),
    schedule=schedules,
    target=targets,
    unit=units,
)
activity_changes = st.builds(
    ActivityChange,
    name=names,
    category=st.none() | categories,
    goal=goals,
    description=st.none() | notes,
    activity_type=st.none() | types,
    schedule=schedules,
    target=targets,
    unit=units,
) | st.builds(ActivityChange, frequency_per_day=st.integers(1, 3), frequency_per_week=st.integers(1, 7))


_bounds = st.sampled_from([0.0, 60.0, 100.0, 600.0])
new_rules = st.builds(
    NewRule,
    activity=names,
    metric=st.sampled_from(["steps", "sleep_minutes", "hr_avg"]),
    fill=st.sampled_from([VALUE, CHECK]),
    at_least=_bounds,
    from_=st.none() | days,
)
rule_changes = st.builds(
    RuleChange,
    enabled=st.booleans(),
    at_least=st.none() | _bounds,
    fill=st.sampled_from([None, VALUE, CHECK]),
    from_=st.none() | days,
)


def _stamp(minutes: int) -> str:
    return (NOON - dt.timedelta(hours=12) + dt.timedelta(minutes=minutes)).isoformat()


_minutes = st.integers(-1500, 1500)
_lengths = st.integers(1, 600)
_keys = st.sampled_from([f"key{number}" for number in range(12)])
_nights = st.sampled_from(["night1", "night2"])


wearable_records: st.SearchStrategy[Json] = st.one_of(
    st.builds(lambda key, at, bpm: heart(key, _stamp(at), bpm), _keys, _minutes, st.integers(40, 180)),
    st.builds(lambda key, at: steps(key, _stamp(at)), _keys, _minutes),
    st.builds(
        lambda key, at, length: steps(key, _stamp(at), _stamp(at + length), count=length),
        _keys,
        _minutes,
        _lengths,
    ),
    st.builds(
        lambda night, at, length: sleep(night, _stamp(at), _stamp(at + length)), _nights, _minutes, _lengths
    ),
    st.builds(
        lambda key, at, length, night: stage(key, _stamp(at), _stamp(at + length), night),
        _keys,
        _minutes,
        _lengths,
        _nights,
    ),
    st.builds(lambda key, at: record("blood_pressure", key, _stamp(at), upper=120), _keys, _minutes),
    st.builds(lambda key: steps(key, "yesterday"), _keys),
)
"""Records as devices send them.

Some have one dedupe key, some overlap, some cannot be processed, some not even be kept.
"""


batches = st.builds(
    lambda device, tz, told: Batch(
        source_app="App", device_id=device, tz=tz, records=[json.dumps(one) for one in told]
    ),
    st.sampled_from(["watch", "ring"]),
    zones,
    st.lists(wearable_records, min_size=1, max_size=8),
)
"""Batches of two devices."""

raw_filters = st.builds(
    RawFilter, type=st.none() | st.sampled_from(["steps", "heart_rate"]), day=st.none() | st.just(TODAY)
)

_csv_header = "date,activity,value,note,category,goal,frequency_per_day,activity_type,active,deactivated_at"
_cell = st.sampled_from(["", "1", "0"])
_csv_row = st.tuples(
    days.map(str) | st.just("no day"),
    names,
    amounts.map(str) | st.sampled_from(["", "no number"]),
    notes,
    categories | st.just(""),
    goals.map(lambda goal: "" if goal is None else str(goal)),
    _cell,
    types | st.just(""),
    _cell,
    days.map(str) | st.just(""),
)
csv_files = st.lists(_csv_row, max_size=6).map(
    lambda rows: "\r\n".join([_csv_header, *[",".join(row) for row in rows]])
)
"""Files to be imported, with some rows that are refused."""
