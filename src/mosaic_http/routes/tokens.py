"""Personal access tokens over HTTP."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypedDict

from mosaic_core.errors import Forbidden, InvalidState, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tokens.model import NewToken, PersonalToken
from mosaic_http.answers import Message, say, show_all
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import LOGIN, TOTAL, Operation, Reply


class TokenTold(TypedDict):
    """A personal access token, without its text. The last use is told a minute late at most."""

    id: int
    name: str
    scopes: Sequence[str]
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    expires_at: dt.datetime | None


class CreatedTokenTold(TokenTold):
    """A new token; its text is told this once."""

    token: str


def list_tokens(call: Call) -> Answer:
    """Show the caller's personal access tokens, those whose time has run out included."""
    return show_all(call, [_told(token) for token in call.mosaic.tokens.of(call.caller)])


def create_token(call: Call, new: NewToken) -> Answer:
    """Make a personal access token, and tell it this once.

    It is sent as `Authorization: Bearer mos_…`, and opens what its scopes say: `read` all that is read,
    `write` all changes, `ingest` sending wearable records, `admin` what administrators alone do. None
    includes another. What belongs to the account itself (password, logins, tokens, its deletion) no token
    opens. A new password ends all tokens.
    """
    tokens = call.mosaic.tokens
    created = call.mosaic.sessions.while_living(call.presented, lambda: tokens.create(call.caller, new))
    told: CreatedTokenTold = {**_told(created.stored), "token": created.text}
    return Answer(201, encode(told))


def delete_token(call: Call) -> Answer:
    """End one of the caller's personal access tokens at once."""
    token_id = call.path_id()
    call.mosaic.tokens.delete(call.caller, token_id)
    return say(f"Token {token_id} deleted")


def _told(token: PersonalToken) -> TokenTold:
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
        "GET": Operation(
            list_tokens,
            lane=Lane.READ,
            scope=LOGIN,
            answers={200: Reply(list[TokenTold], headers=(TOTAL,))},
            errors=(Forbidden,),
        ),
        "POST": Operation(
            create_token,
            lane=Lane.WRITE,
            takes=NewToken,
            scope=LOGIN,
            tells_secret=True,
            answers={201: Reply(CreatedTokenTold)},
            errors=(Forbidden, InvalidState),
        ),
    },
    "/tokens/{id:int}": {
        "DELETE": Operation(
            delete_token,
            lane=Lane.WRITE,
            scope=LOGIN,
            answers={200: Reply(Message)},
            errors=(Forbidden, NotFound),
        ),
    },
}
