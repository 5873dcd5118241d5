"""Asking once per turn of the event loop."""

import asyncio

from mosaic_adapters.turns import OncePerTurn


class Asked:
    """Answers how often it has been asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def test_without_an_event_loop_it_asks_each_time() -> None:
    asked = Asked()
    once = OncePerTurn(asked)
    assert [once(), once()] == [1, 2]
    assert asked.times == 2


def test_in_one_turn_it_asks_once_and_in_the_next_again() -> None:
    asked = Asked()
    once = OncePerTurn(asked)

    async def two_turns() -> list[int]:
        first = [once(), once()]
        await asyncio.sleep(0)
        return [*first, once()]

    assert asyncio.run(two_turns()) == [1, 1, 2]
    assert asked.times == 2


def test_requests_that_came_together_share_one_answer() -> None:
    asked = Asked()
    once = OncePerTurn(asked)

    async def request() -> int:
        return once()

    async def together() -> list[int]:
        return await asyncio.gather(*(request() for _ in range(5)))

    assert asyncio.run(together()) == [1] * 5
    assert asked.times == 1


def test_a_loop_that_ended_in_the_middle_of_a_turn_is_asked_again_in_the_next() -> None:
    asked = Asked()
    once = OncePerTurn(asked)
    for _ in range(2):
        loop = asyncio.new_event_loop()

        async def ask_and_end() -> int:
            return once()

        loop.run_until_complete(ask_and_end())
        loop.close()
    assert asked.times == 2


def test_it_tells_whether_it_was_asked_in_this_turn() -> None:
    once = OncePerTurn(Asked())

    async def two_turns() -> list[bool]:
        before = once.is_answered()
        once()
        asked = once.is_answered()
        await asyncio.sleep(0)
        return [before, asked, once.is_answered()]

    assert asyncio.run(two_turns()) == [False, True, False]
    once()
    assert not once.is_answered()
