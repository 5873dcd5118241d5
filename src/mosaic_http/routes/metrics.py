"""What programs that watch the server want to know."""

import datetime as dt
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from mosaic_core.idempotency.model import Answer
from mosaic_core.lanes import Lane
from mosaic_core.tally import Counted
from mosaic_http.answers import show
from mosaic_http.call import Call
from mosaic_http.metrics.collected import OPEN, PLAIN, Collected
from mosaic_http.metrics.told import MetricsTold, metrics_told
from mosaic_http.operation import Operation, Reply
from mosaic_http.parameters import choice
from mosaic_http.traffic import RouteCounts

_FORMAT = choice("format", "How to tell it", "prometheus", "json")

_Requests = tuple[Sequence[RouteCounts], dt.datetime | None]


async def collect(call: Call) -> Collected | _Requests:
    """Return what is to be told, as it is at one moment."""
    traffic = call.services.traffic
    if call.query.get(_FORMAT) == "json":
        return [*traffic.routes()], traffic.last_update
    gathered = traffic.gathered()
    tried = gathered[Counted.BACKUPS_MADE.value] + gathered[Counted.BACKUPS_FAILED.value]
    found, outlook = await call.services.health.look(), await call.services.outlooks.current(tried)
    return Collected(
        [*traffic.routes()],
        traffic.gathered(),
        call.services.limiter.names,
        traffic.started_at,
        traffic.workers,
        found,
        outlook,
    )


def metrics(call: Call, collected: Collected | _Requests) -> Answer | Response:
    """Show what the server has done since it started, over all its workers.

    It is told to Prometheus in its text format, or in OpenMetrics to whoever accepts that, or as JSON the
    part that is about requests.
    """
    if not isinstance(collected, Collected):
        return show(metrics_told(*collected))
    text, media_type = collected.text(call.headers.get(b"accept", b"").decode("latin-1"))
    return Response(text, headers={"content-type": media_type, "vary": "Accept"})


PATHS: Mapping[str, Mapping[str, Operation]] = {
    "/metrics": {
        "GET": Operation(
            metrics,
            lane=Lane.BRIEF,
            prepare=collect,
            public=True,
            query=(_FORMAT,),
            answers={200: Reply(MetricsTold, "The metrics", texts=(PLAIN, OPEN))},
        ),
    },
}
