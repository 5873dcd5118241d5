"""The store on SQLite."""

from mosaic_adapters.sqlite.database import SqliteStore

__all__ = ["SqliteStore"]
