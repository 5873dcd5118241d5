"""Heavy requests that one person may send, honest and hostile: each is made when it is needed."""

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

MIB = 2**20
BOUNDARY = "heavy"
_START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


class Request(NamedTuple):
    """What is sent."""

    method: str
    path: str
    kind: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = {}


def _json(path: str, body: bytes) -> Request:
    return Request("POST", path, "application/json", body)


def _entry(note: bytes) -> Request:
    return _json("/add_entry", b'{"date":"2026-01-02","activity":"Run","note":' + note + b"}")


def _many(one: bytes, size: int) -> bytes:
    return one * (size // len(one))


def _joined(parts: Iterable[bytes], size: int) -> bytes:
    """Return the parts, with commas between them, up to the size."""
    taken, length = [], 0
    for part in parts:
        length += len(part) + 1
        if length > size:
            break
        taken.append(part)
    return b",".join(taken)


def _batch(records: bytes) -> Request:
    around = b'{"source_app":"Heavy","device_id":"d","tz":"Europe/Berlin","records":['
    return _json("/ingest/wearable/batch", around + records + b"]}")


def _heart_rates(size: int, prefix: str) -> bytes:
    def record(number: int) -> bytes:
        start = (_START + dt.timedelta(seconds=number * 60)).isoformat()
        said = {"type": "heart_rate", "start": start, "fields": {"bpm": 50 + number % 100}}
        return json.dumps({**said, "dedupe_key": f"{prefix}{number}"}).encode()

    return _joined(map(record, itertools.count()), size)


def _scattered_steps(size: int, prefix: str) -> bytes:
    def record(number: int) -> bytes:
        start = (_START + dt.timedelta(days=number * 7 % 731, seconds=number % 80_000)).isoformat()
        said = {"type": "steps", "start": start, "fields": {"steps": 5}, "dedupe_key": f"{prefix}{number}"}
        return json.dumps(said).encode()

    return _joined(map(record, itertools.count()), size)


def _huge_record(size: int) -> bytes:
    fields = b'{"bpm":60,"more":[' + _many(b"[],", size) + b"1]}"
    return b'{"type":"hr","start":"2026-01-01T00:00:00Z","dedupe_key":"huge","fields":' + fields + b"}"


def upload(file: bytes, headers: bytes = b"") -> Request:
    """Return the import of the file."""
    head = b'--heavy\r\nContent-Disposition: form-data; name="file"; filename="h.csv"\r\n' + headers + b"\r\n"
    body = head + file + b"\r\n--heavy--\r\n"
    return Request("POST", "/import_csv", f"multipart/form-data; boundary={BOUNDARY}", body)


def _rows(size: int, end: str) -> bytes:
    lines, length = [f"date,activity,value,note{end}".encode()], 0
    for number in itertools.count():
        day = (_START + dt.timedelta(days=number // 400)).date()
        line = f"{day},Habit {number % 400},{number % 5},went well{end}".encode()
        length += len(line)
        if length > size:
            return b"".join(lines)
        lines.append(line)
    raise AssertionError


def _wrong_rows(size: int) -> bytes:
    return b"date,activity,value\n" + _many(b"x,y\n", size)


def _small_parts(size: int) -> bytes:
    one = b'--heavy\r\nContent-Disposition: form-data; name="a"\r\nX-A: b\r\nX-B: c\r\n\r\n1\r\n'
    return _many(one, size) + b"--heavy--\r\n"


BODIES: Mapping[str, Callable[[str], Request]] = {
    "json list": lambda _: _entry(b"[" + _many(b"[],", 9 * MIB) + b"1]"),
    "json deep": lambda _: _entry(b"[" * (9 * MIB)),
    "json keys": lambda _: _entry(b"{" + _joined((b'"%d":1' % n for n in itertools.count()), 9 * MIB) + b"}"),
    "json text": lambda _: _entry(b'"' + b"a" * (9 * MIB) + b'"'),
    "json escapes": lambda _: _entry(b'"' + _many(rb"\u0061", 9 * MIB) + b'"'),
    "json names": lambda _: _json(
        "/add_entry", b"{" + _joined((b'"k%d":1' % n for n in itertools.count()), 9 * MIB) + b"}"
    ),
    "batch 2 MiB": lambda prefix: _batch(_heart_rates(2 * MIB, prefix)),
    "batch 95 MiB": lambda prefix: _batch(_heart_rates(95 * MIB, prefix)),
    "batch scattered": lambda prefix: _batch(_scattered_steps(95 * MIB, prefix)),
    "batch wrong": lambda _: _batch(_many(b"1,", 95 * MIB) + b"1"),
    "batch one record": lambda _: _batch(_huge_record(95 * MIB)),
    "batch half pair": lambda prefix: _batch(rb'"\ud800",' + _heart_rates(60 * MIB, prefix)),
    "batch deep": lambda _: _batch(b"[" * (95 * MIB)),
    "csv 95 MiB": lambda _: upload(_rows(95 * MIB, "\n")),
    "csv crlf": lambda _: upload(_rows(30 * MIB, "\r\n")),
    "csv wrong rows": lambda _: upload(_wrong_rows(95 * MIB)),
    "csv 90,000 skipped": lambda _: upload(_wrong_rows(360_000)),
    "csv one line": lambda _: upload(b"date,activity\n" + b"a" * (95 * MIB)),
    "csv commas": lambda _: upload(b"date,activity\n" + _many(b"," * 1_000_000 + b"\n", 50 * MIB)),
    "csv quoted": lambda _: upload(b'date,activity\n2024-01-01,"' + _many(b"a\n", 95 * MIB)),
    "csv utf-16": lambda _: upload(_rows(20 * MIB, "\n").decode().encode("utf-16")),
    "csv latin-1": lambda _: upload(_rows(50 * MIB, "\n") + b"\xe9\n"),
    "form parts": lambda _: Request(
        "POST", "/import_csv", f"multipart/form-data; boundary={BOUNDARY}", _small_parts(95 * MIB)
    ),
    "form line ends": lambda _: upload(_many(b"\r\n--heav", 20 * MIB)),
    "query": lambda _: Request("GET", "/entries?" + "&".join(f"a{n}=1" for n in range(90))),
    "query long": lambda _: Request("GET", "/entries?activity=" + "%41" * 20_000),
    "headers": lambda _: Request("GET", "/today", headers={f"X-{n}": "1" for n in range(90)}),
    "raw 500": lambda _: Request("GET", "/wearable/raw?limit=500"),
}


def keyed(request: Request, key: str) -> Request:
    """Return the same request under an idempotency key."""
    return request._replace(headers={**request.headers, "Idempotency-Key": key})
