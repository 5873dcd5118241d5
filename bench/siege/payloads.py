"""What people and attackers send: files, batches and bodies."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from itertools import pairwise

MORNING = dt.datetime(2024, 1, 1, 6, tzinfo=dt.UTC)

Record = dict[str, object]


def rows(activities: int, days: int, first: str = "Habit") -> bytes:
    """Return a CSV file with one entry for each of so many activities on each of so many days."""
    names = [f"{first} {number}" for number in range(activities)]
    parts = ["date,activity,value,note,category\n"]
    for number in range(days):
        day = (MORNING.date() - dt.timedelta(days=number)).isoformat()
        parts += [f"{day},{name},{number % 3},went well today,Health\n" for name in names]
    return "".join(parts).encode()


def batch(device: str, records: Iterable[Record]) -> bytes:
    """Return a wearable batch."""
    said = {"source_app": "Siege", "device_id": device, "tz": "Europe/Berlin", "records": list(records)}
    return json.dumps(said).encode()


def steps(key: str, number: int, length: dt.timedelta = dt.timedelta(minutes=1)) -> Record:
    """Return the steps of a minute, or of another length, another minute for each number."""
    start = MORNING + dt.timedelta(minutes=number)
    return {
        "type": "steps",
        "start": start.isoformat(),
        "end": (start + length).isoformat(),
        "fields": {"steps": number % 120},
        "dedupe_key": f"{key}-{number}",
    }


def sleep(key: str, number: int, stages: int) -> Record:
    """Return a night with so many stages, another night for each number."""
    start = MORNING + dt.timedelta(days=number)
    return {
        "type": "sleep_session",
        "start": start.isoformat(),
        "end": (start + dt.timedelta(hours=8)).isoformat(),
        "fields": {"stages": _stages(start, stages)},
        "dedupe_key": f"{key}-{number}",
    }


def wrong(key: str, number: int) -> Record:
    """Return a record that is refused, with a key as long as a key may be."""
    return {"type": "steps", "start": "never", "fields": {}, "dedupe_key": f"{key}-{number}".ljust(250, "x")}


def _stages(start: dt.datetime, number: int) -> Sequence[Record]:
    length = dt.timedelta(hours=8) / number
    times = [(start + length * place).isoformat() for place in range(number + 1)]
    return [{"stage": "deep", "start": begin, "end": end} for begin, end in pairwise(times)]
