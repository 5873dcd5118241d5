"""Activities over HTTP."""

from collections.abc import Mapping
from typing import TypedDict

from mosaic_core.activities.model import Activity, ActivityChange, NewActivity
from mosaic_core.errors import Conflict, Forbidden, InvalidState, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import Message, say, show
from mosaic_http.call import Call
from mosaic_http.operation import Operation, Reply
from mosaic_http.pages import lane_of_page
from mosaic_http.parameters import Parameter, flag, paging

_PAGE = paging(100, 500)
_ALL = flag("all", "Whether inactive activities are listed too")
_OVERWRITE = Parameter(
    "X-Overwrite-Existing",
    "`1` or `true`: an activity of that name is overwritten and activated",
    lambda given: given.lower() in {"1", "true"},
    False,  # the default of a flag
    {"type": "string"},
    "1",
)


class Overwritten(TypedDict):
    """An activity of that name was there, and has been overwritten."""

    message: str
    overwrite: bool


def list_activities(call: Call) -> Answer:
    """Show the caller's activities.

    Active ones come first, then by category, then by name.
    """
    query = call.query
    return show(call.mosaic.activities.page(call.caller, query.page(_PAGE), inactive=query.get(_ALL)))


def add_activity(call: Call, new: NewActivity) -> Answer:
    """Add an activity, or overwrite the one of that name.

    Without a `goal`, it is what the frequencies amount to for one day; a negative activity's is 0. Only
    administrators make `shared` activities.
    """
    if call.mosaic.activities.add(call.caller, new, overwrite=call.header(_OVERWRITE)):
        return say("Activity overwritten", overwrite=True)
    return say("Activity added", 201)


def update_activity(call: Call, change: ActivityChange) -> Answer:
    """Change an activity.

    Name, category, goal, type and description are carried into the owner's entries. Both frequencies are
    given together, and recompute the goal unless one is given.
    """
    call.mosaic.activities.update(call.caller, call.path_id(), change)
    return say("Activity updated")


def activate(call: Call) -> Answer:
    """Make an activity count again."""
    call.mosaic.activities.activate(call.caller, call.path_id())
    return say("Activity activated")


def deactivate(call: Call) -> Answer:
    """Make an activity count no more."""
    call.mosaic.activities.deactivate(call.caller, call.path_id())
    return say("Activity deactivated")


def delete_activity(call: Call) -> Answer:
    """Delete an inactive activity."""
    call.mosaic.activities.delete(call.caller, call.path_id())
    return say("Activity deleted")


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/activities": {
        "GET": Operation(
            list_activities, lane=lane_of_page, query=(_ALL, _PAGE), answers={200: Reply(list[Activity])}
        ),
    },
    "/add_activity": {
        "POST": Operation(
            add_activity,
            lane=Lane.WRITE,
            takes=NewActivity,
            limit="add_activity",
            headers=(_OVERWRITE,),
            answers={201: Reply(Message, "The activity is new"), 200: Reply(Overwritten)},
            errors=(Conflict, Forbidden),
        ),
    },
    "/activities/{id:int}": {
        "PUT": Operation(
            update_activity,
            lane=Lane.WRITE,
            takes=ActivityChange,
            limit="update_activity",
            answers={200: Reply(Message)},
            errors=(NotFound, Conflict),
        ),
        "DELETE": Operation(
            delete_activity,
            lane=Lane.WRITE,
            limit="delete_activity",
            answers={200: Reply(Message)},
            errors=(NotFound, InvalidState),
        ),
    },
    "/activities/{id:int}/activate": {
        "PATCH": Operation(
            activate,
            lane=Lane.WRITE,
            limit="activity_status",
            answers={200: Reply(Message)},
            errors=(NotFound, InvalidState),
        ),
    },
    "/activities/{id:int}/deactivate": {
        "PATCH": Operation(
            deactivate,
            lane=Lane.WRITE,
            limit="activity_status",
            answers={200: Reply(Message)},
            errors=(NotFound,),
        ),
    },
}
