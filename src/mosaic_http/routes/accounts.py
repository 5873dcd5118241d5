"""Accounts over HTTP."""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from mosaic_core.accounts.model import Credentials, NewAccount, ProfileChange, User
from mosaic_http.call import Call, answered, json_response, say
from mosaic_http.codec import encode
from mosaic_http.endpoint import COOKIE, Operation


async def register(call: Call) -> Response:
    """Make an account."""
    new = await call.command(NewAccount)
    await call.mosaic.lanes.hashing(lambda: call.mosaic.accounts.register(new))
    return answered(say("User registered", 201))


async def login(call: Call) -> Response:
    """Give a token for name and password, on demand as a cookie too."""
    given = await call.command(Credentials)
    sessions = call.mosaic.sessions
    attempt = sessions.begin_login(given.username)
    await asyncio.sleep(sessions.seconds_left(attempt))
    login = await call.mosaic.lanes.hashing(lambda: sessions.login(given, attempt))
    response = json_response(
        encode(
            {
                "access_token": login.access_token,
                "csrf_token": login.csrf_token,
                "token_type": "Bearer",
                "expires_in": login.expires_in,
                "display_name": login.user.display_name,
                "is_admin": login.user.is_admin,
                "user_id": login.user.id,
            }
        )
    )
    if given.cookie:
        response.set_cookie(
            COOKIE,
            login.access_token,
            max_age=login.expires_in,
            httponly=True,
            samesite="strict",
            secure=call.scope["scheme"] == "https",
        )
    return response


async def logout(call: Call) -> Response:
    """Make the presented token worthless."""
    await call.mosaic.lanes.write(lambda: call.mosaic.sessions.logout(call.presented))
    response = answered(say("Logged out"))
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def profile(call: Call) -> Response:
    """Show the caller's account."""
    user = await call.mosaic.lanes.read(lambda: call.mosaic.accounts.profile(call.caller))
    return json_response(encode(_shown(call, user)))


async def update_profile(call: Call) -> Response:
    """Change the caller's account."""
    change = await call.command(ProfileChange)
    by_cookie = call.scope.get("mosaic.by_cookie", False)
    user = await call.mosaic.lanes.hashing(
        lambda: call.mosaic.accounts.update(call.caller, change, password_proof=by_cookie)
    )
    return answered(say("Profile updated", user=_shown(call, user)))


async def delete_profile(call: Call) -> Response:
    """Delete the caller's account."""
    await call.mosaic.lanes.write(lambda: call.mosaic.accounts.delete_own(call.caller))
    return answered(say("Account deleted"))


async def list_users(call: Call) -> Response:
    """Show all accounts to an administrator."""
    users = await call.mosaic.lanes.read(lambda: call.mosaic.accounts.users(call.caller))
    return json_response(encode([_shown(call, user) for user in users]))


async def delete_user(call: Call) -> Response:
    """Delete another's account."""
    user_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.accounts.delete(call.caller, user_id))
    return answered(say(f"User {user_id} deleted"))


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
    "/register": {"POST": Operation(register, public=True, limit="register")},
    "/login": {"POST": Operation(login, public=True, limit="login")},
    "/logout": {"POST": Operation(logout)},
    "/user": {
        "GET": Operation(profile),
        "PATCH": Operation(update_profile),
        "DELETE": Operation(delete_profile),
    },
    "/users": {"GET": Operation(list_users)},
    "/users/{id:int}": {"DELETE": Operation(delete_user)},
}
