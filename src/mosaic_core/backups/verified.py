"""What came of reading a backup as a whole."""

from typing import Literal

from attrs import frozen

from mosaic_core.errors import LockedBackup, NewerBackup, UnusableBackup

Reason = Literal["damaged", "newer", "locked"]
"""Why a backup cannot be relied on: it is no sound one, a newer version of Mosaic made it, or nobody here
has its passphrase."""


@frozen
class Verified:
    """How many rows a sound backup has; of another one, why it cannot be relied on, also in words."""

    filename: str
    rows: int | None = None
    reason: Reason | None = None
    error: str | None = None

    @property
    def is_sound(self) -> bool:
        """Whether everything in it is right."""
        return self.reason is None


def unusable(filename: str, error: UnusableBackup) -> Verified:
    """Return what came of reading a backup that has raised this."""
    return Verified(filename, reason=_reason(error), error=error.message)


def _reason(error: UnusableBackup) -> Reason:
    if isinstance(error, NewerBackup):
        return "newer"
    return "locked" if isinstance(error, LockedBackup) else "damaged"
