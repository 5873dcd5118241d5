"""Mosaic for programs with an event loop."""

import datetime as dt
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self, TypeVar, Unpack

from attrs import frozen

from mosaic_core.activities.model import Activity, AddedActivity
from mosaic_core.app import Mosaic
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.entries.merging import ADD, Merged
from mosaic_core.entries.model import Entry, ListedEntry, TodayRow, WrittenEntry
from mosaic_core.entries.service import Finalized
from mosaic_core.lanes import Lane, Lanes, Party
from mosaic_core.paging import Page
from mosaic_core.person import ALL, ActivityChanges, Described, EntryChanges, Person
from mosaic_core.rules.model import ListedRule, RuleChange
from mosaic_core.schedules.agenda import ActivityHistory, Agenda
from mosaic_core.schedules.pauses import Pause, PauseChange
from mosaic_core.stats.model import Progress
from mosaic_core.wearables.model import Batch, IngestReport
from mosaic_core.wearables.pictures import DayPicture
from mosaic_core.wearables.trends import Trend, TrendWanted

T = TypeVar("T")


@frozen
class AsyncPerson:
    """A `Person` whose calls are awaited: each runs in the lane that suits it.

    Every call does the same as that of `Person`. It may also raise ServiceUnavailable, when too much waits
    in the lane; cancelling one does not undo a write that has begun.
    """

    _person: Person
    _lanes: Lanes

    async def add(
        self, activity: str, value: float = 0.0, *, date: dt.date | None = None, note: str = ""
    ) -> WrittenEntry:
        """Write what was done on a day."""
        return await self._run(Lane.WRITE, lambda: self._person.add(activity, value, date=date, note=note))

    async def today(self, date: dt.date | None = None) -> Sequence[TodayRow]:
        """Return the activities active on the day, by name, each with its entry of that day."""
        return await self._run(Lane.READ, lambda: self._person.today(date))

    async def finalize(self, date: dt.date | None = None) -> Finalized:
        """Add an entry of value 0 for every activity of the day that has none."""
        return await self._run(Lane.WRITE, lambda: self._person.finalize(date))

    async def entries(
        self,
        *,
        first: dt.date | None = None,
        last: dt.date | None = None,
        activity: str | None = None,
        category: str | None = None,
        page: Page = ALL,
    ) -> Sequence[ListedEntry]:
        """Return the entries from `first` to `last`, both included, newest day first."""
        return await self._run(
            Lane.HEAVY if page.limit is None else Lane.READ,
            lambda: self._person.entries(
                first=first, last=last, activity=activity, category=category, page=page
            ),
        )

    async def entry(self, entry_id: int) -> Entry:
        """Return one entry."""
        return await self._run(Lane.READ, lambda: self._person.entry(entry_id))

    async def change_entry(self, entry_id: int, **changes: Unpack[EntryChanges]) -> Entry:
        """Change the day, the value or the note of an entry; return it as it is then."""
        return await self._run(Lane.WRITE, lambda: self._person.change_entry(entry_id, **changes))

    async def delete_entry(self, entry_id: int) -> None:
        """Delete an entry."""
        await self._run(Lane.WRITE, lambda: self._person.delete_entry(entry_id))

    async def progress(self, date: dt.date | None = None) -> Progress:
        """Return what was reached as of the day."""
        return await self._run(Lane.READ, lambda: self._person.progress(date))

    async def agenda(self, date: dt.date | None = None) -> Agenda:
        """Return how the habits that are active on the day stand, seen from it."""
        return await self._run(Lane.READ, lambda: self._person.agenda(date))

    async def history(
        self, activity_id: int, *, first: dt.date | None = None, last: dt.date | None = None
    ) -> ActivityHistory:
        """Return the days of an activity, and how its habit stands today."""
        return await self._run(
            Lane.LONG_READ, lambda: self._person.history(activity_id, first=first, last=last)
        )

    async def pause(
        self,
        first: dt.date,
        last: dt.date | None = None,
        *,
        activity_id: int | None = None,
        reason: str = "",
    ) -> Pause:
        """Ask for nothing from `first` to `last`, both included, or until further notice."""
        return await self._run(
            Lane.WRITE, lambda: self._person.pause(first, last, activity_id=activity_id, reason=reason)
        )

    async def pauses(self) -> Sequence[Pause]:
        """Return the pauses by their first day."""
        return await self._run(Lane.READ, self._person.pauses)

    async def change_pause(self, pause_id: int, change: PauseChange) -> Pause:
        """Change what the change says of a pause; return it as it is then."""
        return await self._run(Lane.WRITE, lambda: self._person.change_pause(pause_id, change))

    async def delete_pause(self, pause_id: int) -> None:
        """Delete a pause."""
        await self._run(Lane.WRITE, lambda: self._person.delete_pause(pause_id))

    async def fill(
        self, activity: str, metric: str, *, at_least: float | None = None, first: dt.date | None = None
    ) -> ListedRule:
        """Have the activity's entries made of what wearables know, from `first` on or from today."""
        return await self._run(
            Lane.WRITE, lambda: self._person.fill(activity, metric, at_least=at_least, first=first)
        )

    async def rules(self) -> Sequence[ListedRule]:
        """Return the rules by the names of their activities."""
        return await self._run(Lane.READ, self._person.rules)

    async def change_rule(self, rule_id: int, change: RuleChange) -> ListedRule:
        """Change what the change says of a rule, and fill its days anew; return it as it is then."""
        return await self._run(Lane.WRITE, lambda: self._person.change_rule(rule_id, change))

    async def delete_rule(self, rule_id: int) -> None:
        """Delete a rule; its entries stay."""
        await self._run(Lane.WRITE, lambda: self._person.delete_rule(rule_id))

    async def add_activity(self, name: str, category: str, **described: Unpack[Described]) -> AddedActivity:
        """Add an activity, or describe the one of that name anew."""
        return await self._run(Lane.WRITE, lambda: self._person.add_activity(name, category, **described))

    async def activities(self, *, inactive: bool = False) -> Sequence[Activity]:
        """Return the activities: active first, then by category, then by name."""
        return await self._run(Lane.READ, lambda: self._person.activities(inactive=inactive))

    async def activity(self, activity_id: int) -> Activity:
        """Return one activity."""
        return await self._run(Lane.READ, lambda: self._person.activity(activity_id))

    async def change_activity(self, activity_id: int, **changes: Unpack[ActivityChanges]) -> None:
        """Change an activity, and its entries with it."""
        await self._run(Lane.WRITE, lambda: self._person.change_activity(activity_id, **changes))

    async def merge(self, activity_id: int, into: int, on_conflict: str = ADD) -> Merged:
        """Move all entries of an activity into another one, and delete it."""
        return await self._run(Lane.WRITE, lambda: self._person.merge(activity_id, into, on_conflict))

    async def deactivate(self, activity_id: int) -> None:
        """Deactivate an activity as of today."""
        await self._run(Lane.WRITE, lambda: self._person.deactivate(activity_id))

    async def activate(self, activity_id: int) -> None:
        """Activate an activity again."""
        await self._run(Lane.WRITE, lambda: self._person.activate(activity_id))

    async def delete_activity(self, activity_id: int) -> None:
        """Delete an inactive activity; its entries stay."""
        await self._run(Lane.WRITE, lambda: self._person.delete_activity(activity_id))

    async def import_csv(self, lines: Iterable[str]) -> ImportSummary:
        """Bring in the lines of a CSV file; all rows that can be taken, or nothing."""
        return await self._run(Lane.HEAVY, lambda: self._person.import_csv(lines))

    async def export_csv(self) -> AsyncGenerator[str, None]:
        """Yield all data as CSV, piece by piece: one consistent snapshot, open until the last piece."""
        pieces = self._person.export_csv()
        try:
            while (piece := await self._run(Lane.HEAVY, lambda: next(pieces, None))) is not None:
                yield piece
        finally:  # behind a piece that is still being made for somebody who was cancelled
            await self._run(Lane.HEAVY, pieces.close)

    async def ingest(self, batch: Batch) -> IngestReport:
        """Keep the records of a wearable, and compute the days they touch again."""
        return await self._run(Lane.HEAVY, lambda: self._person.ingest(batch))

    async def wearable_day(self, date: dt.date | None = None) -> DayPicture:
        """Return the day's steps, sleep and heart rate over all sources."""
        return await self._run(Lane.READ, lambda: self._person.wearable_day(date))

    async def trend(self, wanted: TrendWanted) -> Trend:
        """Return one metric of every day of a window."""
        return await self._run(Lane.READ, lambda: self._person.trend(wanted))

    async def _run(self, lane: Lane, use_case: Callable[[], T]) -> T:
        """Run what the person does, in turn with what others do."""
        return await self._lanes.run(lane, use_case, Party(self._person.username))


@frozen
class AsyncMosaic:
    """A `Mosaic` for programs with an event loop: `async with AsyncMosaic(Mosaic.over(store)) as mosaic`.

    The Mosaic's `lanes` decide where its calls run. Without any they run on the event loop itself,
    which suits a store in memory; one that waits for a disk or a network wants threads
    (`Mosaic.over(store, lanes=LocalLanes(store))`). Each awaited write is durable when it returns: await none
    inside `with mosaic.store.write():`, which keeps all others from writing, and with lanes in threads this
    one too.
    """

    mosaic: Mosaic

    async def person(
        self, username: str, *, timezone: str | None = None, day_start: str | None = None
    ) -> AsyncPerson:
        """Return the person of that name, who is made, without a password, if there is none."""
        person = await self.mosaic.lanes.run(
            Lane.WRITE,
            lambda: self.mosaic.person(username, timezone=timezone, day_start=day_start),
            Party(username),
        )
        return AsyncPerson(person, self.mosaic.lanes)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mosaic.close()
