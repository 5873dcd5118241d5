"""Wearable records as a device would send them, made of what files of other trackers say."""

import datetime as dt
from collections.abc import Mapping

import msgspec

_encode = msgspec.json.Encoder().encode
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LONGEST_OFFSET = 18 * 3_600


def record_text(kind: str, key: str, start: str, end: str | None, fields: Mapping[str, object]) -> str:
    """Return the record, a JSON text; without an end, what it tells is an instant."""
    record: dict[str, object] = {"type": kind, "start": start, "fields": fields, "dedupe_key": key}
    if end is not None:
        record["end"] = end
    return _encode(record).decode()


def written(instant: int, offset: int = 0) -> str:
    """Return an instant, in microseconds since 1970, as a clock shows it that is `offset` seconds before UTC.

    An offset that no clock has counts as none.
    """
    if offset % 60 or abs(offset) > _LONGEST_OFFSET:
        offset = 0
    zone = dt.timezone(dt.timedelta(seconds=offset))
    return (_EPOCH + dt.timedelta(microseconds=instant)).astimezone(zone).isoformat()
