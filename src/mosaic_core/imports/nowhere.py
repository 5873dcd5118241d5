"""Where no files of other trackers are read."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO

from mosaic_core.errors import InvalidInput
from mosaic_core.imports.model import Item
from mosaic_core.imports.ports import Breathe, TrackerFiles


class NoTrackerFiles(TrackerFiles):
    """Knows no format."""

    @property
    def formats(self) -> Sequence[str]:
        """No names."""
        return ()

    def opened(
        self,
        stream: BinaryIO,  # noqa: ARG002  # as below: of no use here
        zone: str,  # noqa: ARG002
        wanted: str | None,  # noqa: ARG002
        breathe: Breathe,  # noqa: ARG002
    ) -> AbstractContextManager[tuple[str, Iterator[Item]]]:
        """Refuse every file."""
        raise InvalidInput("No files of other trackers are read here", {"formats": []})
