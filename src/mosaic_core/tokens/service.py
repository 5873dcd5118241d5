"""The use cases of personal access tokens."""

import hashlib
import re
from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_core.accounts.living import own_account
from mosaic_core.accounts.model import Session, User
from mosaic_core.accounts.ports import Tokens
from mosaic_core.accounts.service import caller_of, named
from mosaic_core.accounts.uses import LastUses
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import CacheKey, CacheScope
from mosaic_core.caller import Caller, require_admin
from mosaic_core.clock import Clock
from mosaic_core.errors import InvalidState, NotFound, TokenExpired, Unauthorized
from mosaic_core.policy import Policy
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.tokens.model import ADMIN, MOST_TOKENS, PREFIX, CreatedToken, NewToken, PersonalToken
from mosaic_core.validators import LARGEST_ID
from mosaic_core.views import SESSION, SESSION_SECONDS, Views

_FORM = re.compile(r"mos_([0-9]{1,18})_[A-Za-z0-9_-]{1,100}")


@frozen
class TokenService:
    """The use cases of personal access tokens."""

    store: Store
    clock: Clock
    views: Views
    tokens: Tokens
    audit: AuditTrail
    uses: LastUses
    policy: Policy

    def of(self, caller: Caller) -> Sequence[PersonalToken]:
        """Return the caller's tokens, oldest first, those whose time has run out included."""
        with self.store.read() as unit:
            return unit.tokens.of(caller.user_id)

    def create(self, caller: Caller, new: NewToken) -> CreatedToken:
        """Make a token; its text is told this once, as only its hash is kept.

        Raises Forbidden for the scope `admin` if the caller is no administrator, InvalidInput for an end in
        the past, InvalidState beyond 100 tokens.
        """
        if ADMIN in new.scopes:
            require_admin(caller)
        now = self.clock.now()
        new.require_future(now)
        text = f"{PREFIX}{caller.user_id}_{self.tokens.new_secret()}"
        with self.store.write() as unit:
            _require_room(unit, caller)
            stored = unit.tokens.add(
                PersonalToken(
                    id=0,
                    user_id=caller.user_id,
                    name=new.name,
                    scopes=new.scopes,
                    hash=_digest(text),
                    created_at=now,
                    last_used_at=None,
                    expires_at=new.expires_at,
                )
            )
            self._note(unit, "token.create", "Token created", stored)
        return CreatedToken(stored, text)

    def delete(self, caller: Caller, token_id: int) -> None:
        """End one of the caller's tokens at once. Raises NotFound if they have none with that id."""
        with self.store.write() as unit:
            token = unit.tokens.get(token_id) if abs(token_id) <= LARGEST_ID else None
            if token is None or token.user_id != caller.user_id:
                raise NotFound(f"There is no token {token_id}")
            unit.tokens.delete(token_id)
            self._note(unit, "token.delete", "Token deleted", token)
            self.views.account_changed(unit, caller.user_id)

    def every(self, username: str | None = None) -> Sequence[tuple[User, PersonalToken]]:
        """Return the named user's tokens, or everybody's, each with whose it is."""
        with self.store.read() as unit:
            users = unit.users.every() if username is None else [named(unit, username)]
            return [(user, token) for user in users for token in unit.tokens.of(user.id)]

    def authenticate(self, text: str) -> Session:
        """Return whose the token is, by what the store says now, and what it opens.

        Without the scope `admin` it makes nobody an administrator. Raises TokenExpired when its time has run
        out, Unauthorized when it is none of ours or was deleted.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            raise Unauthorized("The token is not valid")
        digest = _digest(text)
        key = CacheKey(SESSION, CacheScope(int(form[1]), is_admin=False), (digest,))
        session = self.views.get(key, SESSION_SECONDS, lambda: self._session(digest))
        if session.expires_at is not None and session.expires_at <= self.clock.now().timestamp():
            raise TokenExpired("The token's time has run out")
        return session

    def _session(self, digest: str) -> Session:
        with self.store.read() as unit:
            token = unit.tokens.find(digest)
            user = None if token is None else unit.users.get(token.user_id)
            if token is None or user is None:
                raise Unauthorized("The token is not valid")
            caller = caller_of(unit, user, self.policy)
        self.uses.note_token(token.id, self.clock.now())
        return Session(
            caller=evolve(caller, is_admin=caller.is_admin and ADMIN in token.scopes),
            csrf="",
            token_id=f"token {token.id}",
            expires_at=None if token.expires_at is None else token.expires_at.timestamp(),
            scopes=frozenset(token.scopes),
        )

    def _note(self, unit: UnitOfWork, event_type: str, message: str, token: PersonalToken) -> None:
        scopes = list(token.scopes)
        self.audit.note(
            unit, event_type, message, token.user_id, token_id=token.id, name=token.name, scopes=scopes
        )


def is_personal(text: str) -> bool:
    """Return whether the text says that it is a personal access token."""
    return text.startswith(PREFIX)


def _require_room(unit: UnitOfWork, caller: Caller) -> None:
    if len(unit.tokens.of(own_account(unit, caller).id)) >= MOST_TOKENS:
        raise InvalidState(
            f"There are {MOST_TOKENS} tokens already; delete one of them first", {"max_tokens": MOST_TOKENS}
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
