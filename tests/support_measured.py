"""What a phone measured in a day: steps, a night with its stages, heart rates."""

import datetime as dt
from typing import Any

from support_server import Client


def send_day(client: Client, day: dt.date, device: str = "pixel-9") -> None:
    """Send a day's records from a phone, and a step count of the same morning from a watch."""
    night, morning = f"{day - dt.timedelta(days=1)}T23:00:00Z", f"{day}T05:00:00Z"
    stages = [
        {"stage": "light", "start": night, "end": f"{day}T01:00:00Z"},
        {"stage": "deep", "start": f"{day}T01:00:00Z", "end": morning},
    ]
    records = [
        *(_record("steps", day, hour, {"steps": 100}) for hour in range(6, 16)),
        *(_record("heart_rate", day, hour, {"bpm": 60 + hour}) for hour in range(24)),
        {
            "type": "sleep",
            "start": night,
            "end": morning,
            "fields": {"stages": stages},
            "dedupe_key": "night",
        },
    ]
    _send(client, device, records)
    _send(client, "watch", [_record("steps", day, 20, {"steps": 234})])


def _send(client: Client, device: str, records: list[dict[str, Any]]) -> None:
    batch = {"source_app": "HealthConnect", "device_id": device, "tz": "UTC", "records": records}
    client.post("/ingest/wearable/batch", batch).went(201)


def _record(kind: str, day: dt.date, hour: int, fields: dict[str, int]) -> dict[str, Any]:
    key = f"{kind}-{day}-{hour}"
    return {"type": kind, "start": f"{day}T{hour:02}:00:00Z", "fields": fields, "dedupe_key": key}
