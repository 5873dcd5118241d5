"""Personal access tokens in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import TOKENS
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.tokens.ports import TokenRepository


class PostgresqlTokens(TokenRepository):
    """The `tokens` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, token: PersonalToken) -> PersonalToken:
        """Keep a new token under a new id."""
        self._in.own(token.user_id)
        rows = self._in.changed(
            """INSERT INTO tokens (user_id, name, scopes, hash, created_at, last_used_at, expires_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id""",
            TOKENS.columns(token)[1:],
        )
        return evolve(token, id=rows[0][0])

    def get(self, token_id: int) -> PersonalToken | None:
        """Return the token with the id."""
        return self._one("id = %s", token_id)

    def find(self, token_hash: str) -> PersonalToken | None:
        """Return the token with the hash."""
        return self._one("hash = %s", token_hash)

    def of(self, user_id: int) -> Sequence[PersonalToken]:
        """Return the user's tokens by id."""
        self._in.own(user_id)
        return self._some("user_id = %s ORDER BY id", user_id)

    def use(self, token_id: int, at: dt.datetime) -> None:
        """Note that the token was used."""
        self._in.change("UPDATE tokens SET last_used_at = %s WHERE id = %s", (at, token_id))

    def delete(self, token_id: int) -> None:
        """Delete the token."""
        self._in.change("DELETE FROM tokens WHERE id = %s", (token_id,))

    def _one(self, condition: str, value: int | str) -> PersonalToken | None:
        found = next(iter(self._some(condition, value)), None)
        if found is not None and self._in.own(found.user_id):
            found = next(iter(self._some(condition, value)), None)
        return found

    def _some(self, condition: str, value: int | str) -> Sequence[PersonalToken]:
        rows = self._in.rows(f"SELECT {TOKENS.names} FROM tokens WHERE {condition}", (value,))  # noqa: S608
        return list(TOKENS.values(rows))
