"""Accounts and sessions over HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import AttrsInstance
from starlette.responses import Response

from mosaic_core.accounts.model import Credentials, NewAccount, ProfileChange, User
from mosaic_core.accounts.sessions import CheckedLogin
from mosaic_core.errors import StorageFull
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import ADMIN
from mosaic_http.answers import say, show
from mosaic_http.auth import clear_cookie, set_cookie
from mosaic_http.bodies import command
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import LOGIN, Operation

T = TypeVar("T", bound=AttrsInstance)

_NOT_DURABLE = (
    "The disk is full, so only the process that answered knows of this logout. Until there is room and it is"
    " stored, a restart or another worker process would take the token again, while its time has not run out"
)


async def hash_password(call: Call) -> tuple[NewAccount, str]:
    """Return the new account and the hash of its password."""
    new = await _said(call, NewAccount)
    return new, await call.run(Lane.HASHING, lambda: call.mosaic.accounts.hash_for(new))


def register(call: Call, hashed: tuple[NewAccount, str]) -> Answer:
    """Make an account."""
    call.mosaic.accounts.register(*hashed)
    return say("User registered", 201)


async def check_login(call: Call) -> tuple[Credentials, CheckedLogin]:
    """Return the credentials and whether they are right, once the audit has noted the attempt.

    The attempt waits on the event loop, which costs no thread, and joins the line for hashes after that.
    """
    given = await _said(call, Credentials)
    sessions = call.mosaic.sessions
    user_agent = call.headers.get(b"user-agent", b"").decode("latin-1")
    attempt = await call.run(Lane.READ, lambda: sessions.begin_login(given.username, call.network))
    try:
        await asyncio.sleep(sessions.seconds_left(attempt))
        checked = await call.run(
            Lane.HASHING, lambda: sessions.check_login(given, attempt, user_agent), name=attempt.name
        )
    finally:
        sessions.end_login(attempt)
    await call.services.audit_rows.write(checked.event, lambda: sessions.keep_login(checked))
    return given, checked


def login(call: Call, checked: tuple[Credentials, CheckedLogin]) -> Response:
    """Issue a token for name and password, as a cookie too where that is asked for."""
    given, verdict = checked
    login = call.mosaic.sessions.finish_login(verdict)
    shown = {
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
        set_cookie(response, login, call.scope["scheme"])
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


def logout(_: Call, is_durable: bool) -> Response:  # noqa: FBT001  # what was prepared
    """Say that the session has ended."""
    said = {"message": "Logged out"} | ({} if is_durable else {"durable": False, "warning": _NOT_DURABLE})
    response = Response(encode(said), media_type="application/json")
    clear_cookie(response)
    return response


def profile(call: Call) -> Answer:
    """Show the caller's account."""
    return show(_shown(call, call.mosaic.accounts.profile(call.caller)))


async def prove_update(call: Call) -> tuple[ProfileChange, str | None]:
    """Return the change and the hash of a new password; by cookie, that wants the current one beside it."""
    change = await _said(call, ProfileChange)
    if change.password is None and change.current_password is None:
        return change, None
    accounts, caller, by_cookie = call.mosaic.accounts, call.caller, call.by_cookie
    return change, await call.run(
        Lane.HASHING, lambda: accounts.prove_update(caller, change, password_proof=by_cookie)
    )


def update_profile(call: Call, proven: tuple[ProfileChange, str | None]) -> Answer:
    """Change the caller's account."""
    user = call.mosaic.accounts.write_update(call.caller, *proven)
    return say("Profile updated", user=_shown(call, user))


def delete_profile(call: Call) -> Answer:
    """Delete the caller's account."""
    call.mosaic.accounts.delete_own(call.caller)
    return say("Account deleted")


def list_users(call: Call) -> Answer:
    """Show all accounts to an administrator."""
    return show([_shown(call, user) for user in call.mosaic.accounts.users(call.caller)])


def delete_user(call: Call) -> Answer:
    """Delete another's account."""
    user_id = call.path_id()
    call.mosaic.accounts.delete(call.caller, user_id)
    return say(f"User {user_id} deleted")


async def _said(call: Call, kind: type[T]) -> T:
    """Return the command in the body, and keep no bytes of it: they may be many, and the call may wait."""
    said = await command(call, kind)
    call.fingerprint = b""
    return said


def _shown(call: Call, user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "is_admin": user.is_admin,
        "created_at": user.created_at,
        "timezone": user.timezone or call.services.settings.timezone,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/register": {
        "POST": Operation(
            register,
            lane=Lane.WRITE,
            prepare=hash_password,
            public=True,
            limit="register",
            repeatable=False,  # there is no user yet to whom a key could belong
        ),
    },
    "/login": {
        "POST": Operation(login, lane=None, prepare=check_login, public=True, limit="login"),
    },
    "/logout": {"POST": Operation(logout, lane=None, prepare=end_session, scope=LOGIN)},
    "/user": {
        "GET": Operation(profile, lane=Lane.READ),
        "PATCH": Operation(
            update_profile,
            lane=Lane.WRITE,
            prepare=prove_update,
            scope=LOGIN,
            repeatable=False,  # the record would keep a fast hash of the password
        ),
        "DELETE": Operation(delete_profile, lane=Lane.WRITE, scope=LOGIN, repeatable=False),
    },
    "/users": {"GET": Operation(list_users, lane=Lane.READ, scope=ADMIN)},
    "/users/{id:int}": {"DELETE": Operation(delete_user, lane=Lane.WRITE, scope=ADMIN)},
}
