"""Logins in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from typing import Any

from mosaic_core.accounts.model import StoredSession
from mosaic_core.accounts.ports import SessionRepository


class SqliteSessions(SessionRepository):
    """The `sessions` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, session: StoredSession) -> None:
        """Keep a new login under a new id."""
        self._execute(
            """INSERT INTO sessions (user_id, token_id, created_at, last_used_at, expires_at, user_agent)
               VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (token_id) DO NOTHING""",
            (
                session.user_id,
                session.token_id,
                session.created_at.isoformat(),
                session.last_used_at.isoformat(),
                session.expires_at,
                session.user_agent,
            ),
        )

    def of(self, user_id: int) -> Sequence[StoredSession]:
        """Return the user's logins, those used last first."""
        rows = self._execute(
            """SELECT id, user_id, token_id, created_at, last_used_at, expires_at, user_agent
               FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, id DESC""",
            (user_id,),
        )
        return [_session(row) for row in rows]

    def use(self, token_id: str, at: dt.datetime) -> bool:
        """Note that the login was used."""
        changed = self._execute(
            "UPDATE sessions SET last_used_at = ? WHERE token_id = ?", (at.isoformat(), token_id)
        )
        return changed.rowcount > 0

    def delete(self, session_id: int) -> None:
        """Delete the login."""
        self._execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete the logins whose time has run out."""
        return self._execute("DELETE FROM sessions WHERE expires_at <= ?", (now.timestamp(),)).rowcount


def _session(row: tuple[Any, ...]) -> StoredSession:
    session_id, user_id, token_id, created_at, last_used_at, expires_at, user_agent = row
    return StoredSession(
        id=session_id,
        user_id=user_id,
        token_id=token_id,
        created_at=dt.datetime.fromisoformat(created_at),
        last_used_at=dt.datetime.fromisoformat(last_used_at),
        expires_at=expires_at,
        user_agent=user_agent,
    )
