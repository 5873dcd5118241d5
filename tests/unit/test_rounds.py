"""Who is served in which turn of the event loop."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from mosaic_http import rounds
from mosaic_http.rounds import PART, REQUEST, Rounds


class Line:
    """A connection that notes when it goes on."""

    def __init__(self, name: str, order: list[str], *, is_there: bool = True) -> None:
        self.name = name
        self.order = order
        self.is_there = is_there

    def go_on(self) -> bool:
        if self.is_there:
            self.order.append(self.name)
        return self.is_there


def in_turns(come: Iterable[Callable[[Rounds, list[str]], None]], *, at_once: int = 2) -> list[str]:
    """Let things come in one turn each; return who was served, with a bar after each turn."""

    async def work() -> list[str]:
        shared, order = Rounds(at_once), list[str]()
        for one in come:
            one(shared, order)
            order.append("|")
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        return order

    return asyncio.run(work())


def coming(*parties: str, size: int = 0) -> Callable[[Rounds, list[str]], None]:
    def come(shared: Rounds, order: list[str]) -> None:
        for party in parties:
            if shared.admits(Line(party, order), party, REQUEST, size):
                order.append(party)

    return come


def test_it_is_crowded_as_long_as_anybody_waits() -> None:
    async def work() -> list[bool]:
        shared, order = Rounds(1), list[str]()
        found = [shared.is_crowded]
        for party in "ab":
            shared.admits(Line(party, order), party, REQUEST, 0)
            found.append(shared.is_crowded)
        await asyncio.sleep(0)
        return [*found, shared.is_crowded]

    assert asyncio.run(work()) == [False, False, True, False]


def test_what_is_more_than_a_turn_serves_waits_for_the_next_ones() -> None:
    assert in_turns([coming(*"aaaaa")]) == ["a", "a", "|", "a", "a", "a"]


def test_whoever_asks_little_goes_before_those_who_ask_much() -> None:
    order = [one for one in in_turns([coming(*"aaaaaaaab")]) if one != "|"]
    assert order.index("b") == 2


def test_parties_that_ask_as_much_take_turns() -> None:
    order = [one for one in in_turns([coming(*"aaaaabbbbb")]) if one != "|"]
    assert "".join(order) == "aabbababab"


def test_a_large_body_counts_for_more_than_a_small_request() -> None:
    order: list[str] = []

    def come(shared: Rounds, _: list[str]) -> None:
        for _number in range(2):
            assert shared.admits(Line("c", order), "c", REQUEST, 0)
        for party, size in (("a", 4 * 2**20), ("b", 0), ("a", 0), ("b", 0)):
            assert not shared.admits(Line(party, order), party, REQUEST, size)

    in_turns([come])
    assert order == ["a", "b", "b", "a"]


def test_parts_of_bodies_count_for_less_than_requests() -> None:
    shared, order = Rounds(1), list[str]()

    async def work() -> int:
        admitted = 0
        while shared.admits(Line("a", order), "a", PART, 0):
            admitted += 1
        return admitted

    assert asyncio.run(work()) == 1 / PART


def test_whoever_has_left_takes_nobodys_place() -> None:
    def come(shared: Rounds, order: list[str]) -> None:
        for is_there in (True, True, False, False, True, True):
            shared.admits(Line("a", order, is_there=is_there), "a", REQUEST, 0)

    assert in_turns([come, coming()]) == ["|", "a", "a", "|"]


def test_once_nobody_waits_what_was_asked_counts_no_more() -> None:
    order = in_turns([coming(*"aaaa"), coming(), coming(), coming(*"ccab")])
    assert [one for one in order if one != "|"] == [*"aaaa", *"cc", "a", "b"]


def test_parties_that_are_owed_nothing_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "_MOST_PARTIES", 3)
    order = in_turns([coming(*"abcdefgh"), coming(*"abcdefgh")], at_once=1)
    assert sorted(one for one in order if one != "|") == sorted([*"abcdefgh"] * 2)
