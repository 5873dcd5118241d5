"""Personal access tokens over HTTP."""

from collections.abc import Mapping
from typing import Any

from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import NewToken, PersonalToken
from mosaic_http.answers import say, show
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.endpoint import LOGIN, Operation


def list_tokens(call: Call) -> Answer:
    """Show the caller's tokens."""
    return show([_shown(token) for token in call.mosaic.tokens.of(call.caller)])


def create_token(call: Call, new: NewToken) -> Answer:
    """Make a token, and tell it this once."""
    created = call.mosaic.tokens.create(call.caller, new)
    return Answer(201, encode({**_shown(created.stored), "token": created.text}))


def delete_token(call: Call) -> Answer:
    """End one of the caller's tokens."""
    token_id = call.path_id()
    call.mosaic.tokens.delete(call.caller, token_id)
    return say(f"Token {token_id} deleted")


def _shown(token: PersonalToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "expires_at": token.expires_at,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/tokens": {
        "GET": Operation(list_tokens, lane=Lane.READ, scope=LOGIN),
        "POST": Operation(
            create_token,
            lane=Lane.WRITE,
            takes=NewToken,
            scope=LOGIN,
            repeatable=False,  # the record would keep the token in clear
        ),
    },
    "/tokens/{id:int}": {"DELETE": Operation(delete_token, lane=Lane.WRITE, scope=LOGIN)},
}
