"""Steps across local midnight belong to more than one day."""

from collections.abc import Sequence

from mosaic_core.wearables.rows import StepPiece
from mosaic_core.wearables.zones import LocalCalendar


def split_at_midnight(record: StepPiece, calendar: LocalCalendar) -> Sequence[StepPiece]:
    """Split a record, given as one piece, at every local midnight, in proportion to time.

    Steps stay whole numbers whose sum is the record's: each piece has the difference between what was reached
    at its end and at its start, both rounded down.
    """
    if record.start == record.end:
        return (record,)
    length = record.end - record.start
    pieces = []
    reached = 0
    for start, end, day in calendar.pieces(record.start, record.end):
        reached_at_end = record.steps * (end - record.start) // length
        part = (end - start) / length
        piece = StepPiece(
            start,
            end,
            day,
            reached_at_end - reached,
            _part_of(record.distance_m, part),
            _part_of(record.active_minutes, part),
            _part_of(record.calories, part),
        )
        pieces.append(piece)
        reached = reached_at_end
    return pieces


def _part_of(value: float | None, part: float) -> float | None:
    return None if value is None else value * part
