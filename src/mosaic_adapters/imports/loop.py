"""What Loop Habit Tracker means, in its own backup as in its CSV files."""

import datetime as dt

from attrs import frozen

from mosaic_adapters.imports.values import fitted, fitted_line, name_text, number, shown, whole
from mosaic_core.activities.model import LONGEST_UNIT, default_goal
from mosaic_core.entries.model import LONGEST_NOTE
from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileEntry, FilePause, FileSkip, Item
from mosaic_core.schedules.model import (
    MONTH,
    SHORTEST,
    WEEK,
    AtLeast,
    AtMost,
    Daily,
    Every,
    Schedule,
    Target,
    Times,
)

UNKNOWN, NO, AUTOMATIC, YES, SKIP = -1, 0, 1, 2, 3
WORDS = {"UNKNOWN": UNKNOWN, "NO": NO, "YES_AUTO": AUTOMATIC, "YES_MANUAL": YES, "SKIP": SKIP}

_THOUSAND = 1_000
_LONGEST_DESCRIPTION = 180
_AT_MOST = 1


@frozen
class Habit:
    """A habit whose days follow: what it is called, and whether it counts something."""

    name: str
    is_numerical: bool


@frozen
class Described:
    """What a row says of a habit, cell by cell; None where it says nothing."""

    name: object
    is_numerical: bool = False
    question: object = None
    description: object = None
    freq_num: object = None
    freq_den: object = None
    unit: object = None
    is_at_most: bool = False
    target_value: object = None
    is_archived: bool = False

    def habit(self) -> Habit:
        """Return the habit. Raises InvalidInput if it has no name."""
        return Habit(name_text("name", self.name), self.is_numerical)

    def cells(self) -> ActivityCells:
        """Return what becomes of it. Raises InvalidInput if its frequency or target cannot be kept."""
        schedule, per_week = frequency(self.freq_num, self.freq_den)
        target = self._target()
        return ActivityCells(
            description=fitted(self.description, _LONGEST_DESCRIPTION)
            or fitted(self.question, _LONGEST_DESCRIPTION),
            goal=target.value if isinstance(target, AtLeast) else default_goal(1, per_week),
            frequency_per_day=1,
            frequency_per_week=per_week,
            active=0 if self.is_archived else 1,
            schedule=schedule,
            target=target,
            unit=fitted_line(self.unit, LONGEST_UNIT) if self.is_numerical else None,
        )

    def _target(self) -> Target | None:
        if not self.is_numerical or self.target_value in {None, ""}:
            return None
        value = number("target value", self.target_value)
        if value < 0:
            raise InvalidInput(f"target value must not be below 0: {shown(self.target_value)}")
        return AtMost(value=value) if self.is_at_most else AtLeast(value=value)


def is_at_most(target_type: object) -> bool:
    """Return whether a target type is that of a habit of which little is wanted."""
    return target_type in {_AT_MOST, str(_AT_MOST)} or str(target_type).strip().upper() == "AT_MOST"


def frequency(numerator: object, denominator: object) -> tuple[Schedule, int]:
    """Return the schedule of a frequency, and how many times a week that is; without one, every day.

    Raises InvalidInput if it cannot be kept.
    """
    if numerator in {None, ""} and denominator in {None, ""}:
        return Daily(), 7
    num, den = whole("frequency", numerator), whole("frequency", denominator)
    if num < 1 or den < 1:
        raise InvalidInput(f"its frequency is none: {num} times in {den} days")
    return _schedule(num, den), min(max(round(7 * num / den), 1), 7)


def _schedule(num: int, den: int) -> Schedule:
    if num >= den:
        return Daily()
    if den == SHORTEST[WEEK]:
        return Times(times=num, per=WEEK)
    if den in {30, 31} and num <= SHORTEST[MONTH]:
        return Times(times=num, per=MONTH)
    return Every(days=den) if num == 1 else Times(times=num, per=den)


def day_of(habit: Habit, row: int, date: dt.date, value: float, note: object, part: str) -> Item | None:
    """Return what a day's value and note amount to; None if they say nothing."""
    kept = fitted(note, LONGEST_NOTE)
    if value == SKIP:
        return FilePause(row, date, habit.name, part)
    if value == UNKNOWN or (value == AUTOMATIC and not habit.is_numerical):
        if kept is None:
            return None
        return FileSkip(row, date.isoformat(), habit.name, f"a note without a value: {shown(kept)}", part)
    return FileEntry(row, date, habit.name, _amount(habit, value), kept, part=part)


def _amount(habit: Habit, value: float) -> float:
    if habit.is_numerical:
        return value / _THOUSAND
    if value in {YES, NO}:
        return 1.0 if value == YES else 0.0
    raise InvalidInput(f"value is none of a habit that is done or not: {value:g}")
