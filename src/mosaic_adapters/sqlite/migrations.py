"""The schema, as a list of migrations that only ever grows.

A database remembers in `user_version` how many of them it has had.
"""

import sqlite3
from collections.abc import Callable, Sequence

from mosaic_adapters.sqlite.composition import compose_texts
from mosaic_adapters.sqlite.first_schemas import HEART_RATES, TOTALS, mend
from mosaic_core.errors import ServiceUnavailable

Step = str | Callable[[sqlite3.Connection], None]
"""A statement, or a function that runs in the migration's transaction."""

MIGRATIONS: Sequence[Sequence[Step]] = (
    (
        """CREATE TABLE revision (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            number INTEGER NOT NULL
        ) STRICT""",
        "INSERT INTO revision VALUES (1, 0)",
        """CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            username TEXT NOT NULL,
            username_key TEXT NOT NULL UNIQUE,
            display_name TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            is_admin INTEGER NOT NULL,
            timezone TEXT,
            token_generation INTEGER NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE revoked_tokens (
            token_id TEXT PRIMARY KEY,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX revoked_tokens_user ON revoked_tokens (user_id)",
        "CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at)",
        """CREATE TABLE activities (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER REFERENCES users ON DELETE CASCADE,
            name TEXT NOT NULL,
            name_key TEXT NOT NULL,
            category TEXT NOT NULL,
            activity_type TEXT NOT NULL CHECK (activity_type IN ('positive', 'negative')),
            goal REAL NOT NULL,
            description TEXT NOT NULL,
            active INTEGER NOT NULL CHECK (active IN (0, 1)),
            frequency_per_day INTEGER NOT NULL,
            frequency_per_week INTEGER NOT NULL,
            deactivated_at TEXT
        ) STRICT""",
        "CREATE UNIQUE INDEX activities_of_user ON activities (user_id, name_key)",
        "CREATE UNIQUE INDEX activities_shared ON activities (name_key) WHERE user_id IS NULL",
        """CREATE TABLE entries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER REFERENCES users ON DELETE CASCADE,
            day TEXT NOT NULL,
            activity TEXT NOT NULL,
            activity_key TEXT NOT NULL,
            value REAL NOT NULL,
            note TEXT NOT NULL,
            description TEXT NOT NULL,
            category TEXT NOT NULL,
            goal REAL NOT NULL,
            activity_type TEXT NOT NULL CHECK (activity_type IN ('positive', 'negative'))
        ) STRICT""",
        "CREATE UNIQUE INDEX entries_of_user ON entries (user_id, day DESC, activity_key)",
        "CREATE UNIQUE INDEX entries_shared ON entries (day DESC, activity_key) WHERE user_id IS NULL",
        "CREATE INDEX entries_by_activity ON entries (user_id, activity_key, day DESC)",
        *TOTALS,
        """CREATE TABLE day_summaries (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            day TEXT NOT NULL,
            summary TEXT NOT NULL,
            PRIMARY KEY (user_id, day)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TABLE year_values (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            year INTEGER NOT NULL,
            daily BLOB NOT NULL,
            PRIMARY KEY (user_id, year)
        ) STRICT""",
        """CREATE TABLE audit_events (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            timestamp TEXT NOT NULL,
            user_id INTEGER,
            event_type TEXT NOT NULL,
            message TEXT NOT NULL,
            context TEXT NOT NULL,
            level TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX audit_events_time ON audit_events (timestamp)",
        "CREATE INDEX audit_events_user ON audit_events (user_id, timestamp)",
        "CREATE INDEX audit_events_type ON audit_events (event_type, timestamp)",
        """CREATE TABLE idempotency (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            key TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            status INTEGER NOT NULL,
            body BLOB NOT NULL,
            created_at TEXT NOT NULL,
            PRIMARY KEY (user_id, key)
        ) STRICT""",
        "CREATE INDEX idempotency_created ON idempotency (created_at)",
    ),
    (
        """CREATE TABLE wearable_sources (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            source_app TEXT NOT NULL,
            device_id TEXT NOT NULL,
            display_name TEXT NOT NULL,
            priority INTEGER NOT NULL,
            records INTEGER NOT NULL,
            last_synced_at TEXT NOT NULL
        ) STRICT""",
        "CREATE UNIQUE INDEX wearable_sources_of_user ON wearable_sources (user_id, source_app, device_id)",
        """CREATE TABLE wearable_totals (
            user_id INTEGER PRIMARY KEY REFERENCES users ON DELETE CASCADE,
            accepted INTEGER NOT NULL,
            duplicates INTEGER NOT NULL,
            errors INTEGER NOT NULL,
            last_run TEXT
        ) STRICT""",
        """CREATE TABLE wearable_raw (
            id INTEGER PRIMARY KEY,
            user_id INTEGER NOT NULL,
            source_id INTEGER NOT NULL REFERENCES wearable_sources ON DELETE CASCADE,
            dedupe_key TEXT NOT NULL,
            type TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status = 'processed' OR status = 'skipped' OR status = 'waiting'),
            tz TEXT NOT NULL,
            day TEXT NOT NULL,
            collected_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL,
            payload TEXT NOT NULL
        ) STRICT""",
        "CREATE UNIQUE INDEX wearable_raw_keys ON wearable_raw (user_id, dedupe_key)",
        "CREATE INDEX wearable_raw_of_source ON wearable_raw (source_id, type, collected_at)",
        HEART_RATES,
        """CREATE TABLE wearable_canonical_steps (
            raw_id INTEGER NOT NULL REFERENCES wearable_raw ON DELETE CASCADE,
            user_id INTEGER NOT NULL,
            source_id INTEGER NOT NULL,
            day TEXT NOT NULL,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL,
            steps INTEGER NOT NULL,
            distance_m REAL,
            active_minutes REAL,
            calories REAL,
            PRIMARY KEY (user_id, day, source_id, start_at, raw_id)
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX wearable_canonical_steps_of_raw ON wearable_canonical_steps (raw_id)",
        """CREATE TABLE wearable_canonical_sleep_sessions (
            raw_id INTEGER PRIMARY KEY REFERENCES wearable_raw ON DELETE CASCADE,
            user_id INTEGER NOT NULL,
            source_id INTEGER NOT NULL,
            day TEXT NOT NULL,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL,
            dedupe_key TEXT NOT NULL,
            seconds REAL NOT NULL,
            efficiency REAL,
            score REAL,
            sleep_type TEXT NOT NULL
        ) STRICT""",
        """CREATE INDEX wearable_canonical_sleep_sessions_of_day
           ON wearable_canonical_sleep_sessions (user_id, day)""",
        """CREATE INDEX wearable_canonical_sleep_sessions_end
           ON wearable_canonical_sleep_sessions (user_id, end_at)""",
        """CREATE UNIQUE INDEX wearable_canonical_sleep_sessions_keys
           ON wearable_canonical_sleep_sessions (user_id, dedupe_key)""",
        """CREATE TABLE wearable_canonical_sleep_stages (
            id INTEGER PRIMARY KEY,
            raw_id INTEGER NOT NULL REFERENCES wearable_raw ON DELETE CASCADE,
            user_id INTEGER NOT NULL,
            session_id INTEGER REFERENCES wearable_canonical_sleep_sessions ON DELETE SET NULL,
            session_key TEXT NOT NULL,
            stage TEXT NOT NULL,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL,
            dedupe_key TEXT NOT NULL
        ) STRICT""",
        """CREATE INDEX wearable_canonical_sleep_stages_of_session
           ON wearable_canonical_sleep_stages (user_id, session_key)""",
        """CREATE INDEX wearable_canonical_sleep_stages_of_raw
           ON wearable_canonical_sleep_stages (raw_id)""",
        """CREATE INDEX wearable_canonical_sleep_stages_attached
           ON wearable_canonical_sleep_stages (session_id)""",
        """CREATE TABLE wearable_daily_agg (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            day TEXT NOT NULL,
            source_id INTEGER NOT NULL,
            steps INTEGER,
            distance_meters REAL,
            calories REAL,
            sleep_seconds REAL,
            sleep_sessions INTEGER,
            efficiency REAL,
            hr_min INTEGER,
            hr_max INTEGER,
            hr_avg REAL,
            resting_heart_rate INTEGER,
            hrv_rmssd_ms REAL,
            PRIMARY KEY (user_id, day, source_id)
        ) STRICT, WITHOUT ROWID""",
    ),
    # A confidence may be a number or a text. A second column costs nothing, however many samples there are;
    # making the table anew would copy them all.
    (mend, "ALTER TABLE wearable_canonical_hr ADD COLUMN confidence_text TEXT"),
    (compose_texts,),
    (
        """CREATE TABLE backup_plan (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            enabled INTEGER,
            interval_minutes INTEGER,
            keep INTEGER,
            last_run TEXT,
            last_error TEXT
        ) STRICT""",
        """CREATE TABLE backup_run (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            number INTEGER NOT NULL,
            since TEXT NOT NULL,
            beats INTEGER NOT NULL,
            is_over INTEGER NOT NULL
        ) STRICT""",
    ),
    (
        """CREATE TABLE wearable_errors (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            number INTEGER NOT NULL,
            dedupe_key TEXT,
            reason TEXT NOT NULL,
            at TEXT NOT NULL,
            PRIMARY KEY (user_id, number)
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        """CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            token_id TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            last_used_at TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            user_agent TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX sessions_user ON sessions (user_id, last_used_at)",
        "CREATE INDEX sessions_expires ON sessions (expires_at)",
        """CREATE TABLE tokens (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            name TEXT NOT NULL,
            scopes TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            last_used_at TEXT,
            expires_at TEXT
        ) STRICT""",
        "CREATE INDEX tokens_user ON tokens (user_id)",
    ),
    (
        """CREATE TABLE webhooks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            url TEXT NOT NULL,
            events TEXT NOT NULL,
            secret TEXT NOT NULL,
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
            created_at TEXT NOT NULL,
            last_delivered_at TEXT,
            last_error TEXT,
            failures INTEGER NOT NULL,
            given_up INTEGER NOT NULL,
            due_at TEXT
        ) STRICT""",
        "CREATE INDEX webhooks_user ON webhooks (user_id)",
        "CREATE INDEX webhooks_due ON webhooks (due_at)",
        """CREATE TABLE webhook_deliveries (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            webhook_id INTEGER NOT NULL REFERENCES webhooks ON DELETE CASCADE,
            event TEXT NOT NULL,
            created_at TEXT NOT NULL,
            data TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id)",
    ),
    (
        "DROP INDEX audit_events_user",
        "DROP INDEX audit_events_type",
        "CREATE INDEX audit_events_user ON audit_events (user_id, timestamp, id, event_type, level)",
        "CREATE INDEX audit_events_type ON audit_events (event_type, timestamp, id, level)",
        "CREATE INDEX audit_events_level ON audit_events (level, timestamp)",
    ),
    (
        "ALTER TABLE activities ADD COLUMN schedule TEXT",
        "ALTER TABLE activities ADD COLUMN target TEXT",
        "ALTER TABLE activities ADD COLUMN unit TEXT NOT NULL DEFAULT ''",
    ),
    ("ALTER TABLE users ADD COLUMN day_start TEXT NOT NULL DEFAULT '00:00'",),
    (
        """CREATE TABLE pauses (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            first_day TEXT NOT NULL,
            last_day TEXT,
            activity_id INTEGER REFERENCES activities ON DELETE CASCADE,
            reason TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX pauses_user ON pauses (user_id, first_day)",
        "CREATE INDEX pauses_activity ON pauses (activity_id)",
        """CREATE TABLE pasts (
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            activity_key TEXT NOT NULL,
            month INTEGER NOT NULL,
            begin INTEGER NOT NULL,
            first INTEGER NOT NULL,
            through INTEGER NOT NULL,
            days BLOB NOT NULL,
            PRIMARY KEY (user_id, activity_key, month)
        ) STRICT, WITHOUT ROWID""",
    ),
    (
        "ALTER TABLE entries ADD COLUMN origin TEXT NOT NULL DEFAULT 'person'",
        """CREATE TABLE rules (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
            activity_id INTEGER NOT NULL REFERENCES activities ON DELETE CASCADE,
            metric TEXT NOT NULL,
            fill TEXT NOT NULL,
            at_least REAL,
            first_day TEXT NOT NULL,
            enabled INTEGER NOT NULL CHECK (enabled IN (0, 1))
        ) STRICT""",
        "CREATE INDEX rules_user ON rules (user_id)",
        "CREATE UNIQUE INDEX rules_activity ON rules (activity_id)",
    ),
    (
        # Values are in the index too: in the table, each entry of an activity lies on a page of its own.
        "DROP INDEX entries_by_activity",
        "CREATE INDEX entries_by_activity ON entries (user_id, activity_key, day DESC, value)",
    ),
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema, each migration in a transaction of its own.

    Raises ServiceUnavailable if the database was made by a newer program.
    """
    while _version(connection) < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            done = _version(connection)
            if done < len(MIGRATIONS):
                take(connection, MIGRATIONS[done])
                connection.execute(f"PRAGMA user_version = {done + 1}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    if _version(connection) > len(MIGRATIONS):
        raise ServiceUnavailable("The database was made by a newer version of Mosaic")


def _version(connection: sqlite3.Connection) -> int:
    """Return how many migrations the database has seen; asked without the lock for writing."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def take(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Take the steps of one migration."""
    for step in steps:
        if isinstance(step, str):
            connection.execute(step)
        else:
            step(connection)
