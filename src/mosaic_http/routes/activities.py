"""Activities over HTTP."""

import datetime as dt
from collections.abc import Mapping
from operator import attrgetter
from typing import TypedDict

import msgspec

from mosaic_core.activities.model import Activity, ActivityChange, NewActivity
from mosaic_core.entries.merging import MergeActivity
from mosaic_core.errors import Conflict, Forbidden, InvalidInput, InvalidState, NotFound
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.paging import Part
from mosaic_core.schedules.model import Schedule, Target
from mosaic_http.answers import Message, say, show, show_part, stated
from mosaic_http.call import Call
from mosaic_http.operation import TOTAL, Operation, Reply
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


class ActivityTold(msgspec.Struct):
    """An activity; without a schedule of its own, the one that its frequency a week amounts to is told."""

    id: int
    user_id: int | None
    name: str
    category: str
    activity_type: str
    goal: float
    description: str
    active: int
    frequency_per_day: int
    frequency_per_week: int
    deactivated_at: dt.date | None
    schedule: Schedule
    target: Target | None
    unit: str


class Added(TypedDict):
    """The activity is there."""

    message: str
    activity: ActivityTold


class MergedActivity(TypedDict):
    """How many entries moved to days that had none, and how many met another one."""

    message: str
    moved: int
    merged: int


class Overwritten(TypedDict):
    """An activity of that name was there, and has been overwritten."""

    message: str
    activity: ActivityTold
    overwrite: bool


_plain = attrgetter(*ActivityTold.__struct_fields__[:-3])


def told(activity: Activity) -> ActivityTold:
    """Return what is told of an activity."""
    schedule, target = stated(activity.effective_schedule), stated(activity.target)
    return ActivityTold(*(*_plain(activity), schedule, target, activity.unit))


def list_activities(call: Call) -> Answer:
    """Show the caller's activities.

    Active ones come first, then by category, then by name.
    """
    query = call.query
    page = query.page(_PAGE)
    part = call.mosaic.activities.page(call.caller, page, inactive=query.get(_ALL))
    return show_part(call, Part([told(one) for one in part.items], part.total))


def add_activity(call: Call, new: NewActivity) -> Answer:
    """Add an activity, or overwrite the one of that name.

    Without a `goal`, it is what the frequencies amount to for one day; a negative activity's is 0. Only
    administrators make `shared` activities. An activity that is overwritten keeps its `schedule`, `target`
    and `unit` where they are left out; null is none.
    """
    added = call.mosaic.activities.add(call.caller, new, overwrite=call.header(_OVERWRITE))
    if added.is_new:
        return say("Activity added", 201, activity=told(added.activity))
    return say("Activity overwritten", activity=told(added.activity), overwrite=True)


def show_activity(call: Call) -> Answer:
    """Show one activity."""
    return show(told(call.mosaic.activities.get(call.caller, call.path_id())))


def update_activity(call: Call, change: ActivityChange) -> Answer:
    """Change an activity.

    Name, category, goal, type and description are carried into the owner's entries. Both frequencies are
    given together, and recompute the goal unless one is given. A `schedule` or `target` of null is none.
    """
    call.mosaic.activities.update(call.caller, call.path_id(), change)
    return say("Activity updated")


def merge_activity(call: Call, wanted: MergeActivity) -> Answer:
    """Merge an activity into another one.

    Its entries move to the other activity, which has the same owner and type, and it is gone. Where both
    have an entry on one day, `add` adds up the values and joins the notes, `keep` leaves the entry of the
    other activity, and `replace` puts value and note of this one in its place. With a shared activity go the
    entries of all who have used it without having an activity of that name themselves.
    """
    merged = call.mosaic.entries.merge(call.caller, call.path_id(), wanted)
    return say("Activities merged", moved=merged.moved, merged=merged.merged)


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
            list_activities,
            lane=lane_of_page,
            query=(_ALL, _PAGE),
            answers={200: Reply(list[ActivityTold], headers=(TOTAL,))},
        ),
    },
    "/add_activity": {
        "POST": Operation(
            add_activity,
            lane=Lane.WRITE,
            takes=NewActivity,
            limit="add_activity",
            headers=(_OVERWRITE,),
            answers={201: Reply(Added, "The activity is new"), 200: Reply(Overwritten)},
            errors=(Conflict, Forbidden, InvalidState),
        ),
    },
    "/activities/{id:int}": {
        "GET": Operation(
            show_activity, lane=Lane.READ, answers={200: Reply(ActivityTold)}, errors=(NotFound,)
        ),
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
    "/activities/{id:int}/merge": {
        "POST": Operation(
            merge_activity,
            lane=Lane.WRITE,
            takes=MergeActivity,
            limit="update_activity",
            answers={200: Reply(MergedActivity)},
            errors=(NotFound, InvalidInput),
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
