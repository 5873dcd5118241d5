"""What personal access tokens need from a store."""

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mosaic_core.tokens.model import PersonalToken


class TokenRepository(Protocol):
    """Keeps personal access tokens; of each, its hash alone."""

    def add(self, token: PersonalToken) -> PersonalToken:
        """Keep a new token and return it with its new id."""
        ...

    def get(self, token_id: int) -> PersonalToken | None:
        """Return the token with the id."""
        ...

    def find(self, token_hash: str) -> PersonalToken | None:
        """Return the token with the hash."""
        ...

    def of(self, user_id: int) -> Sequence[PersonalToken]:
        """Return the user's tokens by id."""
        ...

    def use(self, token_id: int, at: dt.datetime) -> None:
        """Note that the token was used; it is no error if it is gone."""
        ...

    def delete(self, token_id: int) -> None:
        """Delete the token."""
        ...
