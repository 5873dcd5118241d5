"""What all requests share."""

from attrs import field, frozen

from mosaic_adapters.settings import Settings
from mosaic_core.app import Mosaic
from mosaic_http.audit_rows import AuditRows
from mosaic_http.health import Health
from mosaic_http.helpers import Helpers
from mosaic_http.limits import RateLimiter
from mosaic_http.metrics.outlook import Outlooks
from mosaic_http.pacing import Pace
from mosaic_http.places import Places
from mosaic_http.published import MadeOnce
from mosaic_http.recent_events import NewestEvents
from mosaic_http.traffic import Traffic
from mosaic_http.unheard import UnheardProxy


@frozen
class Services:
    """The use cases, the settings, and what this process counts.

    `webhook_tests` are those under way that came under an idempotency key: whose, and the key.
    """

    mosaic: Mosaic
    settings: Settings
    limiter: RateLimiter
    traffic: Traffic
    health: Health
    outlooks: Outlooks
    audit_rows: AuditRows
    openapi: MadeOnce
    newest_events: NewestEvents
    version: str
    pace: Pace
    helpers: Helpers
    own_help: Helpers
    unheard: UnheardProxy = field(factory=UnheardProxy)
    exports: Places = field(factory=Places)
    webhook_tests: set[tuple[int, str]] = field(factory=set)
