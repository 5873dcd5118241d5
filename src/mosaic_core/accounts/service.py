"""Accounts: registering, one's own profile, and managing users."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from mosaic_core.accounts.brake import Attempt, LoginBrake
from mosaic_core.accounts.living import own_account, require_living
from mosaic_core.accounts.model import (
    Greeting,
    NewAccount,
    NewPerson,
    ProfileChange,
    Session,
    StoredSession,
    User,
)
from mosaic_core.accounts.ports import Passwords
from mosaic_core.audit.model import AuditEvent
from mosaic_core.audit.service import AuditTrail
from mosaic_core.caller import Caller, require_admin
from mosaic_core.clock import Clock
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidInput,
    InvalidOperation,
    NotFound,
    ServiceUnavailable,
)
from mosaic_core.policy import Policy
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.validators import given, has_half_character
from mosaic_core.views import Views


@frozen
class AccountService:
    """The use cases of accounts."""

    store: Store
    clock: Clock
    views: Views
    passwords: Passwords
    audit: AuditTrail
    brake: LoginBrake
    policy: Policy

    def register(self, new: NewAccount, password_hash: str | None = None) -> User:
        """Make an account for anybody who asks, where registration is open.

        The very first account is an administrator. `password_hash` is what `hash_for` returned, in programs
        that hash and write in different threads. Raises Forbidden where registration is closed, Conflict if
        the name is taken in any case.
        """
        if password_hash is None:
            password_hash = self.hash_for(new)
        try:
            return self._add_account(new, password_hash, is_admin=False)
        except Conflict as error:
            self.audit.note_apart(
                "auth.register_failed", error.message, None, "warning", username=new.username, is_admin=False
            )
            raise

    def hash_for(self, new: NewAccount) -> str:
        """Return the hash of a new account's password; write nothing.

        Raises Forbidden where registration is closed.
        """
        if not self.policy.registration_open:
            raise Forbidden("Registration is closed")
        return self.passwords.hash(new.password)

    def greeting(self) -> Greeting:
        """Return what a visitor may know before there is an account."""
        with self.store.read() as unit:
            return Greeting(unit.users.count() == 0, self.policy.registration_open)

    def add(self, new: NewAccount, *, admin: bool) -> User:
        """Make an account; the very first one is an administrator whatever is asked."""
        return self._add_account(new, self.passwords.hash(new.password), is_admin=admin)

    def ensure(self, person: NewPerson) -> User:
        """Return the user of that name, made if there is none; what else is given becomes theirs.

        Nobody can log in to an account that is made here until it gets a password.
        """
        with self.store.write() as unit:
            wanted = {name: part for name, part in given(person).items() if name != "username"}
            user = unit.users.find(person.username)
            if user is None:
                return self._add(unit, evolve(self._new(person.username, ""), **wanted))
            after = evolve(user, **wanted)
            fields = [name for name, part in wanted.items() if part != getattr(user, name)]
            if fields:
                self._save(unit, after, user.id, fields)
            return after

    def profile(self, caller: Caller) -> User:
        """Return the caller's own account."""
        with self.store.read() as unit:
            return own_account(unit, caller)

    def update(
        self,
        caller: Caller,
        change: ProfileChange,
        *,
        password_proof: bool = False,
        session: Session | None = None,
    ) -> User:
        """Change the caller's own account; a new password ends all logins and tokens but the given session.

        With `password_proof` a new password wants the current one beside it. Raises InvalidCredentials if a
        given current password is wrong; guessing it is as slow as at a login, and blocks the calling thread.
        """
        try:
            password_hash = self.prove_update(caller, change, password_proof=password_proof)
        except InvalidCredentials:
            self.audit.keep(self.proof_failure(caller))
            raise
        return self.write_update(caller, change, password_hash, session)

    def prove_update(
        self, caller: Caller, change: ProfileChange, attempt: Attempt | None = None, *, password_proof: bool
    ) -> str | None:
        """Do the part of `update` that hashes; return the hash of a new password, or None. Write nothing.

        Programs that wait elsewhere begin the `attempt` (see `SessionService.begin_login`), and write the
        audit event of a failure.
        """
        current = change.current_password
        if current is None and password_proof and change.password is not None:
            raise InvalidInput(
                "Missing required field(s): current_password", {"fields": ["current_password"]}
            )
        if current is not None and not self.has_password(caller, current, attempt):
            raise InvalidCredentials("The current password is wrong")
        return None if change.password is None else self.passwords.hash(change.password)

    def has_password(self, caller: Caller, password: str, attempt: Attempt | None = None) -> bool:
        """Return whether that is the caller's password now; it counts as an attempt to log in."""
        with self.store.read() as unit:
            user = own_account(unit, caller)
        attempt = attempt or self.brake.begin(user.username)
        try:
            self.clock.sleep(self.brake.seconds_left(attempt))
            is_right = self.passwords.verify(user.password_hash, password)
            (self.brake.succeeded if is_right else self.brake.failed)(attempt)
        finally:
            self.brake.end(attempt)
        return is_right

    def proof_failure(self, caller: Caller) -> AuditEvent:
        """Return the audit event of a wrong current password."""
        who = {"username": caller.username, "is_admin": caller.is_admin}
        return self.audit.event(
            "auth.login_failed", "The current password was wrong", caller.user_id, "warning", who
        )

    def write_update(
        self, caller: Caller, change: ProfileChange, password_hash: str | None, session: Session | None = None
    ) -> User:
        """Do the rest of `update`, with the hash that `prove_update` returned.

        Raises Unauthorized if the session has ended meanwhile.
        """
        if change.password is not None and password_hash is None:
            raise ServiceUnavailable("The new password was not hashed; ask again", {"retry_after": 1})
        with self.store.write() as unit:
            user = own_account(unit, caller)
            if session is not None:
                require_living(unit, session)
            if change.display_name is not None:
                user = evolve(user, display_name=change.display_name or user.username)
            said = given(change)
            user = evolve(user, **{name: said[name] for name in ("timezone", "day_start") if name in said})
            if password_hash is not None:
                user = _with_password(
                    unit, user, password_hash, None if session is None else self._stored(session)
                )
            self._save(unit, user, caller.user_id, [name for name in said if name != "current_password"])
        return user

    def delete_own(self, caller: Caller) -> None:
        """Delete the caller's account with all that they own."""
        with self.store.write() as unit:
            self._delete(unit, own_account(unit, caller), caller.user_id)

    def users(self, caller: Caller) -> Sequence[User]:
        """Return all users by username; administrators only."""
        require_admin(caller)
        return self.every()

    def every(self) -> Sequence[User]:
        """Return all users by username."""
        with self.store.read() as unit:
            return unit.users.every()

    def delete(self, caller: Caller, user_id: int) -> None:
        """Delete another's account with all that they own; administrators only, and not themselves."""
        require_admin(caller)
        if user_id == caller.user_id:
            raise InvalidOperation("Administrators cannot delete their own account by id")
        with self.store.write() as unit:
            self._delete(unit, _existing(unit, user_id), caller.user_id)

    def set_password(self, username: str, password: str) -> None:
        """Set the named user's password; all their logins and tokens end."""
        ProfileChange(password=password)  # refuses what is no password
        password_hash = self.passwords.hash(password)
        with self.store.write() as unit:
            user = _with_password(unit, named(unit, username), password_hash)
            self._save(unit, user, user.id, ["password"])

    def set_admin(self, username: str, *, is_admin: bool) -> None:
        """Make the named user an administrator, or an administrator a user."""
        with self.store.write() as unit:
            user = named(unit, username)
            if user.is_admin and not is_admin:
                _keep_one_admin(unit)
            self._save(unit, evolve(user, is_admin=is_admin), user.id, ["is_admin"])

    def delete_named(self, username: str) -> None:
        """Delete the named user with all that they own."""
        with self.store.write() as unit:
            self._delete(unit, named(unit, username), None)

    def _stored(self, session: Session) -> StoredSession:
        """Return a login as it is stored, for one that has no row yet."""
        now = self.clock.now()
        return StoredSession(0, session.caller.user_id, session.token_id, now, now, session.login_ends, "")

    def _new(self, username: str, password_hash: str, *, is_admin: bool = False) -> User:
        return User(
            id=0,
            username=username,
            display_name=username,
            password_hash=password_hash,
            is_admin=is_admin,
            timezone=None,
            token_generation=0,
            created_at=self.clock.now(),
        )

    def _add_account(self, new: NewAccount, password_hash: str, *, is_admin: bool) -> User:
        user = self._new(new.username, password_hash, is_admin=is_admin)
        user = evolve(user, display_name=new.display_name or new.username)
        with self.store.write() as unit:
            return self._add(unit, user)

    def _add(self, unit: UnitOfWork, user: User) -> User:
        """Add the user, as an administrator if it is the very first one."""
        added = unit.users.add(evolve(user, is_admin=user.is_admin or unit.users.count() == 0))
        self.audit.note(
            unit,
            "auth.register",
            "User registered",
            added.id,
            username=added.username,
            is_admin=added.is_admin,
        )
        return added

    def _save(self, unit: UnitOfWork, user: User, by: int, fields: list[str]) -> None:
        unit.users.update(user)
        self.audit.note(unit, "user.update", "Profile updated", by, **_whose(user), fields=fields)
        self.views.account_changed(unit, user.id)

    def _delete(self, unit: UnitOfWork, user: User, by: int | None) -> None:
        if user.is_admin:
            _keep_one_admin(unit)
        unit.users.delete(user.id)
        self.audit.note(unit, "user.delete", "Account deleted", by, **_whose(user))
        self.views.account_changed(unit, user.id)


def named(unit: UnitOfWork, username: str) -> User:
    """Return the user with the name in any case. Raises NotFound if there is none."""
    user = None if has_half_character(username) else unit.users.find(username)
    if user is None:
        raise NotFound(f"There is no user named {username}")
    return user


def _whose(user: User) -> dict[str, Any]:
    """Return what the audit tells of the account concerned."""
    return {"account_id": user.id, "username": user.username}


def caller_of(unit: UnitOfWork, user: User, policy: Policy) -> Caller:
    """Return the user as a caller."""
    return Caller(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        is_admin=user.is_admin,
        timezone=user.timezone or policy.timezone,
        listens=unit.webhooks.has_any(user.id),
        day_start=user.day_start,
    )


def _with_password(
    unit: UnitOfWork, user: User, password_hash: str, kept: StoredSession | None = None
) -> User:
    """Return the user with another password, which ends all their tokens and logins but the kept one.

    Tokens carry the generation in which they were made. Of earlier generations, those alone count that have
    a row among the logins.
    """
    for session in unit.sessions.of(user.id):
        if kept is None or session.token_id != kept.token_id:
            unit.sessions.delete(session.id)
    if kept is not None:
        unit.sessions.add(kept)
    for token in unit.tokens.of(user.id):
        unit.tokens.delete(token.id)
    return evolve(user, password_hash=password_hash, token_generation=user.token_generation + 1)


def _keep_one_admin(unit: UnitOfWork) -> None:
    if unit.users.admins() == 1:
        raise InvalidOperation("The last administrator can neither be deleted nor stop being one")


def _existing(unit: UnitOfWork, user_id: int) -> User:
    user = unit.users.get(user_id)
    if user is None:
        raise NotFound(f"There is no user {user_id}")
    return user
