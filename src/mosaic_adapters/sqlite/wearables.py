"""Wearables in SQLite."""

from mosaic_adapters.sqlite.wearable_canonical import SqliteCanonical
from mosaic_adapters.sqlite.wearable_daily import SqliteAggregates
from mosaic_adapters.sqlite.wearable_raw import SqliteRaw
from mosaic_adapters.sqlite.wearable_sources import SqliteSources
from mosaic_core.wearables.ports import WearableRepository


class SqliteWearables(SqliteSources, SqliteRaw, SqliteCanonical, SqliteAggregates, WearableRepository):
    """All tables whose names begin with `wearable_`."""
