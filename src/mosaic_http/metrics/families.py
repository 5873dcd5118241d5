"""Every metric: its name, what it means, and of which numbers it is made."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mosaic_core.tally import Counted
from mosaic_core.views import PROGRESS, SESSION, TODAY

Kind = Literal["counter", "gauge", "histogram", "summary"]

VIEWS = (SESSION, TODAY, PROGRESS)
ANY = ""
"""The labels of a metric that has one value."""


@frozen(eq=False)
class Family:
    """A metric. `numbers` has the names of the gathered numbers by the labels that they get, as text."""

    name: str
    kind: Kind
    about: str
    numbers: Mapping[str, str] = field(factory=dict)

    @property
    def head(self) -> str:
        """What stands before its values."""
        return f"# HELP {self.name} {self.about}\n# TYPE {self.name} {self.kind}\n"


REQUESTS = Family(
    "mosaic_http_requests_total", "counter", "Requests that have ended, by route, method and status."
)
DURATIONS = Family(
    "mosaic_http_request_duration_seconds",
    "histogram",
    "How long requests took; of pictures without end, until the first.",
)
ERRORS = Family("mosaic_http_errors_total", "counter", "Requests that failed, by class of status.")
STARTED = Family("mosaic_process_start_time_seconds", "gauge", "When the server started, in Unix time.")
WORKERS = Family("mosaic_workers", "gauge", "Processes that serve.")

CACHE_HITS = Family(
    "mosaic_cache_hits_total",
    "counter",
    "Values that were found in the cache, by view.",
    {f'{{view="{view}"}}': f"cache_hits_{view}" for view in VIEWS},
)
CACHE_MISSES = Family(
    "mosaic_cache_misses_total",
    "counter",
    "Values that were not found in the cache, by view.",
    {f'{{view="{view}"}}': f"cache_misses_{view}" for view in VIEWS},
)
TRANSACTIONS = Family(
    "mosaic_database_transactions_total",
    "counter",
    "Transactions that have ended; a group of writes is one.",
    {'{kind="read"}': Counted.READS.value, '{kind="write"}': Counted.WRITES.value},
)
DATABASE_SECONDS = Family(
    "mosaic_database_seconds_total",
    "counter",
    "How long transactions were open, commits included.",
    {'{kind="read"}': Counted.READ_SECONDS.value, '{kind="write"}': Counted.WRITE_SECONDS.value},
)
RECORDS = Family(
    "mosaic_wearable_records_total",
    "counter",
    "Records that wearables sent, by what became of them.",
    {
        '{outcome="accepted"}': Counted.RECORDS_ACCEPTED.value,
        '{outcome="duplicate"}': Counted.RECORDS_REPEATED.value,
        '{outcome="error"}': Counted.RECORDS_REFUSED.value,
    },
)
BACKUPS = Family(
    "mosaic_backups_total",
    "counter",
    "Backups that the server tried to make, by outcome.",
    {'{outcome="success"}': Counted.BACKUPS_MADE.value, '{outcome="failure"}': Counted.BACKUPS_FAILED.value},
)
FRAMES = Family(
    "mosaic_camera_frames_total", "counter", "Pictures that cameras have sent.", {ANY: "camera_frames"}
)
RESTARTS = Family(
    "mosaic_camera_restarts_total",
    "counter",
    "How often a camera was opened again because it had stopped.",
    {ANY: "camera_restarts"},
)
EVENTS = Family(
    "mosaic_webhook_deliveries_total",
    "counter",
    "Attempts to tell a webhook an event, by outcome.",
    {
        '{outcome="success"}': Counted.EVENTS_DELIVERED.value,
        '{outcome="failure"}': Counted.EVENTS_NOT_TAKEN.value,
    },
)
CAMERAS = Family("mosaic_camera_cameras", "gauge", "Cameras that are open.", {ANY: "camera_cameras"})
VIEWERS = Family("mosaic_camera_viewers", "gauge", "People who watch a camera.", {ANY: "camera_viewers"})

BACKUP_DURATION = Family(
    "mosaic_backup_duration_seconds", "summary", "How long backups took that the server made."
)
STORE_UP = Family(
    "mosaic_store_up", "gauge", "Whether the store answered and was sound, 1 or 0, within the last second."
)
CACHE_UP = Family("mosaic_cache_up", "gauge", "Whether the cache worked, 1 or 0, within the last second.")
BACKUP_ENABLED = Family("mosaic_backup_enabled", "gauge", "Whether backups are made regularly, 1 or 0.")
BACKUP_INTERVAL = Family("mosaic_backup_interval_seconds", "gauge", "How long after one the next is due.")
BACKUP_LAST_FAILED = Family(
    "mosaic_backup_last_failed", "gauge", "Whether the last backup failed, 1 or 0, whoever made it."
)
BACKUP_SUCCESS = Family(
    "mosaic_backup_last_success_timestamp_seconds",
    "gauge",
    "When the newest backup was made, in Unix time; 0 if there is none.",
)
BACKUP_SIZE = Family("mosaic_backup_size_bytes", "gauge", "The newest backup's size; 0 if there is none.")

TOTALS = (
    CACHE_HITS,
    CACHE_MISSES,
    TRANSACTIONS,
    DATABASE_SECONDS,
    RECORDS,
    BACKUPS,
    FRAMES,
    RESTARTS,
    EVENTS,
)
"""What only grows."""
STATES = (CAMERAS, VIEWERS)
"""What is so now, in all workers together."""


def refusals(limits: tuple[str, ...]) -> Family:
    """Return the metric of what the rate limits of these names refused."""
    return Family(
        "mosaic_rate_limit_refusals_total",
        "counter",
        "Requests that a rate limit refused, by limit.",
        {f'{{limit="{limit}"}}': f"refused_{limit}" for limit in limits},
    )
