"""Lanes that tell what ran in them."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from mosaic_core.lanes import Lane, Lanes

T = TypeVar("T")


@define
class RecordingLanes(Lanes):
    """Lanes that keep in which lane each piece of work ran."""

    lanes: Lanes
    ran: list[Lane] = field(factory=list)

    async def run(self, lane: Lane, use_case: Callable[[], T], *, party: str = "", name: str = "") -> T:
        self.ran.append(lane)
        return await self.lanes.run(lane, use_case, party=party, name=name)

    def close(self) -> None:
        """The lanes beneath are closed elsewhere."""
