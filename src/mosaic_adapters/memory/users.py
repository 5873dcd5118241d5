"""Users in memory."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft
from mosaic_core.accounts.model import RevokedToken, User
from mosaic_core.accounts.ports import UserRepository
from mosaic_core.errors import Conflict, Taken
from mosaic_core.texts import name_key


@frozen
class MemoryUsers(UserRepository):
    """Keeps users in a draft."""

    draft: Draft

    def add(self, user: User) -> User:
        """Keep a new user under a new id."""
        state = self.draft.state
        key = name_key(user.username)
        if key in state.usernames:
            raise Conflict(Taken.USERNAME)
        kept = evolve(user, id=state.last_user + 1)
        self.draft.change(
            users=state.users.put(kept.id, kept),
            usernames={**state.usernames, key: kept.id},
            last_user=kept.id,
        )
        return kept

    def get(self, user_id: int) -> User | None:
        """Return the user with the id."""
        return self.draft.state.users.get(user_id)

    def find(self, username: str) -> User | None:
        """Return the user with the name.

        Two names that an earlier version told apart stay two, told apart by their exact spelling.
        """
        state = self.draft.state
        user_id = state.usernames.get(username.casefold(), state.usernames.get(name_key(username)))
        return None if user_id is None else state.users.get(user_id)

    def every(self) -> Sequence[User]:
        """Return all users by username."""
        return sorted(self.draft.state.users.values(), key=lambda user: name_key(user.username))

    def count(self) -> int:
        """Return how many users there are."""
        return len(self.draft.state.users)

    def admins(self) -> int:
        """Return how many administrators there are."""
        return sum(user.is_admin for user in self.draft.state.users.values())

    def update(self, user: User) -> None:
        """Replace the user but for the username."""
        state = self.draft.state
        known = state.users.get(user.id)
        if known is not None:
            self.draft.change(users=state.users.put(user.id, evolve(user, username=known.username)))

    def delete(self, user_id: int) -> None:
        """Delete the user and all they own."""
        state = self.draft.state
        user = state.users.get(user_id)
        if user is None:
            return
        owner = state.owner(user_id)
        activities, entries = state.activities, state.entries
        for activity in owner.activities.values():
            activities = activities.drop(activity.id)
        for day in owner.days.values():
            for entry in day.entries.values():
                entries = entries.drop(entry.id)
        webhooks = {one.id for one in state.webhooks.values() if one.user_id == user_id}
        self.draft.change(
            users=state.users.drop(user_id),
            usernames={key: each for key, each in state.usernames.items() if each != user_id},
            revoked={key: token for key, token in state.revoked.items() if token.user_id != user_id},
            sessions={key: one for key, one in state.sessions.items() if one.user_id != user_id},
            tokens={key: one for key, one in state.tokens.items() if one.user_id != user_id},
            webhooks={key: one for key, one in state.webhooks.items() if one.user_id != user_id},
            deliveries={key: one for key, one in state.deliveries.items() if one.webhook_id not in webhooks},
            pauses={key: one for key, one in state.pauses.items() if one.user_id != user_id},
            rules={key: one for key, one in state.rules.items() if one.user_id != user_id},
            owners=state.owners.drop(user_id),
            activities=activities,
            entries=entries,
        )

    def revoke(self, user_id: int, token_id: str, expires_at: int) -> None:
        """Note that the token is revoked."""
        self.draft.state.require_user(user_id)
        token = RevokedToken(token_id, user_id, expires_at)
        self.draft.change(revoked={**self.draft.state.revoked, token_id: token})

    def is_revoked(self, token_id: str) -> bool:
        """Return whether the token is revoked."""
        return token_id in self.draft.state.revoked

    def delete_expired(self, now: dt.datetime) -> int:
        """Delete revoked tokens whose time has run out."""
        before = self.draft.state.revoked
        after = {key: token for key, token in before.items() if token.expires_at > now.timestamp()}
        self.draft.change(revoked=after)
        return len(before) - len(after)
