"""One question at a time for all tasks of an event loop that want to know."""

import asyncio
import threading

import pytest

from mosaic_adapters.turns import AwaitedTogether


class Question:
    """Is answered with the number of its asking, once it may be."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer: list[asyncio.Event] = []

    async def __call__(self) -> int:
        self.asked += 1
        number, may_answer = self.asked, asyncio.Event()
        self.may_answer.append(may_answer)
        await may_answer.wait()
        return number


async def begun(question: Question, number: int) -> None:
    while question.asked < number:  # noqa: ASYNC110  # a few turns
        await asyncio.sleep(0)


def test_tasks_that_come_together_share_a_question_and_later_ones_the_next() -> None:
    question = Question()
    together = AwaitedTogether(question)

    async def scenario() -> list[int]:
        first = [asyncio.create_task(together()) for _ in range(3)]
        await begun(question, 1)
        later = [asyncio.create_task(together()) for _ in range(5)]
        for _ in range(10):
            await asyncio.sleep(0)
        assert question.asked == 1
        question.may_answer[0].set()
        await begun(question, 2)
        question.may_answer[1].set()
        return await asyncio.gather(*first, *later)

    assert asyncio.run(scenario()) == [1] * 3 + [2] * 5


def test_a_task_asks_again_once_it_has_waited_for_something() -> None:
    numbers = iter(range(1, 10))

    async def ask() -> int:
        return next(numbers)

    together = AwaitedTogether(ask)

    async def scenario() -> list[int]:
        told = [await together() for _ in range(2)]
        await asyncio.sleep(0)
        return [*told, await together()]

    assert asyncio.run(scenario()) == [1, 1, 2]


def test_a_failure_is_told_to_all_who_wait_and_the_next_question_is_asked_anew() -> None:
    answers: list[int | Exception] = [ValueError("first"), 7]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    together = AwaitedTogether(ask)

    async def scenario() -> None:
        told = await asyncio.gather(together(), together(), return_exceptions=True)
        assert [str(one) for one in told] == ["first"] * 2
        assert await together() == 7

    asyncio.run(scenario())


def test_a_task_that_goes_leaves_the_question_to_the_others() -> None:
    question = Question()
    together = AwaitedTogether(question)

    async def scenario() -> int:
        leaving, staying = (asyncio.create_task(together()) for _ in range(2))
        await begun(question, 1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        question.may_answer[0].set()
        return await staying

    assert asyncio.run(scenario()) == 1


def test_a_loop_that_ends_in_the_middle_of_a_question_leaves_it_to_the_next_loop() -> None:
    question = Question()
    together = AwaitedTogether(question)

    async def left() -> None:
        asking = asyncio.create_task(together())
        await begun(question, 1)
        assert not asking.done()

    async def asked_again() -> int:
        asking = asyncio.create_task(together())
        await begun(question, 2)
        question.may_answer[1].set()
        return await asking

    asyncio.run(left())
    assert asyncio.run(asked_again()) == 2


def test_loops_side_by_side_ask_for_themselves() -> None:
    met = threading.Barrier(2)

    async def ask() -> int:
        await asyncio.to_thread(met.wait, 60)
        return threading.get_ident()

    together = AwaitedTogether(ask)
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(asyncio.run(together()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == sorted(one.ident or 0 for one in threads)
