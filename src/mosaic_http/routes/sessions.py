"""The caller's logins over HTTP."""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict

from mosaic_core.accounts.model import StoredSession
from mosaic_core.errors import Forbidden, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import Message, say, show_all
from mosaic_http.call import Call
from mosaic_http.operation import LOGIN, TOTAL, Operation, Reply


class SessionTold(TypedDict):
    """A living login. The last use is told a minute late at most; `current` is the one that asks."""

    id: int
    created_at: dt.datetime
    last_used_at: dt.datetime
    user_agent: str
    current: bool


def list_sessions(call: Call) -> Answer:
    """Show the caller's living logins, those used last first."""
    current = call.presented.token_id
    return show_all(call, [_told(one, current) for one in call.mosaic.sessions.of(call.caller)])


def end_session(call: Call) -> Answer:
    """End one of the caller's logins at once, wherever it was made."""
    session_id = call.path_id()
    call.mosaic.sessions.end(call.caller, session_id)
    return say(f"Session {session_id} ended")


def _told(one: StoredSession, current: str) -> SessionTold:
    return {
        "id": one.id,
        "created_at": one.created_at,
        "last_used_at": one.last_used_at,
        "user_agent": one.user_agent,
        "current": one.token_id == current,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/sessions": {
        "GET": Operation(
            list_sessions,
            lane=Lane.READ,
            scope=LOGIN,
            answers={200: Reply(list[SessionTold], headers=(TOTAL,))},
            errors=(Forbidden,),
        ),
    },
    "/sessions/{id:int}": {
        "DELETE": Operation(
            end_session,
            lane=Lane.WRITE,
            scope=LOGIN,
            answers={200: Reply(Message)},
            errors=(Forbidden, NotFound),
        ),
    },
}
