"""Where the work of a request runs."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from attrs import define, evolve, field

from mosaic_core.lanes import Lane, Lanes
from mosaic_http.app import PATHS, create_app
from support_http import Client

T = TypeVar("T")


@define
class RecordingLanes(Lanes):
    """Lanes that keep in which lane each piece of work ran."""

    lanes: Lanes
    ran: list[Lane] = field(factory=list)

    async def run(self, lane: Lane, use_case: Callable[[], T]) -> T:
        self.ran.append(lane)
        return await self.lanes.run(lane, use_case)

    def close(self) -> None:
        """The lanes beneath are closed elsewhere."""


@pytest.mark.parametrize(
    ("method", "target", "lane"),
    [
        ("GET", "/today", Lane.READ),
        ("GET", "/export/json", Lane.READ),
        ("POST", "/finalize_day", Lane.WRITE),
        ("PATCH", "/user", Lane.HASHING),
        ("GET", "/wearable/raw", Lane.HEAVY),
    ],
)
def test_who_calls_is_found_out_in_the_lane_of_reads_before_anything_else_runs(
    ada: Client, method: str, target: str, lane: Lane
) -> None:
    world = ada.world
    lanes = RecordingLanes(world.mosaic.lanes)
    world.app = create_app(evolve(world.mosaic, lanes=lanes), world.settings, world.log)
    said = {"display_name": "Ada"} if method == "PATCH" else {}
    ada.ask(method, target, said).went(200)
    assert lanes.ran == [Lane.READ, lane]


@pytest.mark.parametrize("path", PATHS)
def test_what_changes_something_never_runs_on_the_event_loop(path: str) -> None:
    for method, operation in PATHS[path].items():
        if method != "GET":
            assert operation.lane in {Lane.WRITE, Lane.HASHING}
