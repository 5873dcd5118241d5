"""Statistics over HTTP."""

from collections.abc import Mapping

from starlette.responses import Response

from mosaic_core.caching import CacheKey
from mosaic_core.views import PROGRESS, PROGRESS_SECONDS
from mosaic_http.call import Call, json_response
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation


async def progress(call: Call) -> Response:
    """Show what the caller has reached."""
    day = call.day() or call.mosaic.entries.today_of(call.caller)
    key = CacheKey(PROGRESS, call.caller.scope, ("json", day.isoformat()))

    def compute() -> bytes:
        return encode(call.mosaic.stats.progress(call.caller, day))

    shown = await call.mosaic.lanes.read(lambda: call.mosaic.views.get(key, PROGRESS_SECONDS, compute))
    return json_response(shown)


PATHS: Mapping[str, Mapping[str, Operation]] = {"/stats/progress": {"GET": Operation(progress)}}
