"""Importing entries and activities from a CSV file."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from attrs import define, evolve, field, frozen

from mosaic_core.activities.model import NEGATIVE, Activity, default_goal
from mosaic_core.activities.service import replace_activity, require_room
from mosaic_core.audit.service import AuditTrail
from mosaic_core.calendar import day_in
from mosaic_core.caller import Caller
from mosaic_core.clock import Clock
from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvEntry, CsvRow, CsvSkip, read_csv, where
from mosaic_core.entries.csv_layout import shown
from mosaic_core.entries.model import Place
from mosaic_core.entries.names import Names
from mosaic_core.entries.ports import Staging
from mosaic_core.entries.upsert import EntryUpsert, unknown_activity
from mosaic_core.errors import InvalidInput
from mosaic_core.foreseen import Foreseen, foresee
from mosaic_core.policy import Policy
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.texts import name_key
from mosaic_core.views import Views

DUPLICATE = "duplicate_in_file"

MOST_SKIPPED = 100_000
"""A file with more rows that are not taken is refused: the summary names each of them, and an answer of tens
of megabytes helps nobody. Such a file has one fault throughout."""

MOST_SHOWN = 10_000
"""Of the rows that are taken as they stand, the summary names the first."""

MOST_ACTIVITIES = 10_000
"""Activities are compared and written one by one while all other writers wait."""

_AT_ONCE = 200
"""So many rows are staged at a time: between them other threads get their turn."""


@frozen
class ImportDetail:
    """What became of one row: `created`, `updated`, `skipped` or, of an export's activities, `restored`.

    `part` is the part of the file that has the row, where a file has parts.
    """

    row: int
    date: str
    activity: str
    status: str
    reason: str | None = None
    part: str = ""


@frozen
class ImportSummary:
    """How many entries were created and updated, how many rows skipped, and the fate of rows.

    The details have every skipped row and the first MOST_SHOWN of the others, in the order of the file.
    """

    created: int
    updated: int
    skipped: int
    details: Sequence[ImportDetail]


@frozen
class CsvImport:
    """A file that has been read and not yet written. The caller closes it.

    `activities` has by name key the first spelling of each activity and the last word on each of its fields,
    `listed` the name keys of an export's activities table, `rows` those that the summary names, `foreseen`
    what the days will amount to, if that was summed up. If it `keeps` what there is, a known activity takes
    of the rows only what it lacks.
    """

    staging: Staging
    activities: Mapping[str, tuple[str, ActivityCells]]
    listed: Collection[str]
    rows: Sequence[CsvRow]
    entries: int
    skipped: int
    foreseen: Foreseen | None = None
    keeps: bool = False

    def close(self) -> None:
        """Discard the rows."""
        self.staging.close()


@frozen
class ImportService:
    """The use cases of the CSV import."""

    store: Store
    clock: Clock
    views: Views
    audit: AuditTrail
    policy: Policy

    def read(self, lines: Iterable[str], caller: Caller | None = None) -> CsvImport:
        """Read a whole file for the caller, or for everybody, without writing anything, in little memory.

        Raises InvalidInput if it is no such table or more than an import can take.
        """
        return self.stage(read_csv(lines), caller)

    def stage(self, rows: Iterable[CsvRow], caller: Caller | None = None) -> CsvImport:
        """Put rows aside to be written for the caller, or for everybody.

        A second entry for one day and activity is skipped, and so are rows of new activities once there are
        as many as there may be. Raises InvalidInput if more than MOST_SKIPPED are skipped or MOST_ACTIVITIES
        named.
        """
        with self.store.read() as unit:
            names = Names.known(unit, _owner(caller), self.policy.max_activities)
        staging = self.store.stage()
        try:
            return _Stage(staging, names).filled(rows)
        except BaseException:
            staging.close()
            raise

    def sum_up(self, caller: Caller | None, read: CsvImport) -> CsvImport:
        """Return the import with its days summed up, so that writing it keeps others waiting for less long.

        That needs time, but no transaction; `write` uses of it what is still true by then.
        """
        if caller is None:
            return read
        with self.store.read() as unit:
            planned = planned_activities(unit, caller.user_id, read, self._today(caller))
            after = {key: one.after for key, one in planned.items()}
            foreseen = foresee(read.staging.rows(), caller.user_id, after, unit.entries)
        return evolve(read, foreseen=foreseen)

    def refuse(self, caller: Caller | None, reason: str, filename: str = "") -> None:
        """Note that a file was refused."""
        told = context(filename, 0, 0, 0)
        self.audit.note_apart("import.csv_failed", reason, _owner(caller), "warning", **told)

    def write(self, caller: Caller | None, read: CsvImport, filename: str = "") -> ImportSummary:
        """Write what was read, in one transaction: the caller's own rows, or, without a caller, shared ones.

        Missing activities are made; a known one takes what the rows say of it, and so do its entries. Raises
        InvalidState if others were made meanwhile, so that there would be more than there may be.
        """
        owner = _owner(caller)
        most = self.policy.max_activities
        places = [row.place for row in read.rows if isinstance(row, CsvEntry)]
        with self.store.write() as unit:
            planned = planned_activities(unit, owner, read, self._today(caller))
            require_room(unit, owner, sum(one.is_made for one in planned.values()), most)
            activities = {key: one.settled(unit) for key, one in planned.items()}
            upsert = EntryUpsert(unit, self.views, owner, most)
            created, taken = upsert.put_staged(read.staging, activities, places, read.foreseen)
            updated = read.entries - created
            told = context(filename, created, updated, read.skipped)
            self.audit.note(unit, "import.csv", "CSV imported", owner, **told)
        details = [_detail(row, taken) for row in read.rows]
        return ImportSummary(created, updated, read.skipped, details)

    def _today(self, caller: Caller | None) -> dt.date:
        now = self.clock.now()
        return caller.today(now) if caller else day_in("UTC", now)


@define
class _Stage:
    """Takes rows apart: entries into the staging, what is said of activities, and what to tell."""

    staging: Staging
    names: Names
    activities: dict[str, tuple[str, ActivityCells]] = field(factory=dict)
    listed: set[str] = field(factory=set)
    rows: list[CsvRow] = field(factory=list)
    entries: int = 0
    skipped: int = 0
    told: int = 0

    def filled(self, rows: Iterable[CsvRow]) -> CsvImport:
        rest = iter(rows)
        while chunk := [self.names.judged(row) for row in islice(rest, _AT_ONCE)]:
            self._add(chunk)
        return CsvImport(self.staging, self.activities, self.listed, self.rows, self.entries, self.skipped)

    def _add(self, chunk: Sequence[CsvRow]) -> None:
        entries = [row for row in chunk if isinstance(row, CsvEntry)]
        is_new = iter(self.staging.add([(*row.place, row.value, row.note) for row in entries]))
        for row in chunk:
            if isinstance(row, CsvSkip):
                self._skip(row)
            elif isinstance(row, CsvEntry) and not next(is_new):
                self._skip(CsvSkip(row.row, row.date.isoformat(), row.activity, DUPLICATE, row.part))
            else:
                self._take(row)

    def _skip(self, row: CsvSkip) -> None:
        self.rows.append(row)
        self.skipped += 1
        if self.skipped > MOST_SKIPPED:
            first = next(row for row in self.rows if isinstance(row, CsvSkip))
            raise InvalidInput(
                f"More than {MOST_SKIPPED} rows cannot be taken, {where(first.row, first.part)} first",
                {"row": first.row, "reason": first.reason},
            )

    def _take(self, row: CsvEntry | CsvActivity) -> None:
        if isinstance(row, CsvEntry):
            self.entries += 1
            name, key = row.activity, row.place[1]
        else:
            name, key = row.name, name_key(row.name)
            self.listed.add(key)
        self._merge(row, name, key)
        if self.told < MOST_SHOWN:
            self.told += 1
            self.rows.append(row)

    def _merge(self, row: CsvEntry | CsvActivity, name: str, key: str) -> None:
        known = self.activities.get(key)
        if known is None:
            if len(self.activities) == MOST_ACTIVITIES:
                told = where(row.row, row.part)
                raise InvalidInput(
                    f"{told[0].upper()}{told[1:]}: the file names more than {MOST_ACTIVITIES} different"
                    " activities",
                    {"row": row.row},
                )
            self.activities[key] = (name, row.cells)
        elif known[1] is not row.cells and known[1] != row.cells:
            self.activities[key] = (known[0], known[1].overlaid(row.cells))


def context(filename: str, created: int, updated: int, skipped: int) -> dict[str, str | int]:
    """Return what the audit tells of an import; of the file its name alone, however it was named."""
    name = shown(filename.replace("\\", "/").rpartition("/")[2], 120)
    return {"filename": name, "created": created, "updated": updated, "skipped": skipped}


def _owner(caller: Caller | None) -> int | None:
    return None if caller is None else caller.user_id


@frozen
class Planned:
    """What the rows make of an activity: of a known one, or, without, of a new one that may not be kept."""

    known: Activity | None
    after: Activity
    is_kept: bool = True

    @property
    def is_made(self) -> bool:
        """Whether that is one activity more."""
        return self.known is None and self.is_kept

    @property
    def is_changed(self) -> bool:
        """Whether a known activity becomes another one."""
        return self.known is not None and self.after != self.known

    def settled(self, unit: UnitOfWork) -> Activity:
        """Make or change the activity as planned; return it."""
        if self.is_made:
            return unit.activities.add(self.after)
        if self.known is not None and self.is_changed:
            replace_activity(unit, self.known, self.after)
        return self.after


def planned_activities(
    unit: UnitOfWork, owner: int | None, read: CsvImport, today: dt.date
) -> Mapping[str, Planned]:
    """Return by name key what becomes of the activities that the rows name.

    An export lists its activities: one that it names in entries alone was deleted, and is not made again.
    """
    shared = {name_key(one.name): one for one in unit.activities.owned(None)}
    own = {name_key(one.name): one for one in unit.activities.owned(owner)}
    planned = {}
    for key, (name, cells) in read.activities.items():
        says_nothing = cells == ActivityCells()
        known = own.get(key) or (shared.get(key) if says_nothing else None)
        if known is None:
            base = shared.get(key) or unknown_activity(owner, name)
            made = _with_cells(evolve(base, user_id=owner), cells, today, is_new=True)
            planned[key] = Planned(None, made, not read.listed or key in read.listed)
        else:
            said = cells.lacked_by(known) if read.keeps else cells
            after = known if says_nothing else _with_cells(known, said, today, is_new=False)
            planned[key] = Planned(known, after)
    return planned


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


def _detail(row: CsvRow, taken: Collection[Place]) -> ImportDetail:
    if isinstance(row, CsvSkip):
        return ImportDetail(row.row, row.date, row.activity, "skipped", row.reason)
    if isinstance(row, CsvActivity):
        return ImportDetail(row.row, "", row.name, "restored")
    status = "updated" if row.place in taken else "created"
    return ImportDetail(row.row, row.date.isoformat(), row.activity, status)
