"""A person who uses Mosaic from Python."""

import datetime as dt
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from typing import TypedDict, TypeVar, Unpack

from attrs import frozen

from mosaic_core.activities.model import Activity, ActivityChange, AddedActivity, NewActivity
from mosaic_core.caller import Caller
from mosaic_core.entries.csv import csv_export
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.entries.merging import ADD, MergeActivity, Merged
from mosaic_core.entries.model import (
    AddEntry,
    Entry,
    EntryChange,
    EntryFilter,
    ListedEntry,
    TodayRow,
    WrittenEntry,
)
from mosaic_core.entries.service import Finalized
from mosaic_core.errors import NotFound
from mosaic_core.paging import Page
from mosaic_core.rules.model import CHECK, VALUE, ListedRule, NewRule, RuleChange
from mosaic_core.schedules.agenda import ActivityHistory, Agenda, HistoryWanted
from mosaic_core.schedules.model import Schedule, Target
from mosaic_core.schedules.pauses import NewPause, Pause, PauseChange
from mosaic_core.stats.model import Progress
from mosaic_core.store import run_again
from mosaic_core.use_cases import UseCases
from mosaic_core.wearables.model import Batch, IngestReport
from mosaic_core.wearables.pictures import DayPicture
from mosaic_core.wearables.trends import Trend, TrendWanted

T = TypeVar("T")

ALL = Page(None)


class EntryChanges(TypedDict, total=False):
    """What can be changed about an entry."""

    date: dt.date
    value: float
    note: str


class Described(TypedDict, total=False):
    """What can be said of an activity beside its name and category."""

    frequency_per_day: int
    frequency_per_week: int
    description: str
    goal: float
    activity_type: str
    shared: bool
    schedule: Schedule | None
    target: Target | None
    unit: str


class ActivityChanges(TypedDict, total=False):
    """What can be changed about an activity: both frequencies together; None takes away what was set."""

    name: str
    category: str
    goal: float
    description: str
    frequency_per_day: int
    frequency_per_week: int
    activity_type: str
    schedule: Schedule | None
    target: Target | None
    unit: str


@frozen
class Person:
    """A person, known by name, and what they do. Get one from `Mosaic.person`.

    Each call is one use case, as fresh as the store, and runs again after a SerializationFailure. Days
    default to the person's today. Every call raises NotFound once the account is gone, and what breaks a
    rule raises InvalidInput and changes nothing.
    """

    _use_cases: UseCases
    username: str
    user_id: int

    @property
    def caller(self) -> Caller:
        """The person as the use cases of `Mosaic` want them. Raises NotFound once the account is gone."""
        caller = self._use_cases.sessions.caller(self.username)
        if caller.user_id != self.user_id:
            raise NotFound(f"The account of {self.username} is gone; another one has that name now")
        return caller

    def add(
        self, activity: str, value: float = 0.0, *, date: dt.date | None = None, note: str = ""
    ) -> WrittenEntry:
        """Write what was done on a day.

        A second entry for that day and activity replaces the first, note and all. An unknown activity is
        created.
        """
        entries = self._use_cases.entries

        def add(caller: Caller) -> WrittenEntry:
            day = date or entries.today_of(caller)
            return entries.add(caller, AddEntry(date=day, activity=activity, value=value, note=note))

        return self._run(add)

    def today(self, date: dt.date | None = None) -> Sequence[TodayRow]:
        """Return the activities active on the day, by name, each with its entry of that day."""
        return self._run(lambda caller: self._use_cases.entries.today(caller, date, ALL))

    def finalize(self, date: dt.date | None = None) -> Finalized:
        """Add an entry of value 0 for every activity of the day that has none."""
        return self._run(lambda caller: self._use_cases.entries.finalize(caller, date))

    def entries(
        self,
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        activity: str | None = None,
        category: str | None = None,
        page: Page = ALL,
    ) -> Sequence[ListedEntry]:
        """Return the entries from `first` to `last`, both included, newest day first."""
        wanted = EntryFilter(first=first, last=last, activity=activity, category=category)
        return self._run(lambda caller: self._use_cases.entries.page(caller, wanted, page).items)

    def entry(self, entry_id: int) -> Entry:
        """Return one entry. Raises NotFound if there is none with that id."""
        return self._run(lambda caller: self._use_cases.entries.get(caller, entry_id))

    def change_entry(self, entry_id: int, **changes: Unpack[EntryChanges]) -> Entry:
        """Change the day, the value or the note of an entry; return it as it is then."""
        change = EntryChange(**changes)
        return self._run(lambda caller: self._use_cases.entries.change(caller, entry_id, change))

    def delete_entry(self, entry_id: int) -> None:
        """Delete an entry. Raises NotFound if there is none with that id."""
        self._run(lambda caller: self._use_cases.entries.delete(caller, entry_id))

    def progress(self, date: dt.date | None = None) -> Progress:
        """Return what was reached as of the day: goals, streaks, distribution, consistency."""
        return self._run(lambda caller: self._use_cases.stats.progress(caller, date))

    def agenda(self, date: dt.date | None = None) -> Agenda:
        """Return how the habits that are active on the day stand, seen from it.

        What is due comes first, then what is done, then the rest, each by name.
        """
        return self._run(lambda caller: self._use_cases.agenda.of(caller, date))

    def history(
        self, activity_id: int, *, first: dt.date | None = None, last: dt.date | None = None
    ) -> ActivityHistory:
        """Return the days of an activity, and how its habit stands today.

        By default the last 365 days; at most 3,660, else InvalidQuery is raised. Raises NotFound if there is
        no activity with that id.
        """
        wanted = HistoryWanted(first=first, last=last)
        return self._run(lambda caller: self._use_cases.agenda.history(caller, activity_id, wanted))

    def pause(
        self,
        first: dt.date,
        last: dt.date | None = None,
        *,
        activity_id: int | None = None,
        reason: str = "",
    ) -> Pause:
        """Ask for nothing from `first` to `last`, both included, or until further notice.

        Nothing of one activity, or of all. Raises NotFound if there is no activity with that id.
        """
        new = NewPause(from_=first, to=last, activity_id=activity_id, reason=reason)
        return self._run(lambda caller: self._use_cases.pauses.add(caller, new))

    def pauses(self) -> Sequence[Pause]:
        """Return the pauses by their first day."""
        return self._run(self._use_cases.pauses.of)

    def change_pause(self, pause_id: int, change: PauseChange) -> Pause:
        """Change what the change says of a pause; return it as it is then."""
        return self._run(lambda caller: self._use_cases.pauses.change(caller, pause_id, change))

    def delete_pause(self, pause_id: int) -> None:
        """Delete a pause. Raises NotFound if there is none with that id."""
        self._run(lambda caller: self._use_cases.pauses.delete(caller, pause_id))

    def fill(
        self, activity: str, metric: str, *, at_least: float | None = None, first: dt.date | None = None
    ) -> ListedRule:
        """Have the activity's entries made of what wearables know of each day, from `first` on or from today.

        `metric` is one of METRICS (see mosaic_core.rules.model). An entry has its value, or, with `at_least`,
        1 or 0 for whether that was reached. Raises NotFound if there is no such activity, Conflict if it has
        a rule.
        """
        fill = VALUE if at_least is None else CHECK
        new = NewRule(activity=activity, metric=metric, fill=fill, at_least=at_least, from_=first)
        return self._run(lambda caller: self._use_cases.rules.add(caller, new))

    def rules(self) -> Sequence[ListedRule]:
        """Return the rules by the names of their activities."""
        return self._run(self._use_cases.rules.of)

    def change_rule(self, rule_id: int, change: RuleChange) -> ListedRule:
        """Change what the change says of a rule, and fill its days anew; return it as it is then."""
        return self._run(lambda caller: self._use_cases.rules.change(caller, rule_id, change))

    def delete_rule(self, rule_id: int) -> None:
        """Delete a rule; its entries stay. Raises NotFound if there is none with that id."""
        self._run(lambda caller: self._use_cases.rules.delete(caller, rule_id))

    def add_activity(self, name: str, category: str, **described: Unpack[Described]) -> AddedActivity:
        """Add an activity, or describe the one of that name anew.

        `frequency_per_day` and `frequency_per_week` default to once a day on each day.
        """
        given: Described = {"frequency_per_day": 1, "frequency_per_week": 7, **described}
        new = NewActivity(name=name, category=category, **given)
        return self._run(lambda caller: self._use_cases.activities.add(caller, new, overwrite=True))

    def activities(self, *, inactive: bool = False) -> Sequence[Activity]:
        """Return the activities: active first, then by category, then by name."""
        return self._run(lambda caller: self._use_cases.activities.page(caller, ALL, inactive=inactive).items)

    def activity(self, activity_id: int) -> Activity:
        """Return one activity. Raises NotFound if there is none with that id."""
        return self._run(lambda caller: self._use_cases.activities.get(caller, activity_id))

    def change_activity(self, activity_id: int, **changes: Unpack[ActivityChanges]) -> None:
        """Change an activity, and its entries with it."""
        change = ActivityChange(**changes)
        self._run(lambda caller: self._use_cases.activities.update(caller, activity_id, change))

    def merge(self, activity_id: int, into: int, on_conflict: str = ADD) -> Merged:
        """Move all entries of an activity into another one, and delete it.

        Where both have an entry on a day, `add` adds up their values, `keep` keeps the other one's entry, and
        `replace` puts this one's in its place.
        """
        wanted = MergeActivity(into=into, on_conflict=on_conflict)
        return self._run(lambda caller: self._use_cases.entries.merge(caller, activity_id, wanted))

    def deactivate(self, activity_id: int) -> None:
        """Deactivate an activity as of today."""
        self._run(lambda caller: self._use_cases.activities.deactivate(caller, activity_id))

    def activate(self, activity_id: int) -> None:
        """Activate an activity again."""
        self._run(lambda caller: self._use_cases.activities.activate(caller, activity_id))

    def delete_activity(self, activity_id: int) -> None:
        """Delete an inactive activity; its entries stay."""
        self._run(lambda caller: self._use_cases.activities.delete(caller, activity_id))

    def import_csv(self, lines: Iterable[str]) -> ImportSummary:
        """Bring in the lines of a CSV file, such as an open file; all rows that can be taken, or nothing."""
        imports = self._use_cases.imports
        caller = self.caller
        with closing(imports.read(lines, caller)) as read:
            foreseen = imports.sum_up(caller, read)
            return self._run(lambda now: imports.write(now, foreseen))

    def export_csv(self) -> Generator[str, None, None]:
        """Yield all data as CSV, piece by piece: one consistent snapshot, open until the last piece."""
        with self._use_cases.exports.open(self.caller, ALL) as export:
            yield from csv_export(export.entries, export.activities)

    def ingest(self, batch: Batch) -> IngestReport:
        """Keep the records of a wearable, and compute the days they touch again."""
        wearables = self._use_cases.wearables
        reading = wearables.read(batch)
        return self._run(lambda caller: wearables.ingest(caller, batch, reading))

    def wearable_day(self, date: dt.date | None = None) -> DayPicture:
        """Return the day's steps, sleep and heart rate over all sources."""
        return self._run(lambda caller: self._use_cases.wearables.day(caller, date))

    def trend(self, wanted: TrendWanted) -> Trend:
        """Return one metric of every day of a window."""
        return self._run(lambda caller: self._use_cases.wearables.trend(caller, wanted))

    def _run(self, use_case: Callable[[Caller], T]) -> T:
        return run_again(lambda: use_case(self.caller))
