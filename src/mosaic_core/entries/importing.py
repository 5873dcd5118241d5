"""Bringing in entries and activities from a CSV file."""

import datetime as dt
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from mosaic_core.activities.model import NEGATIVE, Activity, default_goal
from mosaic_core.activities.service import replace_activity
from mosaic_core.audit.service import AuditTrail
from mosaic_core.calendar import day_in
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvEntry, CsvSkip, read_csv
from mosaic_core.entries.upsert import EntryUpsert, unknown_activity
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.views import Views

CsvRow = CsvEntry | CsvActivity | CsvSkip


@frozen
class ImportDetail:
    """What became of one row: `created`, `updated`, `skipped` or, of an export's activities, `restored`."""

    row: int
    date: str
    activity: str
    status: str
    reason: str | None = None


@frozen
class ImportSummary:
    """How many entries were created and updated, how many rows skipped, and each row's fate."""

    created: int
    updated: int
    skipped: int
    details: Sequence[ImportDetail]


@frozen
class ImportService:
    """The use cases of the CSV import."""

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail

    def read(self, lines: Iterable[str]) -> Sequence[CsvRow]:
        """Read a whole file without writing anything. Raises InvalidInput if it is no such table."""
        return list(read_csv(lines))

    def refuse(self, caller: Caller | None, reason: str) -> None:
        """Note that a file was refused."""
        self.audit.note_apart("import.csv_failed", reason, _owner(caller), "warning")

    def write(self, caller: Caller | None, rows: Sequence[CsvRow]) -> ImportSummary:
        """Write what was read, in one transaction: the caller's own rows, or, without a caller, shared ones.

        Missing activities are made; a known one takes what the rows say of it, and so do its entries.
        """
        owner = _owner(caller)
        today = day_in(caller.timezone if caller else "UTC", self.clock.now())
        with self.store.write() as unit:
            activities = _settle_activities(unit, owner, rows, today)
            entries = [row for row in rows if isinstance(row, CsvEntry)]
            are_new = EntryUpsert(unit, self.views, owner).put_many([row.said for row in entries], activities)
            summary = _summary(
                rows, [row.row for row, is_new in zip(entries, are_new, strict=True) if is_new]
            )
            self.audit.note(
                unit,
                "import.csv",
                "CSV imported",
                owner,
                created=summary.created,
                updated=summary.updated,
                skipped=summary.skipped,
            )
        return summary


def _owner(caller: Caller | None) -> int | None:
    return None if caller is None else caller.user_id


def _settle_activities(
    unit: UnitOfWork, owner: int | None, rows: Sequence[CsvRow], today: dt.date
) -> dict[str, Activity]:
    """Make and change the activities that the rows name; return each by its name key.

    An export lists its activities: one that it names in entries alone was deleted, and is not made again.
    """
    shared = {name_key(one.name): one for one in unit.activities.owned(None)}
    own = {name_key(one.name): one for one in unit.activities.owned(owner)}
    listed = {name_key(row.name) for row in rows if isinstance(row, CsvActivity)}
    settled = {}
    for key, (name, cells) in _cells_by_activity(rows).items():
        known = own.get(key)
        if known is not None:
            settled[key] = _changed_activity(unit, known, cells, today)
        elif key in shared and cells == ActivityCells():
            settled[key] = shared[key]
        else:
            base = shared.get(key) or unknown_activity(owner, name)
            made = _with_cells(evolve(base, user_id=owner), cells, today, is_new=True)
            is_gone = listed and key not in listed
            settled[key] = made if is_gone else unit.activities.add(made)
    return settled


def _cells_by_activity(rows: Sequence[CsvRow]) -> dict[str, tuple[str, ActivityCells]]:
    """Return by name key the first spelling of each activity and the last word on each of its fields."""
    merged: dict[str, tuple[str, ActivityCells]] = {}
    for row in rows:
        if isinstance(row, CsvSkip):
            continue
        name = row.name if isinstance(row, CsvActivity) else row.said.activity
        key = name_key(name)
        known = merged.get(key)
        if known is None:
            merged[key] = (name, row.cells)
        elif known[1] is not row.cells and known[1] != row.cells:
            merged[key] = (known[0], known[1].overlaid(row.cells))
    return merged


def _changed_activity(unit: UnitOfWork, known: Activity, cells: ActivityCells, today: dt.date) -> Activity:
    if cells == ActivityCells():
        return known
    after = _with_cells(known, cells, today, is_new=False)
    replace_activity(unit, known, after)
    return after


def _with_cells(activity: Activity, cells: ActivityCells, today: dt.date, *, is_new: bool) -> Activity:
    """Return the activity with the cells that are not empty.

    A new one whose frequencies are given without a goal gets the goal they amount to.
    """
    given = {name: value for name, value in cells.fields().items() if value is not None}
    after = evolve(activity, **given)
    frequencies_given = cells.frequency_per_day is not None or cells.frequency_per_week is not None
    if is_new and cells.goal is None and frequencies_given:
        after = evolve(after, goal=default_goal(after.frequency_per_day, after.frequency_per_week))
    if after.activity_type == NEGATIVE:
        after = evolve(after, goal=0.0)
    if after.active:
        return evolve(after, deactivated_at=None)
    return after if after.deactivated_at else evolve(after, deactivated_at=today)


def _summary(rows: Sequence[CsvRow], new_rows: Sequence[int]) -> ImportSummary:
    new = frozenset(new_rows)
    details = [_detail(row, new) for row in rows]
    statuses = [detail.status for detail in details]
    return ImportSummary(
        created=len(new),
        updated=statuses.count("updated"),
        skipped=statuses.count("skipped"),
        details=details,
    )


def _detail(row: CsvRow, new: frozenset[int]) -> ImportDetail:
    if isinstance(row, CsvSkip):
        return ImportDetail(row.row, row.date, row.activity, "skipped", row.reason)
    if isinstance(row, CsvActivity):
        return ImportDetail(row.row, "", row.name, "restored")
    status = "created" if row.row in new else "updated"
    return ImportDetail(row.row, row.said.date.isoformat(), row.said.activity, status)
