"""The records of a large batch, staged outside any transaction that others wait for."""

from collections.abc import Iterator, Sequence
from typing import Any

from mosaic_adapters.postgresql.staging import StagingPlace
from mosaic_adapters.postgresql.transaction import AT_ONCE, columns_of
from mosaic_adapters.staged_contents import content_bytes, content_from
from mosaic_core.wearables.ports import RecordStaging
from mosaic_core.wearables.rows import Record

_ADD = """
    INSERT INTO staged_records (staging, number, dedupe_key, type, at, day, payload, content, reason)
    SELECT %s, number, dedupe_key, type, at, day, payload, content, reason
    FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::date[], %s::text[], %s::bytea[], %s::text[]
    ) AS new (number, dedupe_key, type, at, day, payload, content, reason)
    ON CONFLICT DO NOTHING"""
_ROWS = f"""
    SELECT number, dedupe_key, type, at, day, payload, content, reason FROM staged_records
    WHERE staging = %(staging)s AND (type, at, number) > (%(type)s, %(at)s::bigint, %(number)s::bigint)
    ORDER BY type, at, number LIMIT {AT_ONCE}"""  # noqa: S608  # a number
_BEFORE_ALL = ("", -(2**63), 0)


class PostgresqlRecordStaging(StagingPlace, RecordStaging):
    """The staged records, with what each says: it is read once."""

    def add(self, records: Sequence[Record]) -> int:
        """Keep the records whose keys are new."""
        rows = [
            (
                one.batch_index,
                one.dedupe_key,
                one.type,
                one.at,
                one.day,
                one.payload,
                content_bytes(one.content),
                one.reason,
            )
            for one in records
        ]
        with self._adding() as transaction:
            return transaction.change(_ADD, (self.number, *columns_of(rows, 8)))

    def records(self) -> Iterator[Record]:
        """Yield the records in order."""
        kind, at, number = _BEFORE_ALL
        while rows := self._found(_ROWS, {"staging": self.number, "type": kind, "at": at, "number": number}):
            yield from map(_record, rows)
            number, _, kind, at, *_ = rows[-1]


def _record(row: tuple[Any, ...]) -> Record:
    number, key, kind, at, day, payload, said, reason = row
    return Record(number, key, kind, at, day, payload, content_from(kind, said), reason)
