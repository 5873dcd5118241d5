"""Personal access tokens in memory."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.tokens.ports import TokenRepository


@frozen
class MemoryTokens(TokenRepository):
    """Keeps tokens in a draft, by their hashes."""

    draft: Draft

    def add(self, token: PersonalToken) -> PersonalToken:
        """Keep a new token under a new id."""
        state = self.draft.state
        state.require_user(token.user_id)
        kept = evolve(token, id=state.last_token + 1)
        self.draft.change(tokens={**state.tokens, kept.hash: kept}, last_token=kept.id)
        return kept

    def get(self, token_id: int) -> PersonalToken | None:
        """Return the token with the id."""
        return next((one for one in self.draft.state.tokens.values() if one.id == token_id), None)

    def find(self, token_hash: str) -> PersonalToken | None:
        """Return the token with the hash."""
        return self.draft.state.tokens.get(token_hash)

    def of(self, user_id: int) -> Sequence[PersonalToken]:
        """Return the user's tokens by id."""
        own = [one for one in self.draft.state.tokens.values() if one.user_id == user_id]
        return sorted(own, key=lambda one: one.id)

    def use(self, token_id: int, at: dt.datetime) -> None:
        """Note that the token was used."""
        token = self.get(token_id)
        if token is not None:
            tokens = self.draft.state.tokens
            self.draft.change(tokens={**tokens, token.hash: evolve(token, last_used_at=at)})

    def delete(self, token_id: int) -> None:
        """Delete the token."""
        tokens = self.draft.state.tokens
        self.draft.change(tokens={key: one for key, one in tokens.items() if one.id != token_id})
