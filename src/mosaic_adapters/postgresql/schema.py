"""The tables of the first version.

Every key and unique index of what belongs to people begins with the owner, and no foreign key leads from one
owner to another, so that the tables can be split or distributed by owner. The owner of what is shared is 0,
who has a row in `users` that nobody is told of. Names are compared by keys that Python computes, and every
text is ordered by its bytes, whatever the database's own collation.

`{text}` stands for the type of every text, `{by_owner}` for how a table is split.
"""

OWNED = (
    "activities",
    "pauses",
    "rules",
    "pasts",
    "entries",
    "entry_totals",
    "day_summaries",
    "year_values",
    "audit_events",
    "idempotency",
    "sessions",
    "tokens",
    "revoked_tokens",
    "webhooks",
    "webhook_deliveries",
    "wearable_sources",
    "wearable_totals",
    "wearable_errors",
    "wearable_raw",
    "wearable_canonical_hr",
    "wearable_canonical_steps",
    "wearable_canonical_sleep_sessions",
    "wearable_canonical_sleep_stages",
    "wearable_daily_agg",
)
"""The tables that can be split by owner."""

FIRST = (
    """CREATE TABLE revision (
        server bigint NOT NULL,
        slot bigint NOT NULL,
        number bigint NOT NULL,
        raised_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (server, slot)
    ) WITH (fillfactor = 20)""",
    """CREATE TABLE users (
        id bigserial PRIMARY KEY,
        username {text} NOT NULL,
        username_key {text} NOT NULL UNIQUE,
        display_name {text} NOT NULL,
        password_hash {text} NOT NULL,
        is_admin boolean NOT NULL,
        timezone {text},
        token_generation bigint NOT NULL,
        created_at timestamptz NOT NULL
    )""",
    "INSERT INTO users VALUES (0, '', '', '', '', false, NULL, 0, now())",
    """CREATE TABLE revoked_tokens (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        token_id {text} NOT NULL,
        expires_at bigint NOT NULL,
        PRIMARY KEY (user_id, token_id)
    ) {by_owner}""",
    "CREATE INDEX revoked_tokens_token ON revoked_tokens (token_id)",
    "CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at)",
    "CREATE SEQUENCE activities_id",
    """CREATE TABLE activities (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('activities_id'),
        name {text} NOT NULL,
        name_key {text} NOT NULL,
        category {text} NOT NULL,
        category_key {text} NOT NULL,
        activity_type {text} NOT NULL CHECK (activity_type IN ('positive', 'negative')),
        goal float8 NOT NULL,
        description {text} NOT NULL,
        active smallint NOT NULL CHECK (active IN (0, 1)),
        frequency_per_day bigint NOT NULL,
        frequency_per_week bigint NOT NULL,
        deactivated_at date,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE UNIQUE INDEX activities_of_user ON activities (user_id, name_key)",
    "CREATE INDEX activities_by_id ON activities (id)",
    "CREATE SEQUENCE entries_id",
    """CREATE TABLE entries (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('entries_id'),
        day date NOT NULL,
        activity {text} NOT NULL,
        activity_key {text} NOT NULL,
        value float8 NOT NULL,
        note {text} NOT NULL,
        description {text} NOT NULL,
        category {text} NOT NULL,
        category_key {text} NOT NULL,
        goal float8 NOT NULL,
        activity_type {text} NOT NULL CHECK (activity_type IN ('positive', 'negative')),
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE UNIQUE INDEX entries_of_user ON entries (user_id, day DESC, activity_key)",
    "CREATE INDEX entries_by_activity ON entries (user_id, activity_key, day DESC)",
    "CREATE INDEX entries_by_id ON entries (id)",
    """CREATE TABLE entry_totals (
        user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
        total bigint NOT NULL
    ) {by_owner}""",
    """CREATE TABLE day_summaries (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        day date NOT NULL,
        summary {text} NOT NULL,
        PRIMARY KEY (user_id, day)
    ) {by_owner}""",
    """CREATE TABLE year_values (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        year integer NOT NULL,
        daily bytea NOT NULL,
        PRIMARY KEY (user_id, year)
    ) {by_owner}""",
    "CREATE SEQUENCE audit_events_id",
    """CREATE TABLE audit_events (
        user_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('audit_events_id'),
        timestamp timestamptz NOT NULL,
        event_type {text} NOT NULL,
        message {text} NOT NULL,
        context {text} NOT NULL,
        level {text} NOT NULL,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE INDEX audit_events_time ON audit_events (timestamp, id)",
    "CREATE INDEX audit_events_user ON audit_events (user_id, timestamp, id)",
    "CREATE INDEX audit_events_type ON audit_events (event_type, timestamp, id)",
    "CREATE INDEX audit_events_level ON audit_events (level, timestamp, id)",
    """CREATE TABLE idempotency (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        key {text} NOT NULL,
        fingerprint {text} NOT NULL,
        status integer NOT NULL,
        body bytea NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, key)
    ) {by_owner}""",
    "CREATE INDEX idempotency_created ON idempotency (created_at)",
    "CREATE SEQUENCE sessions_id",
    """CREATE TABLE sessions (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('sessions_id'),
        token_id {text} NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at bigint NOT NULL,
        user_agent {text} NOT NULL,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE UNIQUE INDEX sessions_of_user ON sessions (user_id, token_id)",
    "CREATE INDEX sessions_token ON sessions (token_id)",
    "CREATE INDEX sessions_by_id ON sessions (id)",
    "CREATE INDEX sessions_expires ON sessions (expires_at)",
    "CREATE SEQUENCE tokens_id",
    """CREATE TABLE tokens (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('tokens_id'),
        name {text} NOT NULL,
        scopes {text} NOT NULL,
        hash {text} NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz,
        expires_at timestamptz,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE UNIQUE INDEX tokens_of_user ON tokens (user_id, hash)",
    "CREATE INDEX tokens_hash ON tokens (hash)",
    "CREATE INDEX tokens_by_id ON tokens (id)",
    "CREATE SEQUENCE webhooks_id",
    """CREATE TABLE webhooks (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('webhooks_id'),
        url {text} NOT NULL,
        events {text} NOT NULL,
        secret {text} NOT NULL,
        enabled boolean NOT NULL,
        created_at timestamptz NOT NULL,
        last_delivered_at timestamptz,
        last_error {text},
        failures bigint NOT NULL,
        given_up bigint NOT NULL,
        due_at timestamptz,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE INDEX webhooks_by_id ON webhooks (id)",
    "CREATE INDEX webhooks_due ON webhooks (due_at, id) WHERE due_at IS NOT NULL",
    "CREATE SEQUENCE webhook_deliveries_id",
    """CREATE TABLE webhook_deliveries (
        user_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('webhook_deliveries_id'),
        webhook_id bigint NOT NULL,
        event {text} NOT NULL,
        created_at timestamptz NOT NULL,
        data {text} NOT NULL,
        PRIMARY KEY (user_id, id),
        FOREIGN KEY (user_id, webhook_id) REFERENCES webhooks ON DELETE CASCADE
    ) {by_owner}""",
    "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (user_id, webhook_id, id)",
    "CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id)",
    "CREATE SEQUENCE wearable_sources_id",
    """CREATE TABLE wearable_sources (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        id bigint NOT NULL DEFAULT nextval('wearable_sources_id'),
        source_app {text} NOT NULL,
        device_id {text} NOT NULL,
        display_name {text} NOT NULL,
        priority bigint NOT NULL,
        records bigint NOT NULL,
        last_synced_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, id)
    ) {by_owner}""",
    "CREATE UNIQUE INDEX wearable_sources_of_user ON wearable_sources (user_id, source_app, device_id)",
    """CREATE TABLE wearable_totals (
        user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
        accepted bigint NOT NULL,
        duplicates bigint NOT NULL,
        errors bigint NOT NULL,
        last_run timestamptz
    ) {by_owner}""",
    """CREATE TABLE wearable_errors (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        number bigint NOT NULL,
        dedupe_key {text},
        reason {text} NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (user_id, number)
    ) {by_owner}""",
    "CREATE SEQUENCE wearable_raw_id",
    """CREATE TABLE wearable_raw (
        user_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('wearable_raw_id'),
        source_id bigint NOT NULL,
        dedupe_key {text} NOT NULL,
        type {text} NOT NULL,
        status {text} NOT NULL CHECK (status IN ('processed', 'skipped', 'waiting')),
        tz {text} NOT NULL,
        day date NOT NULL,
        collected_at bigint NOT NULL,
        received_at bigint NOT NULL,
        payload {text} NOT NULL,
        PRIMARY KEY (user_id, id),
        FOREIGN KEY (user_id, source_id) REFERENCES wearable_sources ON DELETE CASCADE
    ) {by_owner}""",
    "CREATE UNIQUE INDEX wearable_raw_keys ON wearable_raw (user_id, dedupe_key)",
    "CREATE INDEX wearable_raw_of_source ON wearable_raw (user_id, source_id, type, collected_at, id)",
    """CREATE TABLE wearable_canonical_hr (
        user_id bigint NOT NULL,
        source_id bigint NOT NULL,
        day date NOT NULL,
        bpm integer NOT NULL,
        raw_id bigint NOT NULL,
        at bigint NOT NULL,
        variability_ms float8,
        confidence float8,
        confidence_text {text},
        PRIMARY KEY (user_id, source_id, day, bpm, raw_id),
        FOREIGN KEY (user_id, source_id) REFERENCES wearable_sources ON DELETE CASCADE
    ) {by_owner}""",
    """CREATE TABLE wearable_canonical_steps (
        user_id bigint NOT NULL,
        raw_id bigint NOT NULL,
        source_id bigint NOT NULL,
        day date NOT NULL,
        start_at bigint NOT NULL,
        end_at bigint NOT NULL,
        steps bigint NOT NULL,
        distance_m float8,
        active_minutes float8,
        calories float8,
        PRIMARY KEY (user_id, day, source_id, start_at, raw_id),
        FOREIGN KEY (user_id, raw_id) REFERENCES wearable_raw ON DELETE CASCADE
    ) {by_owner}""",
    "CREATE INDEX wearable_canonical_steps_of_raw ON wearable_canonical_steps (user_id, raw_id)",
    """CREATE TABLE wearable_canonical_sleep_sessions (
        user_id bigint NOT NULL,
        raw_id bigint NOT NULL,
        source_id bigint NOT NULL,
        day date NOT NULL,
        start_at bigint NOT NULL,
        end_at bigint NOT NULL,
        dedupe_key {text} NOT NULL,
        seconds float8 NOT NULL,
        efficiency float8,
        score float8,
        sleep_type {text} NOT NULL,
        PRIMARY KEY (user_id, raw_id),
        FOREIGN KEY (user_id, raw_id) REFERENCES wearable_raw ON DELETE CASCADE
    ) {by_owner}""",
    """CREATE INDEX wearable_canonical_sleep_sessions_of_day
       ON wearable_canonical_sleep_sessions (user_id, day)""",
    """CREATE INDEX wearable_canonical_sleep_sessions_end
       ON wearable_canonical_sleep_sessions (user_id, end_at)""",
    """CREATE UNIQUE INDEX wearable_canonical_sleep_sessions_keys
       ON wearable_canonical_sleep_sessions (user_id, dedupe_key)""",
    "CREATE SEQUENCE wearable_canonical_sleep_stages_id",
    """CREATE TABLE wearable_canonical_sleep_stages (
        user_id bigint NOT NULL,
        id bigint NOT NULL DEFAULT nextval('wearable_canonical_sleep_stages_id'),
        raw_id bigint NOT NULL,
        session_id bigint,
        session_key {text} NOT NULL,
        stage {text} NOT NULL,
        start_at bigint NOT NULL,
        end_at bigint NOT NULL,
        dedupe_key {text} NOT NULL,
        PRIMARY KEY (user_id, id),
        FOREIGN KEY (user_id, raw_id) REFERENCES wearable_raw ON DELETE CASCADE
    ) {by_owner}""",
    """CREATE INDEX wearable_canonical_sleep_stages_of_session
       ON wearable_canonical_sleep_stages (user_id, session_key)""",
    """CREATE INDEX wearable_canonical_sleep_stages_of_raw
       ON wearable_canonical_sleep_stages (user_id, raw_id)""",
    """CREATE INDEX wearable_canonical_sleep_stages_attached
       ON wearable_canonical_sleep_stages (user_id, session_id)""",
    """CREATE TABLE wearable_daily_agg (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        day date NOT NULL,
        source_id bigint NOT NULL,
        steps bigint,
        distance_meters float8,
        calories float8,
        sleep_seconds float8,
        sleep_sessions bigint,
        efficiency float8,
        hr_min integer,
        hr_max integer,
        hr_avg float8,
        resting_heart_rate integer,
        hrv_rmssd_ms float8,
        PRIMARY KEY (user_id, day, source_id)
    ) {by_owner}""",
    """CREATE TABLE backup_plan (
        id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        enabled boolean,
        interval_minutes bigint,
        keep bigint,
        last_run timestamptz,
        last_error {text}
    )""",
    """CREATE TABLE backup_run (
        id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1),
        number bigint NOT NULL,
        since timestamptz NOT NULL,
        beats bigint NOT NULL,
        is_over boolean NOT NULL
    )""",
    # What is staged may be lost in a crash: whoever staged it starts anew. So it need not be logged.
    "CREATE SEQUENCE stagings_id",
    """CREATE UNLOGGED TABLE stagings (
        id bigint PRIMARY KEY DEFAULT nextval('stagings_id'),
        opened_at timestamptz NOT NULL DEFAULT now()
    )""",
    """CREATE UNLOGGED TABLE staged_rows (
        staging bigint NOT NULL REFERENCES stagings ON DELETE CASCADE,
        day date NOT NULL,
        activity_key {text} NOT NULL,
        value float8,
        note {text}
    )""",
    "CREATE UNIQUE INDEX staged_rows_in_order ON staged_rows (staging, day DESC, activity_key)",
    """CREATE UNLOGGED TABLE staged_records (
        staging bigint NOT NULL REFERENCES stagings ON DELETE CASCADE,
        dedupe_key {text} NOT NULL,
        number bigint NOT NULL,
        type {text} NOT NULL,
        at bigint NOT NULL,
        day date NOT NULL,
        payload {text} NOT NULL,
        content bytea,
        reason {text} NOT NULL,
        PRIMARY KEY (staging, dedupe_key)
    )""",
    "CREATE INDEX staged_records_in_order ON staged_records (staging, type, at, number)",
)
