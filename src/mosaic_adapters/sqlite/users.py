"""Users in SQLite."""

import datetime as dt
import sqlite3
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_core.accounts.model import User
from mosaic_core.accounts.ports import UserRepository
from mosaic_core.errors import Taken
from mosaic_core.texts import name_key

_COLUMNS = (
    "id, username, display_name, password_hash, is_admin, timezone, token_generation, created_at, day_start"
)


class SqliteUsers(UserRepository):
    """The `users` and `revoked_tokens` tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, user: User) -> User:
        """Keep a new user under a new id."""
        try:
            cursor = self._execute(
                """INSERT INTO users (username, username_key, display_name, password_hash, is_admin, timezone,
                                      token_generation, created_at, day_start)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    user.username,
                    name_key(user.username),
                    user.display_name,
                    user.password_hash,
                    user.is_admin,
                    user.timezone,
                    user.token_generation,
                    user.created_at.isoformat(),
                    user.day_start,
                ),
            )
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.USERNAME) from error
        return evolve(user, id=cursor.lastrowid or 0)

    def get(self, user_id: int) -> User | None:
        """Return the user with the id."""
        row = self._execute(f"SELECT {_COLUMNS} FROM users WHERE id = ?", (user_id,)).fetchone()  # noqa: S608
        return row and _user(row)

    def find(self, username: str) -> User | None:
        """Return the user whose name has the same name key.

        Two names that were two before composition stopped to count stay two, told apart by their exact
        spelling: one of them kept its old key (see `composition.py`).
        """
        row = self._execute(
            f"""SELECT {_COLUMNS} FROM users WHERE username_key IN (:key, :old_key)
                ORDER BY username_key = :old_key DESC LIMIT 1""",  # noqa: S608  # constant columns
            {"key": name_key(username), "old_key": username.casefold()},
        ).fetchone()
        return row and _user(row)

    def every(self) -> Sequence[User]:
        """Return all users by username."""
        rows = self._execute(f"SELECT {_COLUMNS} FROM users ORDER BY username_key")  # noqa: S608
        return [_user(row) for row in rows]

    def count(self) -> int:
        """Return how many users there are."""
        count: int = self._execute("SELECT count(*) FROM users").fetchone()[0]
        return count

    def admins(self) -> int:
        """Return how many administrators there are."""
        count: int = self._execute("SELECT count(*) FROM users WHERE is_admin = 1").fetchone()[0]
        return count

    def update(self, user: User) -> None:
        """Replace the user with that id."""
        self._execute(
            """UPDATE users SET display_name = ?, password_hash = ?, is_admin = ?, timezone = ?,
                                token_generation = ?, day_start = ?
               WHERE id = ?""",
            (
                user.display_name,
                user.password_hash,
                user.is_admin,
                user.timezone,
                user.token_generation,
                user.day_start,
                user.id,
            ),
        )

    def delete(self, user_id: int) -> None:
        """Delete the user; foreign keys take along what they own."""
        self._execute("DELETE FROM users WHERE id = ?", (user_id,))

    def revoke(self, user_id: int, token_id: str, expires_at: int) -> None:
        """Note that the token is revoked."""
        self._execute(
            """INSERT INTO revoked_tokens (token_id, user_id, expires_at) VALUES (?, ?, ?)
               ON CONFLICT DO NOTHING""",
            (token_id, user_id, expires_at),
        )

    def is_revoked(self, token_id: str) -> bool:
        """Return whether the token is revoked."""
        row = self._execute("SELECT 1 FROM revoked_tokens WHERE token_id = ?", (token_id,)).fetchone()
        return row is not None

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete revoked tokens whose time has run out."""
        return self._execute("DELETE FROM revoked_tokens WHERE expires_at <= ?", (now.timestamp(),)).rowcount


def _user(row: tuple[Any, ...]) -> User:
    user_id, username, display_name, password_hash, is_admin, timezone, generation, *rest = row
    created_at, day_start = rest
    return User(
        id=user_id,
        username=username,
        display_name=display_name,
        password_hash=password_hash,
        is_admin=bool(is_admin),
        timezone=timezone,
        token_generation=generation,
        created_at=dt.datetime.fromisoformat(created_at),
        day_start=day_start,
    )
