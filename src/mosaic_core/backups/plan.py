"""What is kept about backups beside their files: what was set, how the last run went, and who is at it."""

import datetime as dt
from typing import ClassVar

from attrs import field, frozen
from attrs.validators import optional

from mosaic_core.validators import obey, some_of, whole

INTERVALS = whole(5, 366 * 24 * 60)
"""How many minutes there may be between two runs."""

COUNTS = whole(1, 10_000)
"""How many backups may be kept."""


@frozen(kw_only=True)
class BackupPlan:
    """What an administrator has set, and how the last run went; what is None nobody has set.

    `last_run` is when the last run began that came to an end, good or bad; `last_error` is what went wrong in
    it, in words without a path or a secret, None if all went well.
    """

    enabled: bool | None = None
    interval_minutes: int | None = field(default=None, validator=optional(INTERVALS))
    keep: int | None = field(default=None, validator=optional(COUNTS))
    last_run: dt.datetime | None = None
    last_error: str | None = None


@frozen(kw_only=True)
class BackupRun:
    """The latest run, as all who share the store see it.

    Each has a `number` above those before it. `beats` grows while somebody is at it, until it `is_over`.
    """

    number: int
    since: dt.datetime
    beats: int = 0
    is_over: bool = False


@frozen(kw_only=True)
class BackupChange:
    """What an administrator sets; None leaves it as it is."""

    enabled: bool | None = None
    interval_minutes: int | None = field(default=None, validator=optional(INTERVALS))
    keep: int | None = field(default=None, validator=optional(COUNTS))

    RULES: ClassVar = (some_of("enabled", "interval_minutes", "keep"),)

    def __attrs_post_init__(self) -> None:
        obey(self)
