"""What the wearable repositories in SQLite stand on."""

import sqlite3


class Tables:
    """Statements on one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany
