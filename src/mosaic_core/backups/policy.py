"""When a backup is due, and which are kept."""

import datetime as dt
from collections.abc import Sequence

from attrs import field, frozen

from mosaic_core.backups.files import Backup
from mosaic_core.rules import whole

KEEP = 14


@frozen(kw_only=True)
class BackupPolicy:
    """How often backups are made, in minutes, and how many are kept."""

    enabled: bool = True
    interval_minutes: int = field(default=24 * 60, validator=whole(5, 366 * 24 * 60))
    keep: int = field(default=KEEP, validator=whole(1, 10_000))

    def next_run(self, last_run: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
        """Return when the next backup is due: `now` if that has passed already; None if none is wanted.

        A clock that was set back does not put it off by more than the interval.
        """
        if not self.enabled:
            return None
        if last_run is None:
            return now
        interval = dt.timedelta(minutes=self.interval_minutes)
        return max(now, min(last_run, now) + interval)

    def surplus(self, backups: Sequence[Backup]) -> Sequence[Backup]:
        """Return those of the backups, newest first, that are kept no longer.

        To be asked once a new one has been made: so the newest good one is never among them.
        """
        return backups[self.keep :]
