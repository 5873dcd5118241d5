"""Activities, as far as what a file says of them can be kept."""

from collections.abc import Callable, Iterator

from attrs import evolve

from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import ActivityCells, FileActivity, FileSkip, Item


def described(activity: FileActivity, cells: Callable[[], ActivityCells]) -> Iterator[Item]:
    """Yield the activity with these cells; if they cannot be kept, without them, and as a skip why."""
    try:
        whole = evolve(activity, cells=cells())
    except InvalidInput as error:
        yield activity
        yield FileSkip(activity.row, "", activity.name, error.message, activity.part)
    else:
        yield whole
