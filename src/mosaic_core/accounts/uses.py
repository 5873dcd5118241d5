"""When logins and tokens were last used, until the store is told."""

import datetime as dt
from collections.abc import Sequence

from attrs import define, field

from mosaic_core.accounts.model import StoredSession

_MOST = 10_000
"""At most so many uses are remembered: some megabytes. What is lost beyond that is when something was last
used, and no more."""


@define(eq=False)
class LastUses:
    """Remembers in this process what was used, so that no request waits for a write.

    Threads may share it: each step is a single operation on a dictionary.
    """

    _sessions: dict[str, StoredSession] = field(init=False, factory=dict)
    _tokens: dict[int, dt.datetime] = field(init=False, factory=dict)

    def note_session(self, session: StoredSession) -> None:
        """Remember when a login was last used, and all that a row of it wants."""
        if len(self._sessions) < _MOST:
            self._sessions[session.token_id] = session

    def note_token(self, token_id: int, at: dt.datetime) -> None:
        """Remember when a personal access token was last used."""
        if len(self._tokens) < _MOST:
            self._tokens[token_id] = at

    @property
    def are_there(self) -> bool:
        """Whether there is anything to tell the store."""
        return bool(self._sessions or self._tokens)

    def take(self) -> tuple[Sequence[StoredSession], Sequence[tuple[int, dt.datetime]]]:
        """Hand over what is remembered, and remember it no longer."""
        sessions, self._sessions = self._sessions, {}
        tokens, self._tokens = self._tokens, {}
        return list(sessions.values()), list(tokens.items())
