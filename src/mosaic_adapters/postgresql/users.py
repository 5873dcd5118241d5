"""Users in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import USERS
from mosaic_adapters.postgresql.transaction import INSTALLATION, Transaction, Values
from mosaic_core.accounts.model import User
from mosaic_core.accounts.ports import UserRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.texts import name_key


class PostgresqlUsers(UserRepository):
    """The `users` and `revoked_tokens` tables. That there are people, and who, is owned by nobody."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, user: User) -> User:
        """Keep a new user under a new id."""
        self._in.own(INSTALLATION)
        rows = self._in.changed(
            """INSERT INTO users (username, username_key, display_name, password_hash, is_admin, timezone,
                                  token_generation, created_at, day_start)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
               ON CONFLICT (username_key) DO NOTHING RETURNING id""",
            (
                user.username,
                name_key(user.username),
                user.display_name,
                user.password_hash,
                user.is_admin,
                user.timezone,
                user.token_generation,
                user.created_at,
                user.day_start,
            ),
        )
        if not rows:
            raise Conflict(Taken.USERNAME)
        return evolve(user, id=rows[0][0])

    def get(self, user_id: int) -> User | None:
        """Return the user with the id."""
        self._in.own(user_id)
        return self._one("id = %s AND id <> 0", (user_id,))

    def find(self, username: str) -> User | None:
        """Return the user whose name has the same name key.

        Two names that were two before composition stopped to count stay two, told apart by their exact
        spelling: one of them kept its old key.
        """
        found = self._found(username)
        while self._in.own(found.id if found else INSTALLATION):
            found = self._found(username)
        return found

    def every(self) -> Sequence[User]:
        """Return all users by username."""
        self._in.own(INSTALLATION)
        rows = self._in.rows(
            f"SELECT {USERS.names} FROM users WHERE id <> 0 ORDER BY username_key"  # noqa: S608  # constants
        )
        return list(USERS.values(rows))

    def count(self) -> int:
        """Return how many users there are."""
        self._in.own(INSTALLATION)
        return self._in.number("SELECT count(*) FROM users WHERE id <> 0")

    def admins(self) -> int:
        """Return how many administrators there are."""
        self._in.own(INSTALLATION)
        return self._in.number("SELECT count(*) FROM users WHERE is_admin")

    def update(self, user: User) -> None:
        """Replace the user with that id."""
        self._in.own(user.id)
        self._in.change(
            """UPDATE users SET display_name = %s, password_hash = %s, is_admin = %s, timezone = %s,
                                token_generation = %s, day_start = %s
               WHERE id = %s AND id <> 0""",
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
        self._in.own(INSTALLATION, user_id)
        with self._in.unhurried():
            self._in.change("DELETE FROM users WHERE id = %s AND id <> 0", (user_id,))

    def revoke(self, user_id: int, token_id: str, expires_at: int) -> None:
        """Note that the token is revoked."""
        self._in.change(
            """INSERT INTO revoked_tokens (user_id, token_id, expires_at) VALUES (%s, %s, %s)
               ON CONFLICT DO NOTHING""",
            (user_id, token_id, expires_at),
        )

    def is_revoked(self, token_id: str) -> bool:
        """Return whether the token is revoked."""
        return self._in.row("SELECT 1 FROM revoked_tokens WHERE token_id = %s", (token_id,)) is not None

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete revoked tokens whose time has run out."""
        return self._in.change("DELETE FROM revoked_tokens WHERE expires_at <= %s", (int(now.timestamp()),))

    def _found(self, username: str) -> User | None:
        return self._one(
            """username_key IN (%(key)s, %(old_key)s) AND id <> 0
               ORDER BY username_key = %(old_key)s DESC LIMIT 1""",
            {"key": name_key(username), "old_key": username.casefold()},
        )

    def _one(self, condition: str, values: Values) -> User | None:
        rows = self._in.rows(f"SELECT {USERS.names} FROM users WHERE {condition}", values)  # noqa: S608
        return next(iter(USERS.values(rows)), None)
