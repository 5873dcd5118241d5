"""Pauses over HTTP."""

import datetime as dt
from collections.abc import Mapping
from typing import TypedDict

from mosaic_core.errors import InvalidState, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.schedules.pauses import NewPause, Pause, PauseChange
from mosaic_http.answers import Message, say, show, show_all
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import TOTAL, Operation, Reply

PauseTold = TypedDict(
    "PauseTold",
    {"id": int, "from": dt.date, "to": dt.date | None, "activity_id": int | None, "reason": str},
)
PauseTold.__doc__ = """Days on which nothing is asked for.

`to` is null until further notice, `activity_id` null for everything."""


def list_pauses(call: Call) -> Answer:
    """Show the caller's pauses.

    They come by their first day.
    """
    return show_all(call, [_told(one) for one in call.mosaic.pauses.of(call.caller)])


def add_pause(call: Call, new: NewPause) -> Answer:
    """Add a pause.

    Days in it that are not done break no streak and weaken no habit, from the first to the last, both
    included, or until further notice; of one activity, or of all.
    """
    return Answer(201, encode(_told(call.mosaic.pauses.add(call.caller, new))))


def change_pause(call: Call, change: PauseChange) -> Answer:
    """Change a pause.

    What is not given stays as it is. A `to` of null means until further notice, an `activity_id` of null
    everything.
    """
    return show(_told(call.mosaic.pauses.change(call.caller, call.path_id(), change)))


def delete_pause(call: Call) -> Answer:
    """Delete a pause.

    Its days are judged as if it had never been.
    """
    pause_id = call.path_id()
    call.mosaic.pauses.delete(call.caller, pause_id)
    return say(f"Pause {pause_id} deleted")


def _told(pause: Pause) -> PauseTold:
    return {
        "id": pause.id,
        "from": pause.from_,
        "to": pause.to,
        "activity_id": pause.activity_id,
        "reason": pause.reason,
    }


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/pauses": {
        "GET": Operation(
            list_pauses, lane=Lane.READ, answers={200: Reply(list[PauseTold], headers=(TOTAL,))}
        ),
        "POST": Operation(
            add_pause,
            lane=Lane.WRITE,
            takes=NewPause,
            limit="pause",
            answers={201: Reply(PauseTold)},
            errors=(InvalidState, NotFound),
        ),
    },
    "/pauses/{id:int}": {
        "PATCH": Operation(
            change_pause,
            lane=Lane.WRITE,
            takes=PauseChange,
            limit="pause",
            answers={200: Reply(PauseTold)},
            errors=(NotFound,),
        ),
        "DELETE": Operation(
            delete_pause,
            lane=Lane.WRITE,
            limit="pause",
            answers={200: Reply(Message)},
            errors=(NotFound,),
        ),
    },
}
