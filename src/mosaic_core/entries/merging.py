"""Making one activity of two: what a typo made is repaired without losing a day."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence

from attrs import evolve, field, frozen

from mosaic_core.activities.model import Activity
from mosaic_core.entries.model import LONGEST_NOTE, PERSON, RULE, Entry
from mosaic_core.errors import InvalidInput
from mosaic_core.rules.filling import rule_of
from mosaic_core.store import UnitOfWork
from mosaic_core.touching import forget_pasts
from mosaic_core.validators import one_of, whole

ADD = "add"
KEEP = "keep"
REPLACE = "replace"


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


def merge_activity(
    unit: UnitOfWork, source: Activity, target: Activity, on_conflict: str
) -> tuple[Merged, Sequence[int | None]]:
    """Move all that belongs to the source to the target, and delete the source.

    Entries that move take the target's name and snapshot. People who have used a shared source without an
    activity of their own of that name find their entries under the target too: under their own activity of
    its name, if they have one of the same type, else under the shared one. Return also whose entries moved.

    The source's rule becomes the target's. If that has one, it stays: where entries of both rules meet, its
    own stand, and what else the source's rule made is the person's.

    Raises InvalidInput if the two are one, have different owners or types, or if values add up to more than a
    number can be.
    """
    _require_fitting(source, target)
    into: dict[int | None, Activity] = {source.user_id: target}
    if source.user_id is None:
        into |= _peoples_targets(unit, source, target)
    _move_rule(unit, source, target)
    found = {owner: _moved(unit, owner, source.name, theirs, on_conflict) for owner, theirs in into.items()}
    unit.pauses.move(source.id, target.id)
    unit.activities.delete(source.id)
    merged = Merged(sum(one.moved for one in found.values()), sum(one.merged for one in found.values()))
    return merged, [owner for owner, one in found.items() if owner == source.user_id or one != Merged(0, 0)]


def _move_rule(unit: UnitOfWork, source: Activity, target: Activity) -> None:
    rule = rule_of(unit, source)
    if rule is None:
        return
    if rule_of(unit, target) is None:
        unit.rules.update(evolve(rule, activity_id=target.id))
        return
    own = {entry.date for entry in unit.entries.named(target.user_id, target.name) if entry.origin == RULE}
    made = [entry for entry in unit.entries.named(source.user_id, source.name) if entry.origin == RULE]
    unit.entries.update_many([evolve(entry, origin=PERSON) for entry in made if entry.date not in own])


def _peoples_targets(unit: UnitOfWork, source: Activity, target: Activity) -> Mapping[int | None, Activity]:
    """Return to what the entries go of each who has no activity of the shared source's name."""
    targets: dict[int | None, Activity] = {
        user.id: unit.activities.find(user.id, target.name) or target
        for user in unit.users.every()
        if unit.activities.find(user.id, source.name) is None
    }
    return {owner: own for owner, own in targets.items() if own.activity_type == source.activity_type}


def _moved(unit: UnitOfWork, owner: int | None, name: str, target: Activity, on_conflict: str) -> Merged:
    """Move the owner's entries under the name to the target; return how many there were."""
    moving = unit.entries.named(owner, name)
    there = {entry.date: entry for entry in unit.entries.named(owner, target.name)} if moving else {}
    meeting = [entry for entry in moving if entry.date in there]
    unit.entries.delete(*(entry.id for entry in meeting))
    met = [(there[entry.date], _met(there[entry.date], entry, on_conflict)) for entry in meeting]
    unit.entries.update_many([after for before, after in met if after != before])
    if len(moving) > len(meeting):
        unit.entries.carry(owner, name, target)
    unit.pending.touch(owner, [entry.date for entry in moving])
    forget_pasts(unit, owner, (name, target.name), dt.date.min)
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


def _met(there: Entry, entry: Entry, on_conflict: str) -> Entry:
    """Return what becomes of an entry that another one meets. What two rules have measured stays as it is."""
    return there if there.origin == entry.origin == RULE else _MEETING[on_conflict](there, entry)


def _added(there: Entry, entry: Entry) -> Entry:
    value = there.value + entry.value
    if not math.isfinite(value):
        raise InvalidInput(f"The values of {there.date} add up to more than a number can be")
    origin = there.origin if there.origin == entry.origin else PERSON
    return evolve(there, value=value, note=_together(there.note, entry.note), origin=origin)


def _together(one: str, other: str) -> str:
    """Return both notes in one, cut to what a note may have."""
    if not other or other == one:
        return one
    return f"{one}; {other}"[:LONGEST_NOTE].strip() if one else other


def _kept(there: Entry, _: Entry) -> Entry:
    return there


def _replaced(there: Entry, entry: Entry) -> Entry:
    return evolve(there, value=entry.value, note=entry.note, origin=entry.origin)


_MEETING: Mapping[str, Callable[[Entry, Entry], Entry]] = {ADD: _added, KEEP: _kept, REPLACE: _replaced}
