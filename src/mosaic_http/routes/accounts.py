"""Accounts and sessions over HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mosaic_core.accounts.brake import Attempt
from mosaic_core.accounts.model import Credentials, NewAccount, ProfileChange, User
from mosaic_core.errors import StorageFull
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import say, show
from mosaic_http.auth import clear_cookie, set_cookie
from mosaic_http.bodies import command
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation

_NOT_DURABLE = (
    "The disk is full, so only the process that answered knows of this logout. Until there is room and it is"
    " stored, a restart or another worker process would take the token again, while its time has not run out"
)


def register(call: Call, new: NewAccount) -> Answer:
    """Make an account."""
    call.mosaic.accounts.register(new)
    return say("User registered", 201)


async def begin_login(call: Call) -> tuple[Credentials, Attempt]:
    """Return who wants to log in when their attempt may be checked: here a wait costs no thread."""
    given = await command(call, Credentials)
    sessions = call.mosaic.sessions
    attempt = await call.run(Lane.READ, lambda: sessions.begin_login(given.username))
    await asyncio.sleep(sessions.seconds_left(attempt))
    return given, attempt


def login(call: Call, begun: tuple[Credentials, Attempt]) -> Response:
    """Issue a token for name and password, as a cookie too where that is asked for."""
    given, attempt = begun
    login = call.mosaic.sessions.login(given, attempt)
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


def update_profile(call: Call, change: ProfileChange) -> Answer:
    """Change the caller's account; by cookie, a new password wants the current one beside it."""
    user = call.mosaic.accounts.update(call.caller, change, password_proof=call.by_cookie)
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
        "POST": Operation(register, lane=Lane.HASHING, takes=NewAccount, public=True, limit="register"),
    },
    "/login": {
        "POST": Operation(login, lane=Lane.HASHING, prepare=begin_login, public=True, limit="login"),
    },
    "/logout": {"POST": Operation(logout, lane=None, prepare=end_session)},
    "/user": {
        "GET": Operation(profile, lane=Lane.READ),
        "PATCH": Operation(update_profile, lane=Lane.HASHING, takes=ProfileChange),
        "DELETE": Operation(delete_profile, lane=Lane.WRITE, repeatable=False),
    },
    "/users": {"GET": Operation(list_users, lane=Lane.READ)},
    "/users/{id:int}": {"DELETE": Operation(delete_user, lane=Lane.WRITE)},
}
