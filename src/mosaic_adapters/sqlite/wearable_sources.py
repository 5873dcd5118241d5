"""Sources of wearable records in SQLite."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.sqlite.wearable_tables import Tables
from mosaic_core.wearables.model import IngestError, Source, Totals
from mosaic_core.wearables.ports import SourceRepository

_DETACHED = """
    UPDATE wearable_raw SET status = 'waiting' WHERE id IN (
        SELECT stage.raw_id FROM wearable_canonical_sleep_sessions AS session
        JOIN wearable_canonical_sleep_stages AS stage ON stage.session_id = session.raw_id
        WHERE session.user_id = ? AND session.source_id = ? AND stage.raw_id <> session.raw_id)"""


class SqliteSources(Tables, SourceRepository):
    """The `wearable_sources`, `wearable_totals` and `wearable_errors` tables."""

    def sources(self, user_id: int) -> Sequence[Source]:
        """Return the user's sources by priority."""
        rows = self._execute(
            """SELECT id, user_id, source_app, device_id, display_name, priority, records, last_synced_at
               FROM wearable_sources WHERE user_id = ? ORDER BY priority, id""",
            (user_id,),
        )
        return [Source(*(*row[:7], dt.datetime.fromisoformat(row[7]))) for row in rows]

    def add_source(self, source: Source) -> Source:
        """Add a source under a new id."""
        row = self._execute(
            """INSERT INTO wearable_sources
                   (user_id, source_app, device_id, display_name, priority, records, last_synced_at)
               VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id""",
            (
                source.user_id,
                source.source_app,
                source.device_id,
                source.display_name,
                source.priority,
                source.records,
                source.last_synced_at.isoformat(),
            ),
        ).fetchone()
        return evolve(source, id=row[0])

    def update_sources(self, user_id: int, sources: Sequence[Source]) -> None:
        """Replace the sources."""
        self._execute_many(
            """UPDATE wearable_sources SET display_name = ?, priority = ?, records = ?, last_synced_at = ?
               WHERE user_id = ? AND id = ?""",
            [
                (one.display_name, one.priority, one.records, one.last_synced_at.isoformat(), user_id, one.id)
                for one in sources
            ],
        )

    def delete_source(self, user_id: int, source_id: int) -> None:
        """Delete the source and all that came from it, except the aggregates."""
        self._execute(_DETACHED, (user_id, source_id))
        self._execute("DELETE FROM wearable_sources WHERE user_id = ? AND id = ?", (user_id, source_id))

    def totals(self, user_id: int) -> Totals:
        """Return the user's totals."""
        row = self._execute(
            "SELECT accepted, duplicates, errors, last_run FROM wearable_totals WHERE user_id = ?", (user_id,)
        ).fetchone()
        if row is None:
            return Totals()
        return Totals(*(*row[:3], row[3] and dt.datetime.fromisoformat(row[3])))

    def set_totals(self, user_id: int, totals: Totals) -> None:
        """Replace the user's totals."""
        last_run = totals.last_run and totals.last_run.isoformat()
        self._execute(
            """INSERT INTO wearable_totals (user_id, accepted, duplicates, errors, last_run)
               VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (user_id) DO UPDATE SET accepted = excluded.accepted,
                   duplicates = excluded.duplicates, errors = excluded.errors,
                   last_run = excluded.last_run""",
            (user_id, totals.accepted, totals.duplicates, totals.errors, last_run),
        )

    def ingest_errors(self, user_id: int) -> Sequence[IngestError]:
        """Return the user's errors."""
        rows = self._execute(
            "SELECT dedupe_key, reason, at FROM wearable_errors WHERE user_id = ? ORDER BY number", (user_id,)
        )
        return [IngestError(key, reason, dt.datetime.fromisoformat(at)) for key, reason, at in rows]

    def set_ingest_errors(self, user_id: int, errors: Sequence[IngestError]) -> None:
        """Replace the user's errors."""
        self._execute("DELETE FROM wearable_errors WHERE user_id = ?", (user_id,))
        self._execute_many(
            "INSERT INTO wearable_errors (user_id, number, dedupe_key, reason, at) VALUES (?, ?, ?, ?, ?)",
            [
                (user_id, number, one.dedupe_key, one.reason, one.at.isoformat())
                for number, one in enumerate(errors)
            ],
        )
