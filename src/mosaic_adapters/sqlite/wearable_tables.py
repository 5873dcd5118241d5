"""What the wearable repositories in SQLite have in common."""

import sqlite3


class Tables:
    """Runs statements on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany
