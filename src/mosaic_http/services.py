"""What all requests share."""

from attrs import Factory, frozen

from mosaic_adapters.settings import Settings
from mosaic_core.app import Mosaic
from mosaic_http.limits import RateLimiter
from mosaic_http.pacing import Pace
from mosaic_http.traffic import Traffic


@frozen
class Services:
    """The use cases, the settings, and what this process counts."""

    mosaic: Mosaic
    settings: Settings
    limiter: RateLimiter
    traffic: Traffic
    version: str
    pace: Pace = Factory(Pace)
