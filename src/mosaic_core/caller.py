"""On whose behalf a use case runs."""

import datetime as dt

from attrs import Factory, field, frozen

from mosaic_core.caching import CacheScope
from mosaic_core.calendar import MIDNIGHT, day_in
from mosaic_core.errors import Forbidden


@frozen
class Caller:
    """The user on whose behalf a use case runs; `listens` says whether they have a webhook.

    Their days start at `day_start` ("HH:MM") in the zone `timezone`.
    """

    user_id: int
    username: str
    display_name: str
    is_admin: bool
    timezone: str
    listens: bool = False
    day_start: str = MIDNIGHT
    scope: CacheScope = field(
        init=False, eq=False, default=Factory(lambda self: CacheScope(self.user_id, self.is_admin), True)
    )

    def today(self, now: dt.datetime) -> dt.date:
        """Return the day that it is for the user at the instant `now` (see `day_in`)."""
        return day_in(self.timezone, now, self.day_start)

    def may_change(self, owner: int | None) -> bool:
        """Return whether a row of that owner is theirs to see and change by its id."""
        return self.is_admin or owner == self.user_id


def require_admin(caller: Caller) -> None:
    """Raise Forbidden unless the caller is an administrator."""
    if not caller.is_admin:
        raise Forbidden("Only administrators may do this")
