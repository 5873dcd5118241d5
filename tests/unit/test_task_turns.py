"""Turns of tasks at what only a few of them may do at once."""

import asyncio

import pytest

from mosaic_adapters.fair_queue import FairQueue
from mosaic_adapters.task_turns import TaskTurns, Turn
from mosaic_core.errors import ServiceUnavailable


def turns(most: int = 2, per_party: int = 1, room: int = 2) -> TaskTurns:
    return TaskTurns(FairQueue(8, 1, room), most, per_party)


async def begun(turns: TaskTurns, *parties: str) -> list["asyncio.Task[None]"]:
    """Return tasks that take turns, as far as they can by now."""
    tasks = [asyncio.create_task(turns.take(party)) for party in parties]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def done(tasks: list["asyncio.Task[None]"]) -> list[bool]:
    return [task.done() for task in tasks]


async def ended(turns: TaskTurns, party: str) -> None:
    turns.end(party)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def test_a_party_takes_no_more_than_its_share_and_parties_have_turns() -> None:
    async def scenario() -> None:
        some = turns()
        tasks = await begun(some, "ada", "ada", "ada", "ben", "cleo")
        assert done(tasks) == [True, False, False, True, False]
        await ended(some, "ada")
        assert done(tasks) == [True, True, False, True, False]
        await ended(some, "ada")
        assert done(tasks) == [True, True, False, True, True]
        await ended(some, "ben")
        assert done(tasks) == [True] * 5

    asyncio.run(scenario())


def test_whoever_leaves_while_waiting_takes_no_turn() -> None:
    async def scenario() -> None:
        some = turns(most=1)
        tasks = await begun(some, "ada", "ben", "cleo")
        tasks[1].cancel()
        await ended(some, "ada")
        assert done(tasks) == [True] * 3
        assert tasks[1].cancelled()

    asyncio.run(scenario())


def test_a_turn_that_came_when_its_task_was_ended_is_given_back() -> None:
    async def scenario() -> None:
        some = turns(most=1)
        tasks = await begun(some, "ada", "ben", "cleo")
        some.end("ada")
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [task.cancelled() for task in tasks] == [False, True, False]

    asyncio.run(scenario())


def test_what_has_no_room_to_wait_is_refused() -> None:
    async def scenario() -> None:
        some = turns(room=1)
        tasks = await begun(some, "ada", "ada")
        with pytest.raises(ServiceUnavailable, match="Too much work"):
            await some.take("ada")
        await ended(some, "ada")
        assert done(tasks) == [True, True]

    asyncio.run(scenario())


def test_a_turn_is_taken_once_and_ended_if_it_was_taken() -> None:
    async def scenario() -> None:
        some = turns(most=1)
        with Turn(some, "ben"):
            pass
        with Turn(some, "ada") as turn:
            await turn.take()
            await turn.take()
            (other,) = await begun(some, "ben")
            assert not other.done()
        await other

    asyncio.run(scenario())
