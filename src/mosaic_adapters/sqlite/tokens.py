"""Personal access tokens in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.sqlite.archive_statements import TOKENS
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.tokens.ports import TokenRepository

_COLUMNS = "id, user_id, name, scopes, hash, created_at, last_used_at, expires_at"


class SqliteTokens(TokenRepository):
    """The `tokens` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, token: PersonalToken) -> PersonalToken:
        """Keep a new token under a new id."""
        cursor = self._execute(
            """INSERT INTO tokens (user_id, name, scopes, hash, created_at, last_used_at, expires_at)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            TOKENS.columns(token)[1:],
        )
        return evolve(token, id=cursor.lastrowid or 0)

    def get(self, token_id: int) -> PersonalToken | None:
        """Return the token with the id."""
        return self._one("id = ?", token_id)

    def find(self, token_hash: str) -> PersonalToken | None:
        """Return the token with the hash."""
        return self._one("hash = ?", token_hash)

    def of(self, user_id: int) -> Sequence[PersonalToken]:
        """Return the user's tokens by id."""
        rows = self._execute(f"SELECT {_COLUMNS} FROM tokens WHERE user_id = ? ORDER BY id", (user_id,))  # noqa: S608
        return list(TOKENS.values(rows.fetchall()))

    def use(self, token_id: int, at: dt.datetime) -> None:
        """Note that the token was used."""
        self._execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", (at.isoformat(), token_id))

    def delete(self, token_id: int) -> None:
        """Delete the token."""
        self._execute("DELETE FROM tokens WHERE id = ?", (token_id,))

    def _one(self, condition: str, value: int | str) -> PersonalToken | None:
        rows = self._execute(f"SELECT {_COLUMNS} FROM tokens WHERE {condition}", (value,)).fetchall()  # noqa: S608
        return next(iter(TOKENS.values(rows)), None)
