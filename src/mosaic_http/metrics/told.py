"""The metrics of requests as JSON."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from mosaic_http.traffic import RouteCounts

FailuresTold = TypedDict("FailuresTold", {"4xx": int, "5xx": int})
FailuresTold.__doc__ = "How many requests failed, by class of status."


class EndpointTold(TypedDict):
    """What came to a method of a path."""

    method: str
    endpoint: str
    count: int
    avg_latency_ms: float
    total_latency_ms: float
    errors_4xx: int
    errors_5xx: int
    status_counts: Mapping[str, int]


class MetricsTold(TypedDict):
    """What the server has answered since it started, over all its workers."""

    requests_total: int
    total_latency_ms: float
    avg_latency_ms: float
    errors_total: FailuresTold
    status_counts: Mapping[str, int]
    endpoints: Sequence[EndpointTold]
    last_updated: dt.datetime | None


def metrics_told(routes: Sequence[RouteCounts], last_updated: dt.datetime | None) -> MetricsTold:
    """Return the metrics of requests."""
    count, seconds = sum(one.count for one in routes), sum(one.seconds for one in routes)
    statuses: Counter[int] = Counter()
    for one in routes:
        statuses.update(one.statuses)
    return {
        "requests_total": count,
        "total_latency_ms": _ms(seconds),
        "avg_latency_ms": _average(seconds, count),
        "errors_total": {
            "4xx": sum(one.failed(4) for one in routes),
            "5xx": sum(one.failed(5) for one in routes),
        },
        "status_counts": _texts(statuses),
        "endpoints": [_endpoint(one) for one in routes],
        "last_updated": last_updated,
    }


def _endpoint(one: RouteCounts) -> EndpointTold:
    return {
        "method": one.method,
        "endpoint": one.route,
        "count": one.count,
        "avg_latency_ms": _average(one.seconds, one.count),
        "total_latency_ms": _ms(one.seconds),
        "errors_4xx": one.failed(4),
        "errors_5xx": one.failed(5),
        "status_counts": _texts(one.statuses),
    }


def _texts(statuses: Mapping[int, int]) -> Mapping[str, int]:
    return {str(status): number for status, number in sorted(statuses.items())}


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _average(seconds: float, count: int) -> float:
    return _ms(seconds / count) if count else 0.0
