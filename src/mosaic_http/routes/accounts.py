"""Accounts and sessions over HTTP."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal, NotRequired, TypedDict

from starlette.responses import Response

from mosaic_core.accounts.brake import Attempt
from mosaic_core.accounts.model import Credentials, NewAccount, ProfileChange, User
from mosaic_core.accounts.sessions import CheckedLogin
from mosaic_core.errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    InvalidCredentials,
    InvalidOperation,
    NotFound,
    StorageFull,
    TooManyRequests,
    Unauthorized,
)
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import ADMIN
from mosaic_http.answers import Message, say, show, show_all
from mosaic_http.auth import authenticate_leaver, clear_cookie, set_cookie
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import LOGIN, TOTAL, Header, Operation, Reply
from mosaic_http.replays import kept_answer, key_of

_SET_COOKIE = Header(
    "Set-Cookie",
    "With `cookie`: a cookie that stands for the token",
    {"type": "string"},
    "mosaic_session=eyJhbGciOi; HttpOnly; Max-Age=3600; Path=/; SameSite=strict",
    is_required=False,
)
_CLEAR_COOKIE = Header(
    "Set-Cookie",
    "Deletes the cookie",
    {"type": "string"},
    'mosaic_session=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict',
)


class LoggedIn(TypedDict):
    """A token, the CSRF token that goes with it where it comes as a cookie, and whose it is."""

    access_token: str
    csrf_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    display_name: str
    is_admin: bool
    user_id: int


class LoggedOut(TypedDict):
    """The token is dead. `durable` is false where a full disk keeps that from being stored."""

    message: str
    durable: NotRequired[bool]
    warning: NotRequired[str]


class Account(TypedDict):
    """An account, as its owner and administrators see it; until `day_start` it is still yesterday."""

    id: int
    username: str
    display_name: str
    is_admin: bool
    created_at: dt.datetime
    timezone: str
    day_start: str


class ProfileUpdated(TypedDict):
    """The account as it is now."""

    message: str
    user: Account


_NOT_DURABLE = (
    "The disk is full, so only the process that answered knows of this logout. Until there is room and it is"
    " stored, a restart or another worker process would take the token again, while its time has not run out"
)


async def hash_password(call: Call, new: NewAccount) -> tuple[NewAccount, str]:
    """Return the new account and the hash of its password."""
    _forget_body(call)
    return new, await call.hash(lambda: call.mosaic.accounts.hash_for(new))


def register(call: Call, hashed: tuple[NewAccount, str]) -> Answer:
    """Make an account.

    The very first one is an administrator. The operator may have closed registration.
    """
    call.mosaic.accounts.register(*hashed)
    return say("User registered", 201)


async def check_login(call: Call, given: Credentials) -> tuple[Credentials, CheckedLogin]:
    """Return the credentials and whether they are right, once the audit has noted the attempt.

    The attempt waits on the event loop, which costs no thread, and joins the line for hashes after that.
    """
    _forget_body(call)
    sessions = call.mosaic.sessions
    user_agent = call.headers.get(b"user-agent", b"").decode("latin-1")
    async with _attempt(call, given.username) as attempt:
        checked = await call.hash(lambda: sessions.check_login(given, attempt, user_agent), name=attempt.name)
    await call.services.audit_rows.write(checked.event, lambda: sessions.keep_login(checked))
    return given, checked


@asynccontextmanager
async def _attempt(call: Call, username: str) -> AsyncIterator[Attempt]:
    """Begin an attempt at the password of that name, wait as long as it has to, and end it."""
    sessions = call.mosaic.sessions
    lane = Lane.BRIEF if sessions.brake.asks_elsewhere else Lane.READ
    attempt = await call.run(lane, lambda: sessions.begin_login(username, call.network))
    try:
        await asyncio.sleep(sessions.seconds_left(attempt))
        yield attempt
    finally:
        sessions.end_login(attempt)


def login(call: Call, checked: tuple[Credentials, CheckedLogin]) -> Response:
    """Issue a token for name and password, as a cookie too where that is asked for."""
    given, verdict = checked
    login = call.mosaic.sessions.finish_login(verdict)
    shown: LoggedIn = {
        "access_token": login.access_token,
        "csrf_token": login.csrf_token,
        "token_type": "Bearer",
        "expires_in": login.expires_in,
        "display_name": login.user.display_name,
        "is_admin": login.user.is_admin,
        "user_id": login.user.id,
    }
    response = Response(encode(shown), media_type="application/json")
    if given.cookie:
        set_cookie(response, login, call)
    return response


async def end_session(call: Call) -> bool:
    """Revoke the presented token, on a full disk in this process alone; return whether that is durable."""
    sessions = call.mosaic.sessions
    try:
        await call.run(Lane.WRITE, lambda: sessions.logout(call.presented))
    except StorageFull:
        sessions.logout_here(call.presented)
        return False
    return True


def logout(call: Call, is_durable: bool) -> Response:  # noqa: FBT001  # what was prepared
    """End the session: the presented token is dead from the next request on."""
    said: LoggedOut = {"message": "Logged out"}
    if not is_durable:
        said = {**said, "durable": False, "warning": _NOT_DURABLE}
    response = Response(encode(said), media_type="application/json")
    clear_cookie(response, call)
    return response


def profile(call: Call) -> Answer:
    """Show the caller's account."""
    return show(shown(call, call.mosaic.accounts.profile(call.caller)))


async def prove_update(call: Call, change: ProfileChange) -> tuple[ProfileChange, str | None]:
    """Return the change and the hash of a new password; by cookie, that wants the current one beside it."""
    told = [change.display_name, change.timezone, change.password is not None]
    call.fingerprint = encode(told if change.day_start is None else [*told, change.day_start])
    if change.password is None and change.current_password is None:
        return change, None
    if await call.run(Lane.READ, partial(kept_answer, call)) is not None:
        await _require_same_password(call, change)
        return change, None
    prove = partial(call.mosaic.accounts.prove_update, call.caller, change, password_proof=call.by_cookie)
    if change.current_password is None:
        return change, await call.hash(prove)
    try:
        async with _attempt(call, call.caller.username) as attempt:
            return change, await call.hash(partial(prove, attempt))
    except InvalidCredentials:
        await call.services.audit_rows.write(call.mosaic.accounts.proof_failure(call.caller))
        raise


async def _require_same_password(call: Call, change: ProfileChange) -> None:
    """Raise IdempotencyMismatch if the request that came under the key before had another password.

    Records have nothing of a password: the account, whose hash is slow, tells whether it is the same.
    """
    if change.password is None:
        return
    check = partial(call.mosaic.accounts.has_password, call.caller, change.password)
    async with _attempt(call, call.caller.username) as attempt:
        is_same = await call.hash(partial(check, attempt))
    if not is_same:
        raise IdempotencyMismatch("This idempotency key was used for a different request")


def update_profile(call: Call, proven: tuple[ProfileChange, str | None]) -> Answer:
    """Change the caller's account.

    A new password ends all tokens and sessions but the one that set it. A session by cookie gives the
    `current_password` beside it; wherever it is given, it must be right. Until `day_start` it is still
    yesterday: for Today, for days that are finalized, and for statistics.
    """
    user = call.mosaic.accounts.write_update(call.caller, *proven, call.session)
    return say("Profile updated", user=shown(call, user))


def delete_profile(call: Call) -> Answer:
    """Delete the caller's account, with all that the caller owns.

    Records of keys go with it. Under any key, a token of an account that is gone is answered as the request
    was that deleted it, so that a client whose answer was lost learns of its success.
    """
    kept_answer(call)
    try:
        call.mosaic.accounts.delete_own(call.caller)
    except Unauthorized:
        if key_of(call) is None:
            raise
        call.is_replayed = True
    return say("Account deleted")


def list_users(call: Call) -> Answer:
    """Show all accounts to an administrator."""
    return show_all(call, [shown(call, user) for user in call.mosaic.accounts.users(call.caller)])


def delete_user(call: Call) -> Answer:
    """Delete another's account, with all that its user owns; administrators only."""
    user_id = call.path_id()
    call.mosaic.accounts.delete(call.caller, user_id)
    return say(f"User {user_id} deleted")


def _forget_body(call: Call) -> None:
    """Keep no bytes of the body: they may be many, and the call may wait."""
    call.fingerprint = b""


def shown(call: Call, user: User) -> Account:
    """Return an account as it is told."""
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "is_admin": user.is_admin,
        "created_at": user.created_at,
        "timezone": user.timezone or call.services.settings.timezone,
        "day_start": user.day_start,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/register": {
        "POST": Operation(
            register,
            lane=Lane.WRITE,
            takes=NewAccount,
            prepare=hash_password,
            public=True,
            limit="register",
            repeatable=False,  # there is no user yet to whom a key could belong
            answers={201: Reply(Message)},
            errors=(Forbidden, Conflict),
        ),
    },
    "/login": {
        "POST": Operation(
            login,
            lane=None,
            takes=Credentials,
            prepare=check_login,
            public=True,
            limit="login",
            answers={200: Reply(LoggedIn, headers=(_SET_COOKIE,))},
            errors=(InvalidCredentials,),
        ),
    },
    "/logout": {
        "POST": Operation(
            logout,
            lane=None,
            prepare=end_session,
            scope=LOGIN,
            answers={200: Reply(LoggedOut, headers=(_CLEAR_COOKIE,))},
        ),
    },
    "/user": {
        "GET": Operation(profile, lane=Lane.READ, answers={200: Reply(Account)}),
        "PATCH": Operation(
            update_profile,
            lane=Lane.WRITE,
            takes=ProfileChange,
            prepare=prove_update,
            scope=LOGIN,
            answers={200: Reply(ProfileUpdated)},
            errors=(InvalidCredentials, TooManyRequests),
        ),
        "DELETE": Operation(
            delete_profile,
            lane=Lane.WRITE,
            scope=LOGIN,
            admit=authenticate_leaver,
            repeatable=False,  # the record would go with the account
            answers={200: Reply(Message)},
            errors=(InvalidOperation,),
        ),
    },
    "/users": {
        "GET": Operation(
            list_users,
            lane=Lane.READ,
            scope=ADMIN,
            answers={200: Reply(list[Account], headers=(TOTAL,))},
            errors=(Forbidden,),
        ),
    },
    "/users/{id:int}": {
        "DELETE": Operation(
            delete_user,
            lane=Lane.WRITE,
            scope=ADMIN,
            answers={200: Reply(Message)},
            errors=(Forbidden, NotFound, InvalidOperation),
        ),
    },
}
