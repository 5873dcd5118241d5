"""What the accounts need from outside."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mosaic_core.accounts.model import Claims, StoredSession, User


class UserRepository(Protocol):
    """Keeps users, and which of their tokens were revoked."""

    def add(self, user: User) -> User:
        """Keep a new user and return it with its new id, which no user ever had.

        Raises Conflict if the username's name key (`texts.name_key`) is taken.
        """
        ...

    def get(self, user_id: int) -> User | None:
        """Return the user with the id."""
        ...

    def find(self, username: str) -> User | None:
        """Return the user whose name has the same name key, or None."""
        ...

    def every(self) -> Sequence[User]:
        """Return all users by username regardless of case."""
        ...

    def count(self) -> int:
        """Return how many users there are."""
        ...

    def admins(self) -> int:
        """Return how many administrators there are."""
        ...

    def update(self, user: User) -> None:
        """Replace the user with that id; the username stays."""
        ...

    def delete(self, user_id: int) -> None:
        """Delete the user and every row they own; audit events stay."""
        ...

    def revoke(self, user_id: int, token_id: str, expires_at: int) -> None:
        """Mark the token as revoked until it expires; doing so again is no error."""
        ...

    def is_revoked(self, token_id: str) -> bool:
        """Return whether the token was revoked."""
        ...

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete the records of revoked tokens that have expired by now; return how many there were."""
        ...


class SessionRepository(Protocol):
    """Keeps logins whose tokens may still count."""

    def add(self, session: StoredSession) -> None:
        """Keep a new login under a new id; one whose `token_id` is there already stays as it is."""
        ...

    def of(self, user_id: int) -> Sequence[StoredSession]:
        """Return the user's logins, those used last first, of two at the same instant the later id."""
        ...

    def use(self, token_id: str, at: dt.datetime) -> bool:
        """Note that the login was used; return whether it is there."""
        ...

    def delete(self, session_id: int) -> None:
        """Delete the login."""
        ...

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete the logins whose tokens have expired by now; return how many there were."""
        ...


class Passwords(Protocol):
    """Hashes passwords slowly."""

    def hash(self, password: str) -> str:
        """Return a salted hash, different each time."""
        ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password is the hashed one; without a hash, False after the same time."""
        ...


class Tokens(Protocol):
    """Signs what a token claims."""

    def issue(self, claims: Claims) -> str:
        """Return a token that nobody else can make."""
        ...

    def new_id(self) -> str:
        """Return a text that nobody can guess and that never comes twice."""
        ...

    def new_secret(self) -> str:
        """Return at least 160 random bits as letters, digits, `-` and `_`: nobody can guess it."""
        ...

    def read(self, token: str) -> Claims:
        """Return the claims of a token that this issued, expired or not; raise Unauthorized for any other."""
        ...
