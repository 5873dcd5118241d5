"""Logins in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence

from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.accounts.model import StoredSession
from mosaic_core.accounts.ports import SessionRepository


class PostgresqlSessions(SessionRepository):
    """The `sessions` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, session: StoredSession) -> None:
        """Keep a new login under a new id."""
        self._in.own(session.user_id)
        self._in.change(
            """INSERT INTO sessions (user_id, token_id, created_at, last_used_at, expires_at, user_agent)
               VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (user_id, token_id) DO NOTHING""",
            (
                session.user_id,
                session.token_id,
                session.created_at,
                session.last_used_at,
                session.expires_at,
                session.user_agent,
            ),
        )

    def of(self, user_id: int) -> Sequence[StoredSession]:
        """Return the user's logins, those used last first."""
        self._in.own(user_id)
        rows = self._in.rows(
            """SELECT id, user_id, token_id, created_at, last_used_at, expires_at, user_agent
               FROM sessions WHERE user_id = %s ORDER BY last_used_at DESC, id DESC""",
            (user_id,),
        )
        return [StoredSession(*row) for row in rows]

    def use(self, token_id: str, at: dt.datetime) -> bool:
        """Note that the login was used."""
        return (
            self._in.change("UPDATE sessions SET last_used_at = %s WHERE token_id = %s", (at, token_id)) > 0
        )

    def delete(self, session_id: int) -> None:
        """Delete the login."""
        self._in.change("DELETE FROM sessions WHERE id = %s", (session_id,))

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete the logins whose time has run out."""
        return self._in.change("DELETE FROM sessions WHERE expires_at <= %s", (int(now.timestamp()),))
