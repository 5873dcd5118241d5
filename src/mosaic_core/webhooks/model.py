"""What a webhook is, what it is told, and when."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen
from attrs.validators import optional

from mosaic_core.validators import fail, obey, some_from, some_of

ENTRY_ADDED = "entry.added"
DAY_FINALIZED = "day.finalized"
STREAK_REACHED = "streak.reached"
BACKUP_FAILED = "backup.failed"
TEST = "test"
EVENTS = (ENTRY_ADDED, DAY_FINALIZED, STREAK_REACHED, BACKUP_FAILED)
"""What a webhook may ask for. A failed backup is told to administrators alone."""

MOST_WEBHOOKS = 10
"""So many webhooks one person may have: each multiplies what their entries cost."""

MOST_WAITING = 10_000
"""So many events may wait for one webhook, some megabytes; further ones are left out, which is told."""

GIVEN_UP_AFTER = dt.timedelta(days=3)

LONGEST_URL = 2_000
_URL = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?][\x21-\x7e]*)?", re.ASCII
)
_FIRST_PAUSE = dt.timedelta(seconds=5)
_LONGEST_PAUSE = dt.timedelta(hours=1)
_MILESTONES = (3, 7, 14, 30, 60, 100, 180, 365)


@frozen
class Webhook:
    """A webhook as it is stored.

    `secret` signs what is sent. `failures` counts attempts that failed in a row, `given_up` the events that
    were never delivered. `due_at` is when to try next; None while nothing waits. Whoever tries puts it off,
    so that nobody else does meanwhile. An address may be a secret too, so no text shows it.
    """

    id: int
    user_id: int
    url: str = field(repr=False)
    events: tuple[str, ...]
    secret: str = field(repr=False)
    enabled: bool
    created_at: dt.datetime
    last_delivered_at: dt.datetime | None = None
    last_error: str | None = None
    failures: int = 0
    given_up: int = 0
    due_at: dt.datetime | None = None

    @property
    def host(self) -> str:
        """The name of the host that is told."""
        return urlsplit(self.url).hostname or ""

    def wants(self, event: str) -> bool:
        """Return whether it is to be told of such an event."""
        return self.enabled and event in self.events


@frozen
class Delivery:
    """An event that waits to be told to a webhook; `data` is JSON."""

    id: int
    webhook_id: int
    event: str
    created_at: dt.datetime
    data: str


def pause(failures: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row: 5 s, three times as long each time, to 1 h."""
    growth: int = 3 ** min(failures - 1, 10)
    return min(_FIRST_PAUSE * growth, _LONGEST_PAUSE)


def reached(before: int, after: int) -> Sequence[int]:
    """Return the lengths worth telling that a streak has reached when it has grown from one to the other."""
    years = range(365, after + 1, 365)
    return [length for length in sorted({*_MILESTONES, *years}) if before < length <= after]


def reachable(_: object, attribute: "Attribute[Any]", value: str) -> None:
    """Require an address that events can be sent to."""
    if len(value) > LONGEST_URL or not _URL.fullmatch(value):
        raise fail(
            attribute.name,
            f"must be an http or https address of at most {LONGEST_URL} visible ASCII characters, "
            "without a name and password in it",
        )
    try:
        is_right = urlsplit(value).port != 0
    except ValueError:
        is_right = False
    if not is_right or "#" in value:
        raise fail(attribute.name, "must have a port that there is, if any, and no fragment")


@frozen(kw_only=True)
class NewWebhook:
    """What a person says of a webhook to be made."""

    url: str = field(validator=reachable, repr=False)
    events: tuple[str, ...] = field(validator=some_from(*EVENTS))


@frozen(kw_only=True)
class WebhookChange:
    """What a person changes about a webhook; None leaves a field as it is."""

    url: str | None = field(default=None, validator=optional(reachable), repr=False)
    events: tuple[str, ...] | None = field(default=None, validator=optional(some_from(*EVENTS)))
    enabled: bool | None = field(default=None)

    RULES: ClassVar = (some_of("url", "events", "enabled"),)

    def __attrs_post_init__(self) -> None:
        obey(self)
