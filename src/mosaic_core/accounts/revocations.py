"""Tokens that were revoked when the store had no room to note it."""

from attrs import frozen

from mosaic_core.accounts.ports import UserRepository
from mosaic_core.clock import Clock
from mosaic_core.errors import StorageFull

_MOST = 10_000


@frozen
class Revocation:
    """A revoked token; `expires_at` is in seconds since 1970."""

    user_id: int
    token_id: str
    expires_at: int


class UnstoredRevocations:
    """Remembers revoked tokens in this process until the store has taken them or their time has run out.

    Only this process knows of them: other workers on the same database take such a token until it is stored,
    and a restart forgets it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, Revocation] = {}

    def keep(self, revocation: Revocation) -> None:
        """Remember one. Raises StorageFull when there are too many."""
        if len(self._kept) >= _MOST:
            self._delete_expired()
        if len(self._kept) >= _MOST:
            raise StorageFull("There is no room left to remember that the token is revoked")
        self._kept[revocation.token_id] = revocation

    def holds(self, token_id: str) -> bool:
        """Return whether the token was revoked."""
        return token_id in self._kept

    def store(self, users: UserRepository) -> list[Revocation]:
        """Hand over what is remembered, and return it: to be forgotten once it is durable."""
        self._delete_expired()
        kept = list(self._kept.values())
        for one in kept:
            if users.get(one.user_id) is not None:
                users.revoke(one.user_id, one.token_id, one.expires_at)
        return kept

    def forget(self, stored: list[Revocation]) -> None:
        """Remember no longer what the store now has."""
        for one in stored:
            self._kept.pop(one.token_id, None)

    def _delete_expired(self) -> None:
        now = self._clock.now().timestamp()
        self.forget([one for one in list(self._kept.values()) if one.expires_at <= now])
