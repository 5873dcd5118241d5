"""The metrics as Prometheus reads them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from attrs import frozen
from prometheus_client import generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition
from prometheus_client.registry import Collector

from mosaic_core.tally import Counted
from mosaic_http.health import Found
from mosaic_http.metrics.gathered import STATES, TOTALS, refusals
from mosaic_http.metrics.outlook import Outlook
from mosaic_http.traffic import BOUNDS, RouteCounts

PLAIN = CONTENT_TYPE_PLAIN_0_0_4
OPEN = exposition.CONTENT_TYPE_LATEST

_ENDS = [f"{bound:g}" for bound in BOUNDS] + ["+Inf"]


@frozen
class Collected(Collector):
    """All that is told at one time."""

    routes: Sequence[RouteCounts]
    gathered: Mapping[str, float]
    limits: tuple[str, ...]
    started_at: float
    workers: int
    found: Found
    outlook: Outlook

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield self._requests()
        yield self._durations()
        yield self._errors()
        for one in (*TOTALS, refusals(self.limits), *STATES):
            yield one.metric(self.gathered)
        yield SummaryMetricFamily(
            "mosaic_backup_duration_seconds",
            "How long backups took that the server made.",
            count_value=int(self.gathered[Counted.BACKUPS_MADE.value]),
            sum_value=self.gathered[Counted.BACKUP_SECONDS.value],
        )
        for name, (about, value) in {**self._states(), **self.outlook.told()}.items():
            yield GaugeMetricFamily(name, about, value)

    def text(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics as a text, and its media type: OpenMetrics for whoever accepts that."""
        if "application/openmetrics-text" in accept:
            return exposition.generate_latest(self), OPEN  # type: ignore[no-untyped-call]  # the client's own
        return generate_latest(self), PLAIN

    def _requests(self) -> Metric:
        metric = CounterMetricFamily(
            "mosaic_http_requests_total",
            "Requests that have ended, by route, method and status.",
            labels=("route", "method", "status"),
        )
        for one in self.routes:
            for status, number in one.statuses.items():
                metric.add_metric([one.route, one.method, str(status)], number)
        return metric

    def _durations(self) -> Metric:
        metric = HistogramMetricFamily(
            "mosaic_http_request_duration_seconds",
            "How long requests took; of pictures without end, until the first.",
            labels=("route", "method"),
        )
        for one in self.routes:
            buckets = [*zip(_ENDS, accumulate(one.durations), strict=True)]
            metric.add_metric([one.route, one.method], buckets, one.seconds)
        return metric

    def _errors(self) -> Metric:
        metric = CounterMetricFamily(
            "mosaic_http_errors_total", "Requests that failed, by class of status.", labels=("class",)
        )
        for hundreds in (4, 5):
            metric.add_metric([f"{hundreds}xx"], sum(one.failed(hundreds) for one in self.routes))
        return metric

    def _states(self) -> Mapping[str, tuple[str, float]]:
        return {
            "mosaic_process_start_time_seconds": ("When the server started, in Unix time.", self.started_at),
            "mosaic_workers": ("Processes that serve.", self.workers),
            "mosaic_store_up": (
                "Whether the store answered and was sound, 1 or 0, within the last second.",
                self.found.db_ok,
            ),
            "mosaic_cache_up": (
                "Whether the cache and what servers share worked, 1 or 0, within the last second.",
                self.found.cache_ok,
            ),
        }
