"""What programs that watch the server want to know."""

from collections.abc import Mapping

from starlette.responses import Response

from mosaic_core.idempotency.model import Answer
from mosaic_core.tally import Counted
from mosaic_http.answers import show
from mosaic_http.call import Call
from mosaic_http.health import Found
from mosaic_http.metrics import families
from mosaic_http.metrics.outlook import Outlook
from mosaic_http.metrics.text import MEDIA_TYPE, metrics_text
from mosaic_http.metrics.told import MetricsTold, metrics_told
from mosaic_http.operation import Operation, Reply
from mosaic_http.parameters import choice

_FORMAT = choice("format", "How to tell it", "prometheus", "json")


async def look(call: Call) -> tuple[Found, Outlook] | None:
    """Return whether all is well and how backups stand, where that is wanted."""
    if call.query.get(_FORMAT) == "json":
        return None
    gathered = call.services.traffic.gathered()
    tried = gathered[Counted.BACKUPS_MADE.value] + gathered[Counted.BACKUPS_FAILED.value]
    return await call.services.health.look(), await call.services.outlooks.current(tried)


def metrics(call: Call, looked: tuple[Found, Outlook] | None) -> Answer | Response:
    """Show what the server has done since it started, over all its workers.

    It is told to Prometheus in its text format, or as JSON the part that is about requests.
    """
    traffic = call.services.traffic
    routes = [*traffic.routes()]
    if looked is None:
        return show(metrics_told(routes, traffic.last_update))
    found, outlook = looked
    now = {
        families.STARTED: traffic.started_at,
        families.WORKERS: traffic.workers,
        families.STORE_UP: found.db_ok,
        families.CACHE_UP: found.cache_ok,
    }
    text = metrics_text(routes, traffic.gathered(), call.services.limiter.names, outlook, now)
    return Response(text, headers={"content-type": MEDIA_TYPE})


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/metrics": {
        "GET": Operation(
            metrics,
            lane=None,
            prepare=look,
            public=True,
            query=(_FORMAT,),
            answers={200: Reply(MetricsTold, "The metrics", text=MEDIA_TYPE)},
        ),
    },
}
