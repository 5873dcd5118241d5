"""Statistics over HTTP."""

from collections.abc import Mapping

from mosaic_core.caching import CacheKey
from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.stats.model import Progress
from mosaic_core.views import PROGRESS, PROGRESS_SECONDS
from mosaic_http.call import Call
from mosaic_http.codec import encode
from mosaic_http.operation import Operation, Reply
from mosaic_http.parameters import day

_DAY = day()


def progress(call: Call) -> Answer:
    """Show what the caller has reached.

    Goals, streaks, distribution and consistency, seen from one day.
    """
    mosaic, caller = call.mosaic, call.caller
    day = call.query.get(_DAY) or mosaic.entries.today_of(caller)
    key = CacheKey(PROGRESS, caller.scope, ("json", day.isoformat()))
    shown = mosaic.views.shared(key, PROGRESS_SECONDS, lambda: encode(mosaic.stats.progress(caller, day)))
    return Answer(200, shown)


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/stats/progress": {
        "GET": Operation(progress, lane=Lane.READ, query=(_DAY,), answers={200: Reply(Progress)})
    },
}
