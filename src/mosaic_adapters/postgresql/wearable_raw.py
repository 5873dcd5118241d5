"""Wearable records as they came, in PostgreSQL."""

import datetime as dt
from collections.abc import Mapping, Sequence

from mosaic_adapters.postgresql.transaction import columns_of
from mosaic_adapters.postgresql.trips import Row
from mosaic_adapters.postgresql.wearable_tables import Tables
from mosaic_core.paging import Page
from mosaic_core.wearables.model import RawFilter, Source, StoredRecord, page_end
from mosaic_core.wearables.ports import RawRepository
from mosaic_core.wearables.rows import Record
from mosaic_core.wearables.times import DAY, SECOND
from mosaic_core.wearables.zones import instant_of, utc

_ADD = """
    INSERT INTO wearable_raw (user_id, source_id, dedupe_key, type, status, tz, day, collected_at,
                              received_at, payload)
    SELECT %(user)s, %(source)s, dedupe_key, type, status, %(tz)s, day, at, %(received)s, payload
    FROM unnest(%(keys)s::text[], %(types)s::text[], %(statuses)s::text[], %(days)s::date[],
                %(ats)s::bigint[], %(payloads)s::text[])
        WITH ORDINALITY AS new (dedupe_key, type, status, day, at, payload, number)
    ORDER BY number
    ON CONFLICT (user_id, dedupe_key) DO NOTHING RETURNING id, dedupe_key"""
_NAMES = ("keys", "types", "statuses", "days", "ats", "payloads")

_KINDS = """
    WITH RECURSIVE kinds (source_id, type) AS (
        SELECT id, (SELECT min(type) FROM wearable_raw AS raw
                    WHERE raw.user_id = %(user)s AND raw.source_id = source.id)
        FROM wearable_sources AS source WHERE user_id = %(user)s
        UNION ALL
        SELECT source_id, (SELECT min(type) FROM wearable_raw AS raw
                           WHERE raw.user_id = %(user)s AND raw.source_id = kinds.source_id
                             AND raw.type > kinds.type)
        FROM kinds WHERE type IS NOT NULL)
    SELECT source_id, type FROM kinds WHERE type IS NOT NULL"""
"""Steps from type to type through the index, so that it costs nothing how many records there are of each."""

_OF_KIND = "user_id = %(user)s AND source_id = kind.source_id AND type = kind.type{more}"
_OF_DAY = " AND collected_at BETWEEN %(from)s AND %(until)s AND day = %(day)s"
_COLUMNS = "id, dedupe_key, type, status, collected_at, tz, received_at, payload"
_PAGE = """
    SELECT {columns} FROM wearable_raw WHERE user_id = %(user)s AND id IN (
        SELECT head.id FROM unnest(%(sources)s::bigint[], %(types)s::text[]) AS kind (source_id, type),
            LATERAL (SELECT collected_at, id FROM wearable_raw WHERE {of_kind}
                     ORDER BY collected_at DESC, id DESC LIMIT %(reach)s) AS head
        ORDER BY head.collected_at DESC, head.id DESC LIMIT %(limit)s OFFSET %(offset)s)
    ORDER BY collected_at DESC, id DESC"""
"""Each type of each source has an order of its own in the index; the page is taken from their heads."""

_COUNT = """
    SELECT count(*) FROM unnest(%(sources)s::bigint[], %(types)s::text[]) AS kind (source_id, type),
        LATERAL (SELECT 1 FROM wearable_raw WHERE {of_kind}) AS one"""
_AFTER = f"""
    SELECT {_COLUMNS} FROM wearable_raw
    WHERE user_id = %s AND source_id = %s AND (type, collected_at, id) > (%s, %s, %s)
    ORDER BY type, collected_at, id LIMIT %s"""  # noqa: S608  # constant columns

_FURTHEST = 16 * 3600 * SECOND
"""No zone is further from UTC."""

_BEFORE_ALL = ("", -(1 << 62), 0)


class PostgresqlRaw(Tables, RawRepository):
    """The `wearable_raw` table."""

    def add_raw(
        self, source: Source, tz: str, received_at: dt.datetime, records: Sequence[Record]
    ) -> Sequence[tuple[int, Record]]:
        """Add the records with new keys, all at once."""
        self._in.own(source.user_id)
        rows = [(one.dedupe_key, one.type, one.status, one.day, one.at, one.payload) for one in records]
        values = {
            "user": source.user_id,
            "source": source.id,
            "tz": tz,
            "received": instant_of(received_at),
            **dict(zip(_NAMES, columns_of(rows, len(_NAMES)), strict=True)),
        }
        with self._in.unhurried():
            ids = {key: raw_id for raw_id, key in self._in.changed(_ADD, values)}
        found = ((ids.pop(record.dedupe_key, None), record) for record in records)
        return [(raw_id, record) for raw_id, record in found if raw_id is not None]

    def raw_page(self, user_id: int, wanted: RawFilter, page: Page) -> Sequence[StoredRecord]:
        """Return the records that match, latest start first."""
        values = self._wanted(user_id, wanted) | {
            "reach": None if page.limit is None else page.offset + page.limit,
            "limit": page.limit,
            "offset": page.offset,
        }
        sql = _PAGE.format(columns=_COLUMNS, of_kind=_of_kind(wanted))
        return page_end(map(_stored, self._in.rows(sql, values)))

    def raw_count(self, user_id: int, wanted: RawFilter) -> int:
        """Return how many records match."""
        return self._in.number(_COUNT.format(of_kind=_of_kind(wanted)), self._wanted(user_id, wanted))

    def raw_after(
        self, user_id: int, source_id: int, after: StoredRecord | None, limit: int
    ) -> Sequence[StoredRecord]:
        """Return the next records of the source by type, start and id."""
        self._in.own(user_id)
        behind = (after.type, after.at, after.id) if after else _BEFORE_ALL
        return [_stored(row) for row in self._in.rows(_AFTER, (user_id, source_id, *behind, limit))]

    def set_status(self, user_id: int, statuses: Mapping[int, str]) -> None:
        """Replace the statuses."""
        self._in.own(user_id)
        self._in.change(
            """UPDATE wearable_raw AS raw SET status = new.status
               FROM unnest(%s::bigint[], %s::text[]) AS new (id, status)
               WHERE raw.user_id = %s AND raw.id = new.id""",
            (list(statuses), list(statuses.values()), user_id),
        )

    def renew_raw(self, user_id: int, kept: Sequence[tuple[int, Record]]) -> None:
        """Replace the types, the statuses and the days."""
        self._in.own(user_id)
        rows = [(raw_id, record.type, record.status, record.day) for raw_id, record in kept]
        self._in.change(
            """UPDATE wearable_raw AS raw SET type = new.type, status = new.status, day = new.day
               FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::date[]) AS new (id, type, status, day)
               WHERE raw.user_id = %s AND raw.id = new.id""",
            (*columns_of(rows, 4), user_id),
        )

    def _wanted(self, user_id: int, wanted: RawFilter) -> dict[str, object]:
        """Return the values that tell the filter: the sources, with the types that each has, and the day."""
        self._in.own(user_id)
        kinds = [kind for kind in self._in.rows(_KINDS, {"user": user_id}) if wanted.type in {None, kind[1]}]
        sources, types = columns_of(kinds, 2)
        values: dict[str, object] = {"user": user_id, "sources": sources, "types": types}
        return values if wanted.day is None else values | _around(wanted.day)


def _of_kind(wanted: RawFilter) -> str:
    return _OF_KIND.format(more="" if wanted.day is None else _OF_DAY)


def _around(day: dt.date) -> dict[str, object]:
    """Return between which instants the day lies in any zone, and the day."""
    midnight = instant_of(dt.datetime.combine(day, dt.time(), dt.UTC))
    return {"from": midnight - _FURTHEST, "until": midnight + DAY + _FURTHEST, "day": day}


def _stored(row: Row) -> StoredRecord:
    return StoredRecord(*(*row[:6], utc(row[6]), row[7]))
