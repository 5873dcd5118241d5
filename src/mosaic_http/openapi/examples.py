"""Examples of fields, by their names: one day of one person, all through the document."""

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_http.parameters import Schema

_FIELDS: Mapping[str, Any] = {
    "accepted": 2,
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "active": 1,
    "active_days": 24,
    "at_least": 8000,
    "activity": "Running",
    "activity_category": "Health",
    "activity_description": "Outside, whatever the weather",
    "activity_type": "positive",
    "category": "Health",
    "consistency_percent": 80.0,
    "context": {"username": "ada", "is_admin": True},
    "created": 2,
    "csrf_token": "8NYoLMv8MGohA4MA5ptAccQ5",
    "csv": "backup-20260102-030405.csv",
    "current_password": "a long passphrase",
    "day_start": "03:00",
    "dedupe_key": "steps-2026-01-02T07:30",
    "description": "Outside, whatever the weather",
    "device_id": "watch-1",
    "did_you_mean": "Running",
    "display_name": "Ada",
    "duplicates": 0,
    "entry_description": "Outside, whatever the weather",
    "error_count": 1,
    "error_rate": 0.0,
    "event_type": "auth.login",
    "events": ["entry.added", "day.finalized"],
    "expires_in": 3600,
    "fill": "check",
    "filename": "backup-20260102-030405.zip",
    "frequency_per_day": 1,
    "frequency_per_week": 7,
    "goal": 1.0,
    "interval_minutes": 1440,
    "json": "backup-20260102-030405.json",
    "keep": 14,
    "last_30_days": 75.0,
    "last_7_days": 82.5,
    "last_error": "There is no room left",
    "level": "info",
    "limit": 100,
    "message": "What happened, for a person to read",
    "metric": "steps",
    "name": "Running",
    "note": "5 km",
    "offset": 0,
    "origin": "person",
    "password": "a long passphrase",
    "payload": {
        "type": "steps",
        "start": "2026-01-02T07:30:00+01:00",
        "end": "2026-01-02T08:00:00+01:00",
        "fields": {"steps": 3120, "distance_m": 2400.5},
        "day_start": "03:00",
        "dedupe_key": "steps-2026-01-02T07:30",
    },
    "percent": 80.0,
    "reason": "value must be a finite number",
    "schedule": {"kind": "times", "times": 3, "per": "week"},
    "scopes": ["read", "write"],
    "secret": "Zy3kQ9vX7mN1bT5rL8wH2cJ6dF4gS0pA",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size_bytes": 48213,
    "skipped": 1,
    "source_app": "Fitbit",
    "start": "2026-01-02T07:30:00+01:00",
    "end": "2026-01-02T08:00:00+01:00",
    "fields": {"steps": 3120, "distance_m": 2400.5},
    "status": "created",
    "strength": 0.387,
    "steps": 8412,
    "target": {"kind": "at_least", "value": 5},
    "timestamp": "2026-01-02T03:04:05Z",
    "timezone": "Europe/Berlin",
    "total_days": 30,
    "total_min": 432,
    "type": "steps",
    "tz": "Europe/Berlin",
    "unit": "km",
    "updated": 1,
    "uptime_s": 86400.0,
    "token": "mos_q2VXw0yH3vJt7uK9rLzPcA8nBdE5fGmS1xQoTiYhWjU",
    "url": "https://example.org/mosaic",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    "username": "ada",
    "value": 0.8,
    "version": "1.0.0",
    "warning": "The disk is full, so only the process that answered knows of this logout",
    "window": 7,
    "zip": "backup-20260102-030405.zip",
}

_FIELDS_OF_CLASSES: Mapping[tuple[str, str], Any] = {
    ("AgendaItemTold", "state"): "open",
    ("AgendaItemTold", "done"): 1,
    ("AgendaItemTold", "needed"): 3,
    ("DayTold", "state"): "done",
    ("StreakTold", "current"): 2,
    ("StreakTold", "longest"): 5,
    ("StreakTold", "unit"): "weeks",
    **{
        (kind, name): value
        for kind in ("NewPause", "PauseChange", "PauseTold")
        for name, value in {"to": "2026-01-09", "reason": "Holidays"}.items()
    },
    ("ActivityRow", "active"): True,
    ("CameraWanted", "url"): "rtsp://192.0.2.7/live",
    ("Weekdays", "days"): ["mon", "wed"],
    ("Every", "days"): 3,
    ("Times", "times"): 3,
    ("Times", "per"): "week",
    ("BackupTold", "timestamp"): "20260102-030405",
    ("VerifiedTold", "rows"): 4821,
    ("VerifiedTold", "reason"): None,
    ("VerifiedTold", "error"): None,
    ("NewToken", "name"): "Phone",
    ("NewToken", "expires_at"): "2030-01-02T03:04:05Z",
    ("RawRecord", "status"): "processed",
    ("RowFate", "date"): "2026-01-02",
    ("TestTold", "error"): "The receiver answered with 500",
    ("TokenTold", "name"): "Phone",
    ("CreatedTokenTold", "name"): "Phone",
    ("TrendValue", "value"): 8412,
}

_TYPES: Mapping[str, Any] = {
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "null": None,
    "string": "a text",
    "object": {},
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
}


def examples_of_field(kind: str, name: str) -> Sequence[Any]:
    """Return the example of a field; none if its parts have their own."""
    of_class = (kind, name)
    if of_class in _FIELDS_OF_CLASSES:
        return [_FIELDS_OF_CLASSES[of_class]]
    return [_FIELDS[name]] if name in _FIELDS else []


def example_of(schema: Schema, components: Mapping[str, Schema]) -> Any:  # noqa: ANN401  # any JSON
    """Return an example of what the schema describes, made of those of its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components)
    if "properties" in schema:
        return {name: example_of(one, components) for name, one in schema["properties"].items()}
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return example_of(schema[choice][0], components)
    if "items" in schema:
        return [example_of(schema["items"], components)]
    return _plain(schema)


def _plain(schema: Schema) -> Any:  # noqa: ANN401  # any JSON
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return _TYPES.get(schema.get("format", ""), _TYPES[schema.get("type", "object")])
