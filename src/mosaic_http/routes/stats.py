"""Statistics over HTTP."""

from collections.abc import Mapping

from starlette.responses import Response

from mosaic_core.stats.model import Progress
from mosaic_http.call import Call, json_response
from mosaic_http.codec import encode
from mosaic_http.endpoint import Operation


async def progress(call: Call) -> Response:
    """Show what the caller has reached."""
    day = call.day()
    shown = await call.mosaic.lanes.read(lambda: call.mosaic.stats.progress(call.caller, day, progress_json))
    return json_response(shown)


def progress_json(progress: Progress) -> bytes:
    """Return the statistics as JSON."""
    return encode(progress)


PATHS: Mapping[str, Mapping[str, Operation]] = {"/stats/progress": {"GET": Operation(progress)}}
