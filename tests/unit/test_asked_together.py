"""One question at a time for all threads that want to know."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mosaic_adapters.turns import AskedTogether


def test_who_comes_while_a_question_is_under_way_gets_the_answer_to_a_later_one() -> None:
    asked: list[threading.Event] = []
    begun = threading.Semaphore(0)

    def ask() -> int:
        asked.append(threading.Event())
        number = len(asked)
        begun.release()
        assert asked[-1].wait(60)
        return number

    together = AskedTogether(ask)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(together)
        assert begun.acquire(timeout=60)
        later = [pool.submit(together) for _ in range(6)]
        asked[0].set()
        assert first.result(60) == 1
        assert begun.acquire(timeout=60)
        asked[1].set()
        for _ in range(8):  # somebody may have come when the second was under way
            if not begun.acquire(timeout=0.2):
                break
            asked[-1].set()
        assert min(one.result(60) for one in later) >= 2
    assert len(asked) < 7


def test_a_failure_is_told_and_the_next_question_is_asked_anew() -> None:
    answers: list[int | Exception] = [ValueError("first"), 7]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    together = AskedTogether(ask)
    with pytest.raises(ValueError, match="first"):
        together()
    assert together() == 7
