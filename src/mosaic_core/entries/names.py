"""Which activities the rows of a file may name."""

from typing import Self

from attrs import define

from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvRow, CsvSkip
from mosaic_core.entries.csv_layout import quoted
from mosaic_core.store import UnitOfWork
from mosaic_core.texts import name_key


@define
class Names:
    """The activities that rows may name: those there are, and new ones while there is `room`."""

    own: set[str]
    shared: set[str]
    room: int
    most: int

    @classmethod
    def known(cls, unit: UnitOfWork, owner: int | None, most: int) -> Self:
        """Return the names of the owner (None: of everybody), of whose activities there may be `most`."""
        own = {name_key(one.name) for one in unit.activities.owned(owner)}
        shared = own if owner is None else {name_key(one.name) for one in unit.activities.owned(None)}
        return cls(own, shared, most - len(own), most)

    def judged(self, row: CsvRow) -> CsvRow:
        """Return the row, or, if it names one activity too many, why it is skipped."""
        if isinstance(row, CsvSkip):
            return row
        if isinstance(row, CsvActivity):
            key, name, day = name_key(row.name), row.name, ""
        else:
            key, name, day = row.place[1], row.activity, row.date.isoformat()
        if key in self.own or (key in self.shared and row.cells == ActivityCells()):
            return row
        if self.room <= 0:
            reason = f"{quoted(name)} would be one activity too many: there may be {self.most}"
            return CsvSkip(row.row, day, name, reason, row.part)
        self.room -= 1
        self.own.add(key)
        return row
