"""When a backup is due, and which are kept."""

import datetime as dt
from collections.abc import Callable, Sequence

from attrs import field, frozen

from mosaic_core.backups.files import Backup, newest_first
from mosaic_core.backups.plan import COUNTS, INTERVALS, BackupPlan

_RETRY_MINUTES = 60


@frozen(kw_only=True)
class BackupPolicy:
    """How often backups are made, in minutes, and how many are kept."""

    enabled: bool = True
    interval_minutes: int = field(default=24 * 60, validator=INTERVALS)
    keep: int = field(default=14, validator=COUNTS)

    def as_set(self, plan: BackupPlan) -> "BackupPolicy":
        """Return the policy with what the plan has set in place of its own."""
        return BackupPolicy(
            enabled=self.enabled if plan.enabled is None else plan.enabled,
            interval_minutes=plan.interval_minutes or self.interval_minutes,
            keep=plan.keep or self.keep,
        )

    def next_run(
        self, since: dt.datetime | None, now: dt.datetime, *, failed: bool = False
    ) -> dt.datetime | None:
        """Return when the next run is due: `now` if that has passed already, None if none is wanted.

        `since` is when the last run began, or, before the first one, the data; None if there is nothing to
        back up yet. After a run that `failed` the next one is tried within the hour. A clock that was set
        back makes nobody wait for more than two intervals.
        """
        if not self.enabled or since is None:
            return None
        minutes = min(self.interval_minutes, _RETRY_MINUTES) if failed else self.interval_minutes
        wait = dt.timedelta(minutes=minutes)
        if since - now > wait:
            return now
        return max(now, since + wait)

    def surplus(
        self, backups: Sequence[Backup], now: dt.datetime, is_good: Callable[[Backup], bool]
    ) -> Sequence[Backup]:
        """Return the backups that are kept no longer, the newest of them first.

        Those beyond the newest `keep` are, if they are good: others are left to people. The newest good one
        never is. A backup from the future was made while the clock was wrong, and ranks behind all others.
        `is_good` is asked of as few as possible.
        """
        past = [one for one in backups if one.created_at <= now]
        future = [one for one in backups if one.created_at > now]
        ranked = [*newest_first(past), *newest_first(future)]
        good = [one for one in ranked[self.keep :] if is_good(one)]
        return good if any(map(is_good, ranked[: self.keep])) else good[1:]
