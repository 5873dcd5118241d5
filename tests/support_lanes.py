"""Lanes that tell what ran in them."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from mosaic_core.lanes import ANYBODY, Lane, Lanes, Party

T = TypeVar("T")


@define
class RecordingLanes(Lanes):
    """Lanes that keep in which lane each piece of work ran."""

    lanes: Lanes
    ran: list[Lane] = field(factory=list)

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        self.ran.append(lane)
        return await self.lanes.run(lane, use_case, party)

    @property
    def reads_at_once(self) -> bool:  # type: ignore[override]  # as the lanes beneath
        return self.lanes.reads_at_once

    def read_at_once(self, use_case: Callable[[], T]) -> T:
        self.ran.append(Lane.READ)
        return self.lanes.read_at_once(use_case)

    def close(self) -> None:
        """The lanes beneath are closed elsewhere."""
