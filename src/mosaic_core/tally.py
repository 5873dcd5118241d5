"""Counting what happens, for whoever watches the program."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol


class Counted(Enum):
    """What is counted. Seconds are measured on the monotonic clock; the rest are numbers of things."""

    READS = "database_reads"
    READ_SECONDS = "database_read_seconds"
    WRITES = "database_writes"
    WRITE_SECONDS = "database_write_seconds"
    RECORDS_ACCEPTED = "wearable_records_accepted"
    RECORDS_REPEATED = "wearable_records_repeated"
    RECORDS_REFUSED = "wearable_records_refused"
    BACKUPS_MADE = "backups_made"
    BACKUPS_FAILED = "backups_failed"
    BACKUP_SECONDS = "backup_seconds"
    EVENTS_DELIVERED = "events_delivered"
    EVENTS_NOT_TAKEN = "events_not_taken"

    __hash__ = object.__hash__  # a read counts twice, and an enum's own is written in Python


class Tally(Protocol):
    """Counts, from any thread. It never raises: nothing depends on it."""

    def add(self, counted: Counted, amount: float = 1) -> None:
        """Count that much more."""
        ...

    def add_taken(self, times: Counted, seconds: Counted, taken: float) -> None:
        """Count one more of the `times`, and the `seconds` that it has taken."""
        ...

    def so_far(self) -> Mapping[Counted, float]:
        """Return how much of each there has been; what is not named has not been counted."""
        ...


class NoTally(Tally):
    """Counts nothing."""

    def add(self, counted: Counted, amount: float = 1) -> None:
        """Do nothing."""

    def add_taken(self, times: Counted, seconds: Counted, taken: float) -> None:
        """Do nothing."""

    def so_far(self) -> Mapping[Counted, float]:
        """Return nothing."""
        return {}
