"""The caller's logins over HTTP."""

from collections.abc import Mapping

from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import say, show
from mosaic_http.call import Call
from mosaic_http.endpoint import LOGIN, Operation


def list_sessions(call: Call) -> Answer:
    """Show the caller's living logins."""
    current = call.presented.token_id
    return show(
        [
            {
                "id": one.id,
                "created_at": one.created_at,
                "last_used_at": one.last_used_at,
                "user_agent": one.user_agent,
                "current": one.token_id == current,
            }
            for one in call.mosaic.sessions.of(call.caller)
        ]
    )


def end_session(call: Call) -> Answer:
    """End one of the caller's logins, wherever it was made."""
    session_id = call.path_id()
    call.mosaic.sessions.end(call.caller, session_id)
    return say(f"Session {session_id} ended")


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/sessions": {"GET": Operation(list_sessions, lane=Lane.READ, scope=LOGIN)},
    "/sessions/{id:int}": {"DELETE": Operation(end_session, lane=Lane.WRITE, scope=LOGIN)},
}
