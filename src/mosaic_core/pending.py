"""What a transaction has yet to do before and after its commit."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from mosaic_core.entries.ports import EntryRepository
from mosaic_core.foreseen import Summaries
from mosaic_core.stats.model import DailyValues, DaySummary
from mosaic_core.stats.ports import SummaryRepository
from mosaic_core.stats.summary import summarise

_DAYS_AT_ONCE = 400
_NONE: Summaries = {}

_log = logging.getLogger("mosaic.store")


class Summed(Protocol):
    """The part of a unit of work that summing up needs."""

    @property
    def entries(self) -> EntryRepository:
        """The entries as they are now."""
        ...

    @property
    def summaries(self) -> SummaryRepository:
        """Where the summed-up days are kept."""
        ...


class Mark(NamedTuple):
    """How far a transaction was at some point."""

    touched: int
    settled: int
    actions: int


class Pending:
    """What a transaction owes: days to sum up again before it commits, and actions to run after it.

    Use cases `touch` the days whose entries they write. The store holds one `Pending` for each transaction
    and calls `settle` before the commit and before summed-up days are read inside the transaction (see
    `SettledSummaries`), `run_actions` once the commit is durable, and `back_to` when a savepoint is undone. A
    day is summed up from its entries as they then are, never counted up, so nothing can drift; a group of
    writes to one day sums it up once.
    """

    def __init__(self) -> None:
        self._touched: list[tuple[int, dt.date, Summaries]] = []
        self._settled = 0
        self._actions: list[Callable[[], object]] = []

    def touch(self, owner: int | None, days: Iterable[dt.date], summaries: Summaries = _NONE) -> None:
        """Note that entries of the owner's days were written; shared entries (None) count for nobody.

        `summaries` are what some of the days amount to now. A later touch of the same day discards that.
        """
        if owner is not None:
            self._touched.extend((owner, day, summaries) for day in days)

    def after_commit(self, action: Callable[[], object]) -> None:
        """Run `action` once everything written so far is durable; never, if it is rolled back.

        One that equals an earlier one is not run again.
        """
        self._actions.append(action)

    def mark(self) -> Mark:
        """Return how far the transaction is, for `back_to`."""
        return Mark(len(self._touched), self._settled, len(self._actions))

    def back_to(self, mark: Mark) -> None:
        """Drop what came after the mark: the store has undone everything that was written since."""
        del self._touched[mark.touched :]
        del self._actions[mark.actions :]
        self._settled = mark.settled

    def settle(self, unit: Summed) -> None:
        """Sum up every touched day again."""
        by_owner: defaultdict[int, dict[dt.date, Summaries]] = defaultdict(dict)
        for owner, day, summaries in self._touched[self._settled :]:
            by_owner[owner][day] = summaries
        for owner, days in by_owner.items():
            _sum_up(unit, owner, sorted(days.items()))
        self._settled = len(self._touched)

    def run_actions(self) -> None:
        """Run the actions in order. One that fails is logged and fails nothing: the commit happened."""
        actions, self._actions = self._actions, []
        for action in dict.fromkeys(actions):
            try:
                action()
            except Exception:  # noqa: BLE001  # whatever an action raises, the commit happened
                _log.exception("an action after a commit failed")


class SettledSummaries(SummaryRepository):
    """The summed-up days inside a write: touched days are summed up when somebody asks.

    So a group of writes to one day sums it up once, whatever is read in between.
    """

    def __init__(self, settle: Callable[[], None], settled: Callable[[], SummaryRepository]) -> None:
        """Wrap what `settled` returns after `settle`."""
        self._settle = settle
        self._settled = settled

    def replace(self, user_id: int, summaries: Mapping[dt.date, DaySummary | None]) -> None:
        """Refuse as what is wrapped does."""
        self._settled().replace(user_id, summaries)

    def summaries(self, user_id: int, first: dt.date, last: dt.date) -> Sequence[DaySummary]:
        """Return the summaries of the days from `first` to `last`, both included, oldest first."""
        self._settle()
        return self._settled().summaries(user_id, first, last)

    def values(self, user_id: int, last: dt.date) -> DailyValues:
        """Return the sum of every day from a day not after the user's first summary to `last`."""
        self._settle()
        return self._settled().values(user_id, last)


def _sum_up(unit: Summed, owner: int, days: Sequence[tuple[dt.date, Summaries]]) -> None:
    for start in range(0, len(days), _DAYS_AT_ONCE):
        some = days[start : start + _DAYS_AT_ONCE]
        summed = {day: known[day] for day, known in some if day in known}
        rest = [day for day, _ in some if day not in summed]
        found = unit.entries.positive(owner, rest)
        unit.summaries.replace(owner, summed | {day: summarise(day, found.get(day, ())) for day in rest})
