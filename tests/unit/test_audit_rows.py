"""Audit rows that the writer writes while nobody waits for long."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

import pytest

from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.service import AuditTrail
from mosaic_core.lanes import ANYBODY, InlineLanes, Lane, Lanes, Party
from mosaic_core.paging import Page
from mosaic_http.audit_rows import AuditRows
from support import FixedClock

T = TypeVar("T")


class HeldLanes(InlineLanes):
    """Lanes in which writes wait until the test lets them go."""

    def __init__(self) -> None:
        self.are_free = asyncio.Event()
        self.lanes: list[Lane] = []

    async def run(self, lane: Lane, use_case: Callable[[], T], party: Party = ANYBODY) -> T:
        self.lanes.append(lane)
        await self.are_free.wait()
        return await super().run(lane, use_case, party)


def rows(lanes: Lanes, store: MemoryStore, clock: FixedClock) -> tuple[AuditRows, AuditEvent]:
    trail = AuditTrail(store, clock)
    return AuditRows(lanes, trail), trail.event("auth.login", "User logged in", 7, "info", {})


def stored(store: MemoryStore) -> int:
    with store.read() as unit:
        return len(unit.audit.page(AuditFilter(), Page(None)))


async def some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_http.audit_rows._SECONDS", 0)


def test_a_row_is_written_in_the_lane_for_writes_before_its_request_goes_on(clock: FixedClock) -> None:
    async def scenario() -> None:
        lanes, store = HeldLanes(), MemoryStore()
        lanes.are_free.set()
        audit, event = rows(lanes, store, clock)
        await audit.write(event)
        assert (lanes.lanes, stored(store)) == ([Lane.WRITE], 1)

    asyncio.run(scenario())


@pytest.mark.usefixtures("_no_patience")
def test_a_row_that_takes_too_long_holds_nobody_up_and_is_written_later(clock: FixedClock) -> None:
    async def scenario() -> None:
        lanes, store = HeldLanes(), MemoryStore()
        audit, event = rows(lanes, store, clock)
        await audit.write(event)
        assert stored(store) == 0
        lanes.are_free.set()
        await some_turns()
        assert stored(store) == 1

    asyncio.run(scenario())


@pytest.mark.usefixtures("_no_patience")
def test_rows_beyond_those_that_may_wait_go_to_the_log_alone(
    clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        lanes, store = HeldLanes(), MemoryStore()
        audit, event = rows(lanes, store, clock)
        for _ in range(70):
            await audit.write(event)
        assert caplog.messages == ["audit row not stored: auth.login user=7 User logged in"] * 6
        lanes.are_free.set()
        await some_turns()
        assert stored(store) == 64
        await audit.write(event)
        await some_turns()
        assert stored(store) == 65

    with caplog.at_level(logging.WARNING, "mosaic.audit"):
        asyncio.run(scenario())


@pytest.mark.usefixtures("_no_patience")
def test_a_row_that_still_waits_when_the_server_ends_goes_to_the_log(
    clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        audit, event = rows(HeldLanes(), MemoryStore(), clock)
        await audit.write(event)

    with caplog.at_level(logging.WARNING, "mosaic.audit"):
        asyncio.run(scenario())
    assert caplog.messages == ["audit row not stored: auth.login user=7 User logged in"]
