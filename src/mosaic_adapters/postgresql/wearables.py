"""Wearables in PostgreSQL."""

from mosaic_adapters.postgresql.wearable_canonical import PostgresqlCanonical
from mosaic_adapters.postgresql.wearable_daily import PostgresqlAggregates
from mosaic_adapters.postgresql.wearable_raw import PostgresqlRaw
from mosaic_adapters.postgresql.wearable_sources import PostgresqlSources
from mosaic_core.wearables.ports import WearableRepository


class PostgresqlWearables(
    PostgresqlSources, PostgresqlRaw, PostgresqlCanonical, PostgresqlAggregates, WearableRepository
):
    """All tables whose names begin with `wearable_`."""
