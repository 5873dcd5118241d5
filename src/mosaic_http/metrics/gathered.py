"""Metrics of what is counted in other places than where requests end."""

from collections.abc import Mapping
from itertools import chain

from attrs import field, frozen
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mosaic_core.app import Mosaic
from mosaic_core.caching import CacheCounts
from mosaic_core.tally import Counted
from mosaic_core.views import PROGRESS, SESSION, TODAY
from mosaic_http.limits import RateLimiter
from mosaic_http.traffic import Gathering

VIEWS = (SESSION, TODAY, PROGRESS)


@frozen
class Gathered:
    """A metric; `numbers` has the names of the numbers that it is made of, by the values of its label.

    One without a label has a single number, under no value.
    """

    name: str
    about: str
    numbers: Mapping[str, str]
    label: str | None = None
    kind: type[CounterMetricFamily | GaugeMetricFamily] = field(default=CounterMetricFamily, kw_only=True)

    def metric(self, found: Mapping[str, float]) -> Metric:
        """Return the metric with the numbers found."""
        metric = self.kind(self.name, self.about, labels=() if self.label is None else (self.label,))
        for value, number in self.numbers.items():
            metric.add_metric([] if self.label is None else [value], found[number])
        return metric


TOTALS = (
    Gathered(
        "mosaic_cache_hits_total",
        "Values that were found in the cache, by view.",
        {view: f"cache_hits_{view}" for view in VIEWS},
        "view",
    ),
    Gathered(
        "mosaic_cache_misses_total",
        "Values that were not found in the cache, by view.",
        {view: f"cache_misses_{view}" for view in VIEWS},
        "view",
    ),
    Gathered(
        "mosaic_commons_unanswered_total",
        "Questions to the Valkey that servers share that had no answer in time.",
        {"": "commons_unanswered"},
    ),
    Gathered(
        "mosaic_database_transactions_total",
        "Transactions that have ended; a group of writes is one.",
        {"read": Counted.READS.value, "write": Counted.WRITES.value},
        "kind",
    ),
    Gathered(
        "mosaic_database_seconds_total",
        "How long transactions were open, commits included.",
        {"read": Counted.READ_SECONDS.value, "write": Counted.WRITE_SECONDS.value},
        "kind",
    ),
    Gathered(
        "mosaic_wearable_records_total",
        "Records that wearables sent, by what became of them.",
        {
            "accepted": Counted.RECORDS_ACCEPTED.value,
            "duplicate": Counted.RECORDS_REPEATED.value,
            "error": Counted.RECORDS_REFUSED.value,
        },
        "outcome",
    ),
    Gathered(
        "mosaic_backups_total",
        "Backups that the server tried to make, by outcome.",
        {"success": Counted.BACKUPS_MADE.value, "failure": Counted.BACKUPS_FAILED.value},
        "outcome",
    ),
    Gathered("mosaic_camera_frames_total", "Pictures that cameras have sent.", {"": "camera_frames"}),
    Gathered(
        "mosaic_camera_restarts_total",
        "How often a camera was opened again because it had stopped.",
        {"": "camera_restarts"},
    ),
    Gathered(
        "mosaic_webhook_deliveries_total",
        "Attempts to tell a webhook an event, by outcome.",
        {"success": Counted.EVENTS_DELIVERED.value, "failure": Counted.EVENTS_NOT_TAKEN.value},
        "outcome",
    ),
)
"""What only grows."""

STATES = (
    Gathered(
        "mosaic_camera_cameras", "Cameras that are open.", {"": "camera_cameras"}, kind=GaugeMetricFamily
    ),
    Gathered(
        "mosaic_camera_viewers", "People who watch a camera.", {"": "camera_viewers"}, kind=GaugeMetricFamily
    ),
)
"""What is so now, in all workers together."""


def refusals(limits: tuple[str, ...]) -> Gathered:
    """Return the metric of what the rate limits of these names refused."""
    return Gathered(
        "mosaic_rate_limit_refusals_total",
        "Requests that a rate limit refused, by limit.",
        {limit: f"refused_{limit}" for limit in limits},
        "limit",
    )


def gathering(mosaic: Mosaic, limiter: RateLimiter) -> Gathering:
    """Return what gathers all that is counted by the use cases and by the rate limits."""

    def gather() -> Mapping[str, float]:
        return {**_told(mosaic), **{f"refused_{name}": number for name, number in limiter.refusals.items()}}

    totals = _names(*TOTALS, refusals(limiter.names))
    return Gathering((*totals, Counted.BACKUP_SECONDS.value), _names(*STATES), gather)


def _names(*metrics: Gathered) -> tuple[str, ...]:
    return tuple(chain.from_iterable(one.numbers.values() for one in metrics))


def _told(mosaic: Mosaic) -> Mapping[str, float]:
    cached, nothing, streams = mosaic.views.cache.counts(), CacheCounts(), mosaic.streams.counts()
    return {
        **{counted.value: amount for counted, amount in mosaic.tally.so_far().items()},
        **{f"cache_hits_{view}": cached.get(view, nothing).hits for view in VIEWS},
        **{f"cache_misses_{view}": cached.get(view, nothing).misses for view in VIEWS},
        "commons_unanswered": mosaic.commons.unanswered(),
        "camera_cameras": streams.cameras,
        "camera_viewers": streams.viewers,
        "camera_frames": streams.frames,
        "camera_restarts": streams.restarts,
    }
