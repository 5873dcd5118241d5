"""Sessions: logging in, knowing who calls, and logging out."""

from typing import Any

from attrs import frozen

from mosaic_core.accounts.brake import Attempt, LoginBrake
from mosaic_core.accounts.model import (
    LONGEST_USERNAME,
    Claims,
    Credentials,
    Login,
    Session,
    User,
)
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.accounts.revocations import Revocation, UnstoredRevocations
from mosaic_core.accounts.service import named
from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import CacheKey, CacheScope
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import InvalidCredentials, TokenExpired, Unauthorized
from mosaic_core.policy import Policy
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.views import SESSION, SESSION_SECONDS, Views


@frozen
class CheckedLogin:
    """The user whose name and password were right, else None, and the audit event of the check."""

    user: User | None
    event: AuditEvent


@frozen
class SessionService:
    """The use cases of sessions."""

    store: Store
    clock: Clock
    views: Views
    passwords: Passwords
    tokens: Tokens
    audit: AuditTrail
    brake: LoginBrake
    revocations: UnstoredRevocations
    policy: Policy

    def login(self, given: Credentials, origin: str = "") -> Login:
        """Return a token for a name and its password, after the wait that earlier failures impose.

        `origin` is an opaque text for where the attempt comes from. Raises InvalidCredentials,
        in the same time, for an unknown name as for a wrong password, and for either that is longer than any
        account can have; TooManyRequests when too many attempts under that name from that origin wait.

        It blocks the calling thread. Programs that wait and write elsewhere take the steps one by one:
        `begin_login`, a wait of `seconds_left`, `check_login`, `end_login` whatever happened, writing the
        `event` of the check to the audit, and `finish_login`.
        """
        attempt = self.begin_login(given.username, origin)
        try:
            checked = self.check_login(given, attempt)
        finally:
            self.end_login(attempt)
        self.audit.keep(checked.event)
        return self.finish_login(checked)

    def begin_login(self, username: str, origin: str) -> Attempt:
        """Begin an attempt to log in, which counts until `end_login`; it says when it may be checked.

        After ten failures under that name from that origin the next attempt waits half a second, each further
        one twice as long, up to 8 s; where attempts failed only elsewhere, up to 2 s. Raises TooManyRequests
        when too many under that name from that origin wait.
        """
        return self.brake.begin(username, origin)

    def seconds_left(self, attempt: Attempt) -> float:
        """Return how many seconds the attempt still has to wait, so that a caller can wait in its own way."""
        return max(0.0, attempt.not_before - self.clock.monotonic())

    def check_login(self, given: Credentials, attempt: Attempt) -> CheckedLogin:
        """Check name and password with one hash, after the rest of the attempt's wait; write nothing."""
        self.clock.sleep(self.seconds_left(attempt))
        user = self._find(given.username)
        if not self.passwords.verify(user.password_hash if user else None, given.password) or user is None:
            self.brake.failed(attempt)
            return CheckedLogin(None, self._failure(user))
        self.brake.succeeded(attempt)
        return CheckedLogin(
            user, self.audit.event("auth.login", "User logged in", user.id, "info", _who(user))
        )

    def end_login(self, attempt: Attempt) -> None:
        """End the attempt, whatever became of it."""
        self.brake.end(attempt)

    def finish_login(self, checked: CheckedLogin) -> Login:
        """Return a token for a login that was checked. Raises InvalidCredentials if it was wrong."""
        user = checked.user
        if user is None:
            raise InvalidCredentials("Wrong username or password")
        csrf = self.tokens.new_id()
        token = self.tokens.issue(self._claims(user, csrf))
        return Login(user=user, access_token=token, csrf_token=csrf, expires_in=_seconds(self.policy))

    def authenticate(self, token: str) -> Session:
        """Return whose the token is, by what the store says now.

        Raises TokenExpired when its time has run out, Unauthorized when it is not ours, was revoked, is older
        than the user's password, or its user is gone.
        """
        claims = self.tokens.read(token)
        if claims.expires_at <= self.clock.now().timestamp():
            raise TokenExpired("The token's time has run out")
        if self.revocations.holds(claims.token_id):
            raise Unauthorized("The token is no longer valid")
        key = CacheKey(SESSION, CacheScope(claims.user_id, claims.is_admin), (claims.token_id,))
        return self.views.get(key, SESSION_SECONDS, lambda: self._session(claims))

    def caller(self, username: str) -> Caller:
        """Return the named user as a caller, for programs that act on a person's behalf."""
        with self.store.read() as unit:
            return self._caller(named(unit, username))

    def logout(self, session: Session) -> None:
        """Revoke the presented token for good. Where that raises StorageFull, `logout_here` is left."""
        caller = session.caller
        with self.store.write() as unit:
            unit.users.revoke(caller.user_id, session.token_id, session.expires_at)
            self.audit.note(unit, "auth.logout", "User logged out", caller.user_id, **_who(caller))
            self.views.account_changed(unit, caller.user_id)
            self.store_revocations(unit)

    def logout_here(self, session: Session) -> None:
        """Revoke the presented token in this process alone, until `store_revocations` has room for it.

        Raises StorageFull when too many wait for that.
        """
        self.revocations.keep(Revocation(session.caller.user_id, session.token_id, session.expires_at))

    def store_revocations(self, unit: UnitOfWork) -> None:
        """Make the logouts for which there was no room durable."""
        stored = self.revocations.store(unit.users)
        for user_id in {one.user_id for one in stored}:
            self.views.account_changed(unit, user_id)
        unit.pending.after_commit(lambda: self.revocations.forget(stored))

    def _find(self, username: str) -> User | None:
        if len(username) > LONGEST_USERNAME:
            return None
        with self.store.read() as unit:
            return unit.users.find(username)

    def _failure(self, user: User | None) -> AuditEvent:
        """Return the audit event of a failure, without an unknown name: people type passwords there."""
        user_id = None if user is None else user.id
        who = {"username": None, "is_admin": False} if user is None else _who(user)
        return self.audit.event("auth.login_failed", "Login failed", user_id, "warning", who)

    def _claims(self, user: User, csrf: str) -> Claims:
        now = int(self.clock.now().timestamp())
        return Claims(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            is_admin=user.is_admin,
            csrf=csrf,
            issued_at=now,
            expires_at=now + _seconds(self.policy),
            token_id=f"{user.token_generation}-{self.tokens.new_id()}",
        )

    def _session(self, claims: Claims) -> Session:
        with self.store.read() as unit:
            user = unit.users.get(claims.user_id)
            if user is None or unit.users.is_revoked(claims.token_id):
                raise Unauthorized("The token is no longer valid")
        if claims.token_id.partition("-")[0] != str(user.token_generation):
            raise Unauthorized("The token is no longer valid")
        return Session(self._caller(user), claims.csrf, claims.token_id, claims.expires_at)

    def _caller(self, user: User) -> Caller:
        return Caller(
            user_id=user.id,
            username=user.username,
            display_name=user.display_name,
            is_admin=user.is_admin,
            timezone=user.timezone or self.policy.timezone,
        )


def _who(one: User | Caller) -> dict[str, Any]:
    """Return what the audit tells of a person."""
    return {"username": one.username, "is_admin": one.is_admin}


def _seconds(policy: Policy) -> int:
    return int(policy.token_lifetime.total_seconds())
