"""Sources of wearable records in PostgreSQL."""

from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_wearables import SOURCES
from mosaic_adapters.postgresql.wearable_tables import Tables
from mosaic_core.wearables.model import IngestError, Source, Totals
from mosaic_core.wearables.ports import SourceRepository

_DETACHED = """
    WITH lost AS (
        UPDATE wearable_canonical_sleep_stages AS stage SET session_id = NULL
        FROM wearable_canonical_sleep_sessions AS session
        WHERE session.user_id = %(user)s AND session.source_id = %(source)s
          AND stage.user_id = %(user)s AND stage.session_id = session.raw_id
          AND stage.raw_id <> session.raw_id
        RETURNING stage.raw_id)
    UPDATE wearable_raw SET status = 'waiting'
    WHERE user_id = %(user)s AND id IN (SELECT raw_id FROM lost)"""


class PostgresqlSources(Tables, SourceRepository):
    """The `wearable_sources`, `wearable_totals` and `wearable_errors` tables."""

    def sources(self, user_id: int) -> Sequence[Source]:
        """Return the user's sources by priority."""
        self._in.own(user_id)
        rows = self._in.rows(
            f"SELECT {SOURCES.names} FROM wearable_sources WHERE user_id = %s ORDER BY priority, id",  # noqa: S608
            (user_id,),
        )
        return list(SOURCES.values(rows))

    def add_source(self, source: Source) -> Source:
        """Add a source under a new id."""
        self._in.own(source.user_id)
        rows = self._in.changed(
            """INSERT INTO wearable_sources
                   (user_id, source_app, device_id, display_name, priority, records, last_synced_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id""",
            SOURCES.columns(source)[1:],
        )
        return evolve(source, id=rows[0][0])

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        """Replace the sources."""
        self._in.own(user_id)
        self._in.change_many(
            """UPDATE wearable_sources
               SET display_name = %s, priority = %s, records = %s, last_synced_at = %s
               WHERE user_id = %s AND id = %s""",
            [
                (one.display_name, one.priority, one.records, one.last_synced_at, user_id, one.id)
                for one in sources
            ],
        )

    def delete_source(self, user_id: int, source_id: int) -> None:
        """Delete the source and all that came from it, except the aggregates."""
        self._in.own(user_id)
        with self._in.unhurried():
            self._in.change(_DETACHED, {"user": user_id, "source": source_id})
            self._in.change(
                "DELETE FROM wearable_sources WHERE user_id = %s AND id = %s", (user_id, source_id)
            )

    def totals(self, user_id: int) -> Totals:
        """Return the user's totals."""
        self._in.own(user_id)
        row = self._in.row(
            "SELECT accepted, duplicates, errors, last_run FROM wearable_totals WHERE user_id = %s",
            (user_id,),
        )
        return Totals(*row) if row else Totals()

    def set_totals(self, user_id: int, totals: Totals) -> None:
        """Replace the user's totals."""
        self._in.own(user_id)
        self._in.change(
            """INSERT INTO wearable_totals (user_id, accepted, duplicates, errors, last_run)
               VALUES (%s, %s, %s, %s, %s)
               ON CONFLICT (user_id) DO UPDATE SET accepted = excluded.accepted,
                   duplicates = excluded.duplicates, errors = excluded.errors,
                   last_run = excluded.last_run""",
            (user_id, totals.accepted, totals.duplicates, totals.errors, totals.last_run),
        )

    def ingest_errors(self, user_id: int) -> Sequence[IngestError]:
        """Return the user's errors."""
        self._in.own(user_id)
        rows = self._in.rows(
            "SELECT dedupe_key, reason, at FROM wearable_errors WHERE user_id = %s ORDER BY number",
            (user_id,),
        )
        return [IngestError(*row) for row in rows]

    def set_ingest_errors(self, user_id: int, errors: Sequence[IngestError]) -> None:
        """Replace the user's errors."""
        self._in.own(user_id)
        self._in.change("DELETE FROM wearable_errors WHERE user_id = %s", (user_id,))
        self._in.change_many(
            """INSERT INTO wearable_errors (user_id, number, dedupe_key, reason, at)
               VALUES (%s, %s, %s, %s, %s)""",
            [(user_id, number, one.dedupe_key, one.reason, one.at) for number, one in enumerate(errors)],
        )
