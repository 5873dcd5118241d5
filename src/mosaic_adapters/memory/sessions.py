"""Logins in memory."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.accounts.model import StoredSession
from mosaic_core.accounts.ports import SessionRepository


@frozen
class MemorySessions(SessionRepository):
    """Keeps logins in a draft, by the ids of their tokens."""

    draft: Draft

    def add(self, session: StoredSession) -> None:
        """Keep a new login under a new id."""
        state = self.draft.state
        state.require_user(session.user_id)
        if session.token_id not in state.sessions:
            kept = evolve(session, id=state.last_session + 1)
            self.draft.change(sessions={**state.sessions, kept.token_id: kept}, last_session=kept.id)

    def of(self, user_id: int) -> Sequence[StoredSession]:
        """Return the user's logins, those used last first."""
        own = [one for one in self.draft.state.sessions.values() if one.user_id == user_id]
        return sorted(own, key=lambda one: (one.last_used_at, one.id), reverse=True)

    def use(self, token_id: str, at: dt.datetime) -> bool:
        """Note that the login was used."""
        sessions = self.draft.state.sessions
        if token_id not in sessions:
            return False
        self.draft.change(sessions={**sessions, token_id: evolve(sessions[token_id], last_used_at=at)})
        return True

    def delete(self, session_id: int) -> None:
        """Delete the login."""
        sessions = self.draft.state.sessions
        self.draft.change(sessions={key: one for key, one in sessions.items() if one.id != session_id})

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete the logins whose time has run out."""
        before = self.draft.state.sessions
        after = {key: one for key, one in before.items() if one.expires_at > now.timestamp()}
        self.draft.change(sessions=after)
        return len(before) - len(after)
