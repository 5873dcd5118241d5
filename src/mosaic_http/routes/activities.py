"""Activities over HTTP."""

from collections.abc import Mapping

from starlette.responses import Response

from mosaic_core.activities.model import ActivityChange, NewActivity
from mosaic_core.idempotency.model import Answer
from mosaic_http.call import Call, answered, json_response, say
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation


async def list_activities(call: Call) -> Response:
    """Show the caller's activities."""
    page = call.page(100, 500)
    inactive = call.query.get("all", "").lower() in {"true", "1"}
    activities = await call.mosaic.lanes.read(
        lambda: call.mosaic.activities.page(call.caller, page, inactive=inactive)
    )
    return json_response(encode(activities))


async def add_activity(call: Call) -> Response:
    """Add an activity, or overwrite the one of that name."""
    new = await call.command(NewActivity)
    overwrite = call.headers.get(b"x-overwrite-existing", b"").lower() in {b"1", b"true"}

    def work() -> Answer:
        if call.mosaic.activities.add(call.caller, new, overwrite=overwrite):
            return say("Activity overwritten", overwrite=True)
        return say("Activity added", 201)

    return await call.write(work)


async def update_activity(call: Call) -> Response:
    """Change an activity."""
    change = await call.command(ActivityChange)
    activity_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.activities.update(call.caller, activity_id, change))
    return answered(say("Activity updated"))


async def activate(call: Call) -> Response:
    """Make an activity count again."""
    activity_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.activities.activate(call.caller, activity_id))
    return answered(say("Activity activated"))


async def deactivate(call: Call) -> Response:
    """Make an activity count no more."""
    activity_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.activities.deactivate(call.caller, activity_id))
    return answered(say("Activity deactivated"))


async def delete_activity(call: Call) -> Response:
    """Delete an inactive activity."""
    activity_id = call.path_id()
    await call.mosaic.lanes.write(lambda: call.mosaic.activities.delete(call.caller, activity_id))
    return answered(say("Activity deleted"))


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/activities": {"GET": Operation(list_activities)},
    "/add_activity": {"POST": Operation(add_activity, limit="add_activity")},
    "/activities/{id:int}": {
        "PUT": Operation(update_activity, limit="update_activity"),
        "DELETE": Operation(delete_activity, limit="delete_activity"),
    },
    "/activities/{id:int}/activate": {"PATCH": Operation(activate, limit="activity_status")},
    "/activities/{id:int}/deactivate": {"PATCH": Operation(deactivate, limit="activity_status")},
}
