"""What follows when entries change: days to sum up again, and habits whose past is another one now."""

import datetime as dt
from collections.abc import Collection, Iterable

from mosaic_core.foreseen import Summaries
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key

_NONE: Summaries = {}


def touch(
    unit: UnitOfWork,
    owner: int | None,
    names: Collection[str] | None,
    days: Collection[dt.date],
    summaries: Summaries = _NONE,
) -> None:
    """Note that the owner's entries of these days, of activities of these names or of any, are written.

    `summaries` are what some of the days amount to now.
    """
    unit.pending.touch(owner, days, summaries)
    if days:
        forget_pasts(unit, owner, names, min(days))


def forget_pasts(unit: UnitOfWork, owner: int | None, names: Iterable[str] | None, day: dt.date) -> None:
    """Forget what the habits of these names, or of any, amounted to from the day on.

    Of shared activities nothing is kept.
    """
    if owner is not None:
        keys = None if names is None else {name_key(name) for name in names}
        unit.pasts.forget(owner, keys, day)
