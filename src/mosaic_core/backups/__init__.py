"""Backups: all rows of a store, and how they become another store's."""
