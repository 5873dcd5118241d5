"""Activities over HTTP."""

from collections.abc import Mapping

from mosaic_core.activities.model import ActivityChange, NewActivity
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_http.answers import say, show
from mosaic_http.call import Call
from mosaic_http.endpoint import Operation
from mosaic_http.pages import lane_of_page


def list_activities(call: Call) -> Answer:
    """Show the caller's activities."""
    page = call.query.page(100, 500)
    inactive = (call.query.text("all") or "").lower() in {"true", "1"}
    return show(call.mosaic.activities.page(call.caller, page, inactive=inactive))


def add_activity(call: Call, new: NewActivity) -> Answer:
    """Add an activity, or overwrite the one of that name."""
    overwrite = call.headers.get(b"x-overwrite-existing", b"").lower() in {b"1", b"true"}
    if call.mosaic.activities.add(call.caller, new, overwrite=overwrite):
        return say("Activity overwritten", overwrite=True)
    return say("Activity added", 201)


def update_activity(call: Call, change: ActivityChange) -> Answer:
    """Change an activity."""
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
    "/activities": {"GET": Operation(list_activities, lane=lane_of_page)},
    "/add_activity": {
        "POST": Operation(add_activity, lane=Lane.WRITE, takes=NewActivity, limit="add_activity"),
    },
    "/activities/{id:int}": {
        "PUT": Operation(update_activity, lane=Lane.WRITE, takes=ActivityChange, limit="update_activity"),
        "DELETE": Operation(delete_activity, lane=Lane.WRITE, limit="delete_activity"),
    },
    "/activities/{id:int}/activate": {
        "PATCH": Operation(activate, lane=Lane.WRITE, limit="activity_status"),
    },
    "/activities/{id:int}/deactivate": {
        "PATCH": Operation(deactivate, lane=Lane.WRITE, limit="activity_status"),
    },
}
