"""Wearable records as they came, in SQLite."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from mosaic_adapters.sqlite.wearable_tables import Tables, stored_day
from mosaic_core.paging import Page
from mosaic_core.wearables.model import RawFilter, Source, StoredRecord, page_end
from mosaic_core.wearables.ports import RawRepository
from mosaic_core.wearables.rows import Record
from mosaic_core.wearables.times import DAY, SECOND
from mosaic_core.wearables.zones import instant_of, utc

_ADD = """
    INSERT INTO wearable_raw
        (id, user_id, source_id, dedupe_key, type, status, tz, day, collected_at, received_at, payload)"""
_IF_NEW = "ON CONFLICT (user_id, dedupe_key) DO NOTHING"
_KINDS = """
    WITH RECURSIVE kinds (source_id, type) AS (
        SELECT id, (SELECT min(type) FROM wearable_raw WHERE source_id = wearable_sources.id)
        FROM wearable_sources WHERE user_id = ?
        UNION ALL
        SELECT source_id, (SELECT min(type) FROM wearable_raw AS raw
                           WHERE raw.source_id = kinds.source_id AND raw.type > kinds.type)
        FROM kinds WHERE type IS NOT NULL)
    SELECT source_id, type FROM kinds WHERE type IS NOT NULL"""
"""Steps from type to type through the index, so that it costs nothing how many records there are of each."""

_LATEST = """
    SELECT collected_at, id FROM wearable_raw WHERE source_id = ? AND type = ?
    ORDER BY collected_at DESC, id DESC LIMIT ?"""
_LATEST_OF_DAY = """
    SELECT collected_at, id FROM wearable_raw
    WHERE source_id = ? AND type = ? AND collected_at BETWEEN ? AND ? AND day = ?
    ORDER BY collected_at DESC, id DESC LIMIT ?"""
_COUNT = "SELECT count(*) FROM wearable_raw WHERE source_id = ? AND type = ?"
_COUNT_OF_DAY = f"{_COUNT} AND collected_at BETWEEN ? AND ? AND day = ?"
_FAR = """
    SELECT raw.id FROM json_each(?) CROSS JOIN wearable_raw AS raw
        ON raw.source_id = json_extract(value, '$[0]') AND raw.type = json_extract(value, '$[1]')
    ORDER BY raw.collected_at DESC, raw.id DESC LIMIT ? OFFSET ?"""
"""Sorts in SQLite, which needs no Python meanwhile, and so lets other threads go on."""

_BY_ID = """
    SELECT id, dedupe_key, type, status, collected_at, tz, received_at, payload FROM wearable_raw
    WHERE id IN (SELECT value FROM json_each(?)) ORDER BY collected_at DESC, id DESC"""
_AFTER = """
    SELECT id, dedupe_key, type, status, collected_at, tz, received_at, payload FROM wearable_raw
    WHERE source_id = ? AND user_id = ? AND (type, collected_at, id) > (?, ?, ?)
    ORDER BY type, collected_at, id LIMIT ?"""

_FEW = 10_000
"""Heads of so many records are sorted in Python in a few milliseconds."""

_FURTHEST = 16 * 3600 * SECOND
"""No zone is further from UTC."""

_ALL = 1 << 62
_BEFORE_ALL = ("", -_ALL, 0)


class SqliteRaw(Tables, RawRepository):
    """The `wearable_raw` table."""

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        """Add the records with new keys, all at once."""
        user_id, source_id, received = source.user_id, source.id, instant_of(received_at)
        first = self._execute("SELECT coalesce(max(id), 0) + 1 FROM wearable_raw").fetchone()[0]
        rows = [
            (
                raw_id,
                user_id,
                source_id,
                record.dedupe_key,
                record.type,
                record.status,
                tz,
                stored_day(record.day),
                record.at,
                received,
                record.payload,
            )
            for raw_id, record in enumerate(records, first)
        ]
        added = self._insert(_ADD, rows, _IF_NEW)
        numbered = list(enumerate(records, first))
        if added == len(numbered):
            return numbered
        kept = {raw_id for (raw_id,) in self._execute("SELECT id FROM wearable_raw WHERE id >= ?", (first,))}
        return [(raw_id, record) for raw_id, record in numbered if raw_id in kept]

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        """Return the records that match, latest start first.

        Each type of each source has an order of its own in the index; the page is taken from their heads, as
        long as those are few.
        """
        reach = _ALL if page.limit is None else min(page.offset + page.limit, _ALL)
        kinds = self._kinds(user_id, wanted.type)
        if wanted.day is None and reach * len(kinds) > _FEW:
            found = self._execute(_FAR, (_json(kinds), reach - page.offset, page.offset))
            ids = [raw_id for (raw_id,) in found]
        else:
            heads = [head for one in kinds for head in self._heads(one[0], one[1], wanted.day, reach)]
            ids = [raw_id for _, raw_id in sorted(heads, reverse=True)[page.offset : reach]]
        return page_end(map(_stored, self._execute(_BY_ID, (_json(ids),))))

    def raw_count(self, user_id: int, wanted: RawFilter) -> int:
        """Return how many records match."""
        return sum(self._count(*kind, wanted.day) for kind in self._kinds(user_id, wanted.type))

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        """Return the next records of the source by type, start and id."""
        behind = (after.type, after.at, after.id) if after else _BEFORE_ALL
        rows = self._execute(_AFTER, (source_id, user_id, *behind, limit))
        return [_stored(row) for row in rows]

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        """Replace the statuses."""
        self._execute_many(
            "UPDATE wearable_raw SET status = ? WHERE id = ? AND user_id = ?",
            [(status, raw_id, user_id) for raw_id, status in statuses.items()],
        )

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        """Replace the types, the statuses and the days."""
        self._execute_many(
            "UPDATE wearable_raw SET type = ?, status = ?, day = ? WHERE id = ? AND user_id = ?",
            [
                (record.type, record.status, record.day.isoformat(), raw_id, user_id)
                for raw_id, record in kept
            ],
        )

    def _heads(self, source_id: int, kind: str, day: dt.date | None, reach: int) -> Sequence[tuple[int, int]]:
        if day is None:
            return self._execute(_LATEST, (source_id, kind, reach)).fetchall()
        return self._execute(_LATEST_OF_DAY, (source_id, kind, *_around(day), reach)).fetchall()

    def _kinds(self, user_id: int, wanted: str | None) -> Sequence[tuple[int, str]]:
        """Return the sources of the user with the types that each has, of the wanted type alone if one is."""
        return [kind for kind in self._execute(_KINDS, (user_id,)) if wanted in {None, kind[1]}]

    def _count(self, source_id: int, kind: str, day: dt.date | None) -> int:
        if day is None:
            (count,) = self._execute(_COUNT, (source_id, kind)).fetchone()
        else:
            (count,) = self._execute(_COUNT_OF_DAY, (source_id, kind, *_around(day))).fetchone()
        return int(count)


def _around(day: dt.date) -> tuple[int, int, str]:
    """Return between which instants the day lies in any zone, and the day."""
    midnight = instant_of(dt.datetime.combine(day, dt.time(), dt.UTC))
    return midnight - _FURTHEST, midnight + DAY + _FURTHEST, day.isoformat()


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()


def _stored(row: tuple[Any, ...]) -> StoredRecord:
    return StoredRecord(*(*row[:6], utc(row[6]), row[7]))
