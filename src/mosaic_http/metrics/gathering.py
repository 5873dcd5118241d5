"""What this process has counted in other places than where requests end."""

from collections.abc import Mapping
from itertools import chain

from mosaic_core.app import Mosaic
from mosaic_core.caching import CacheCounts
from mosaic_core.tally import Counted
from mosaic_http.limits import RateLimiter
from mosaic_http.metrics.families import STATES, TOTALS, VIEWS, Family, refusals
from mosaic_http.traffic import Gathering


def gathering(mosaic: Mosaic, limiter: RateLimiter) -> Gathering:
    """Return what gathers all that is counted by the use cases and by the rate limits."""

    def gather() -> Mapping[str, float]:
        return {**_told(mosaic), **{f"refused_{name}": number for name, number in limiter.refusals.items()}}

    totals = _names(*TOTALS, refusals(limiter.names))
    return Gathering((*totals, Counted.BACKUP_SECONDS.value), _names(*STATES), gather)


def _names(*families: Family) -> tuple[str, ...]:
    return tuple(chain.from_iterable(family.numbers.values() for family in families))


def _told(mosaic: Mosaic) -> Mapping[str, float]:
    cached, nothing, streams = mosaic.views.cache.counts(), CacheCounts(), mosaic.streams.counts()
    return {
        **{counted.value: amount for counted, amount in mosaic.tally.so_far().items()},
        **{f"cache_hits_{view}": cached.get(view, nothing).hits for view in VIEWS},
        **{f"cache_misses_{view}": cached.get(view, nothing).misses for view in VIEWS},
        "camera_cameras": streams.cameras,
        "camera_viewers": streams.viewers,
        "camera_frames": streams.frames,
        "camera_restarts": streams.restarts,
    }
