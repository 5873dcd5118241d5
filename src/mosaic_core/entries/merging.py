"""Making one activity of two: what a typo made is repaired without losing a day."""

import math
from collections.abc import Callable, Mapping

from attrs import evolve, field, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import Entry
from mosaic_core.errors import InvalidInput
from mosaic_core.rules import one_of, whole
from mosaic_core.store import UnitOfWork

ADD = "add"
KEEP = "keep"
REPLACE = "replace"

_LONGEST_NOTE = 100


@frozen(kw_only=True)
class MergeActivity:
    """Into which activity another one goes, and what becomes of days on which both have an entry.

    `add` adds up the values and puts the notes together, `keep` leaves the entry that is there, `replace`
    puts the other one's value and note in its place.
    """

    into: int = field(validator=whole(1, 2**63 - 1))
    on_conflict: str = field(default=ADD, validator=one_of(ADD, KEEP, REPLACE))


@frozen
class Merged:
    """How many entries moved to days that had none, and how many met another one."""

    moved: int
    merged: int


def merge_activity(unit: UnitOfWork, source: Activity, target: Activity, on_conflict: str) -> Merged:
    """Move all that belongs to the source to the target, and delete the source.

    Entries that move take the target's name and snapshot. Raises InvalidInput if the two are one, have
    different owners or types, or if values add up to more than a number can be.
    """
    _require_fitting(source, target)
    there = {entry.date: entry for entry in unit.entries.named(target.user_id, target.name)}
    moving = unit.entries.named(source.user_id, source.name)
    meeting = [entry for entry in moving if entry.date in there]
    for entry in meeting:
        unit.entries.delete(entry.id)
    meet = _MEETING[on_conflict]
    unit.entries.update_many([meet(there[entry.date], entry) for entry in meeting])
    unit.entries.carry(source.user_id, source.name, target)
    unit.activities.delete(source.id)
    unit.pending.touch(source.user_id, [entry.date for entry in moving])
    return Merged(len(moving) - len(meeting), len(meeting))


def _require_fitting(source: Activity, target: Activity) -> None:
    if source.id == target.id:
        raise InvalidInput("into must be another activity", {"field": "into"})
    if source.user_id != target.user_id:
        raise InvalidInput("into must be an activity of the same owner", {"field": "into"})
    if source.activity_type != target.activity_type:
        raise InvalidInput(
            f"into must be a {source.activity_type} activity, as the other is", {"field": "into"}
        )


def _added(there: Entry, entry: Entry) -> Entry:
    value = there.value + entry.value
    if not math.isfinite(value):
        raise InvalidInput(f"The values of {there.date} add up to more than a number can be")
    return evolve(there, value=value, note=_together(there.note, entry.note))


def _together(one: str, other: str) -> str:
    """Return both notes in one, cut to what a note may have."""
    if not other or other == one:
        return one
    return f"{one}; {other}"[:_LONGEST_NOTE].strip() if one else other


def _kept(there: Entry, _: Entry) -> Entry:
    return there


def _replaced(there: Entry, entry: Entry) -> Entry:
    return evolve(there, value=entry.value, note=entry.note)


_MEETING: Mapping[str, Callable[[Entry, Entry], Entry]] = {ADD: _added, KEEP: _kept, REPLACE: _replaced}
