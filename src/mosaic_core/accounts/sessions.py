"""Sessions: logging in, knowing who calls, and logging out."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import frozen

from mosaic_core.accounts.brake import Attempt, LoginBrake
from mosaic_core.accounts.living import is_living, require_living
from mosaic_core.accounts.model import (
    LONGEST_USERNAME,
    Claims,
    Credentials,
    Login,
    Session,
    StoredSession,
    User,
)
from mosaic_core.accounts.ports import Passwords, Tokens
from mosaic_core.accounts.revocations import Revocation, UnstoredRevocations
from mosaic_core.accounts.service import caller_of, named
from mosaic_core.accounts.uses import LastUses
from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caching import CacheKey
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.errors import (
    InvalidCredentials,
    NotFound,
    ServiceUnavailable,
    StorageFull,
    TokenExpired,
    Unauthorized,
)
from mosaic_core.policy import Policy
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import printable
from mosaic_core.views import SESSION, SESSION_SECONDS, Views

T = TypeVar("T")

MOST_SESSIONS = 100
"""So many logins of one person live at a time; another one ends that which was not used for longest. Programs
that log in for each of their calls leave many behind, and each is a row and a line of a list."""

_ENDED = "The token is no longer valid"

_LONGEST_USER_AGENT = 200
"""Browsers send 100 to 150 characters; what is beyond tells a person nothing."""


@frozen
class CheckedLogin:
    """What a right name and password get, else None, the login to be stored, and the check's audit event."""

    login: Login | None
    session: StoredSession | None
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
    uses: LastUses
    policy: Policy

    def login(self, given: Credentials, origin: str = "", user_agent: str = "") -> Login:
        """Return a token for a name and its password, after the wait that earlier failures impose.

        `origin` is an opaque text for where the attempt comes from, `user_agent` what the program calls
        itself. Raises InvalidCredentials, in the same time, for an unknown name as for a wrong password, and
        for either that is longer than any account can have; TooManyRequests when too many attempts under that
        name from that origin wait.

        It blocks the calling thread. Programs that wait and write elsewhere take the steps one by one:
        `begin_login`, a wait of `seconds_left`, `check_login`, `end_login` whatever happened, `keep_login`,
        and `finish_login`.
        """
        attempt = self.begin_login(given.username, origin)
        try:
            checked = self.check_login(given, attempt, user_agent)
        finally:
            self.end_login(attempt)
        try:
            self.keep_login(checked)
        except (StorageFull, ServiceUnavailable):
            self.audit.log(checked.event)
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
        return self.brake.seconds_left(attempt)

    def check_login(self, given: Credentials, attempt: Attempt, user_agent: str = "") -> CheckedLogin:
        """Check name and password with one hash, after the rest of the attempt's wait; write nothing."""
        self.clock.sleep(self.seconds_left(attempt))
        user = self._find(given.username)
        if not self.passwords.verify(user.password_hash if user else None, given.password) or user is None:
            self.brake.failed(attempt)
            return CheckedLogin(None, None, self._failure(user))
        self.brake.succeeded(attempt)
        claims = self._claims(user, self.tokens.new_id())
        return CheckedLogin(
            Login(
                user=user,
                access_token=self.tokens.issue(claims),
                csrf_token=claims.csrf,
                expires_in=_seconds(self.policy),
            ),
            _stored(claims, self.clock.now(), printable(user_agent)[:_LONGEST_USER_AGENT]),
            self.audit.event("auth.login", "User logged in", user.id, "info", _who(user)),
        )

    def end_login(self, attempt: Attempt) -> None:
        """End the attempt, whatever became of it."""
        self.brake.end(attempt)

    def keep_login(self, checked: CheckedLogin) -> None:
        """Store the login and the audit event of the check.

        Where there is no room for that, the login counts all the same, and is stored once it is used later.
        """
        with self.store.write() as unit:
            unit.audit.add(checked.event)
            if checked.session is not None:
                self._keep(unit, checked.session)

    def finish_login(self, checked: CheckedLogin) -> Login:
        """Return a token for a login that was checked. Raises InvalidCredentials if it was wrong."""
        if checked.login is None:
            raise InvalidCredentials("Wrong username or password")
        return checked.login

    def authenticate(self, token: str) -> Session:
        """Return whose the token is, by what the store says now.

        Raises TokenExpired when its time has run out, Unauthorized when it is not ours, was revoked, is older
        than the user's password, or its user is gone.
        """
        claims = self.tokens.read(token)
        if claims.expires_at <= self.clock.now().timestamp():
            raise TokenExpired("The token's time has run out")
        if self.revocations.holds(claims.token_id):
            raise Unauthorized(_ENDED)
        key = CacheKey(SESSION, claims.scope, (claims.token_id,))
        return self.views.get(key, SESSION_SECONDS, lambda: self._session(claims))

    def of_deleted(self, token: str) -> Session:
        """Return whose the token was, if their account was deleted. Raises Unauthorized if it was not.

        It opens nothing: use cases have no rows of its caller.
        """
        claims = self.tokens.read(token)
        with self.store.read() as unit:
            if unit.users.get(claims.user_id) is not None:
                raise Unauthorized(_ENDED)
        caller = Caller(
            user_id=claims.user_id,
            username=claims.username,
            display_name=claims.display_name,
            is_admin=False,
            timezone=self.policy.timezone,
        )
        return Session(caller, claims.csrf, claims.token_id, claims.expires_at)

    def while_living(self, session: Session, work: Callable[[], T]) -> T:
        """Return what the work returns, which runs in one transaction with a look at whether the login lasts.

        It is for work that opens a door for longer than the login itself. Raises Unauthorized if the login
        has ended since its request began, Forbidden if its person is no administrator any more.
        """
        with self.store.write() as unit:
            require_living(unit, session)
            return work()

    def caller(self, username: str) -> Caller:
        """Return the named user as a caller, for programs that act on a person's behalf."""
        with self.store.read() as unit:
            return caller_of(unit, named(unit, username), self.policy)

    def of(self, caller: Caller) -> Sequence[StoredSession]:
        """Return the caller's living logins, those used last first.

        Logins from before they were stored, or that found the disk full, are in it once they were used again.
        """
        now = self.clock.now().timestamp()
        with self.store.read() as unit:
            stored = unit.sessions.of(caller.user_id)
        return [one for one in stored if one.expires_at > now and not self.revocations.holds(one.token_id)]

    def end(self, caller: Caller, session_id: int) -> None:
        """End one of the caller's logins at once. Raises NotFound if they have none with that id."""
        with self.store.write() as unit:
            stored = next((one for one in unit.sessions.of(caller.user_id) if one.id == session_id), None)
            if stored is None:
                raise NotFound(f"There is no session {session_id}")
            _end(unit, stored)
            self.audit.note(
                unit, "auth.logout", "Session ended", caller.user_id, **_who(caller), session_id=session_id
            )
            self.views.account_changed(unit, caller.user_id)

    def write_uses(self) -> None:
        """Store when logins and tokens were last used: what this process has seen since it last did so."""
        sessions, tokens = self.uses.take()
        if not sessions and not tokens:
            return
        with self.store.write() as unit:
            for session in sessions:
                if not unit.sessions.use(session.token_id, session.last_used_at):
                    self._keep(unit, session)
            for token_id, at in tokens:
                unit.tokens.use(token_id, at)

    def logout(self, session: Session) -> None:
        """Revoke the presented token for good. Where that raises StorageFull, `logout_here` is left."""
        caller = session.caller
        with self.store.write() as unit:
            unit.users.revoke(caller.user_id, session.token_id, session.login_ends)
            _take_off_the_list(unit, caller.user_id, session.token_id)
            self.audit.note(unit, "auth.logout", "User logged out", caller.user_id, **_who(caller))
            self.views.account_changed(unit, caller.user_id)
            self.store_revocations(unit)

    def logout_here(self, session: Session) -> None:
        """Revoke the presented token in this process alone, until `store_revocations` has room for it.

        Raises StorageFull when too many wait for that.
        """
        self.revocations.keep(Revocation(session.caller.user_id, session.token_id, session.login_ends))

    def store_revocations(self, unit: UnitOfWork) -> None:
        """Make the logouts for which there was no room durable."""
        stored = self.revocations.store(unit.users)
        for one in stored:
            _take_off_the_list(unit, one.user_id, one.token_id)
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
            if user is None or not is_living(unit, user, claims.token_id):
                raise Unauthorized(_ENDED)
            caller = caller_of(unit, user, self.policy)
        self.uses.note_session(_stored(claims, self.clock.now(), ""))
        return Session(caller, claims.csrf, claims.token_id, claims.expires_at)

    def _keep(self, unit: UnitOfWork, session: StoredSession) -> None:
        """Keep the login, unless it has ended meanwhile; end those that are too many."""
        user = unit.users.get(session.user_id)
        if user is None or not is_living(unit, user, session.token_id):
            return
        unit.sessions.add(session)
        for surplus in unit.sessions.of(user.id)[MOST_SESSIONS:]:
            _end(unit, surplus)
            self.views.account_changed(unit, user.id)


def _end(unit: UnitOfWork, session: StoredSession) -> None:
    unit.users.revoke(session.user_id, session.token_id, session.expires_at)
    unit.sessions.delete(session.id)


def _take_off_the_list(unit: UnitOfWork, user_id: int, token_id: str) -> None:
    for stored in unit.sessions.of(user_id):
        if stored.token_id == token_id:
            unit.sessions.delete(stored.id)


def _stored(claims: Claims, now: dt.datetime, user_agent: str) -> StoredSession:
    return StoredSession(
        id=0,
        user_id=claims.user_id,
        token_id=claims.token_id,
        created_at=dt.datetime.fromtimestamp(claims.issued_at, dt.UTC),
        last_used_at=now,
        expires_at=claims.expires_at,
        user_agent=user_agent,
    )


def _who(one: User | Caller) -> dict[str, Any]:
    """Return what the audit tells of a person."""
    return {"username": one.username, "is_admin": one.is_admin}


def _seconds(policy: Policy) -> int:
    return int(policy.token_lifetime.total_seconds())
