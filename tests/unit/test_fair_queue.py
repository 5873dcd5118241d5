"""A queue in which parties, and names within a party, have their turns."""

from collections import Counter, defaultdict
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.fair_queue import FairQueue

PARTIES, NAMES, ITEMS = 4, 3, 2

parties = st.sampled_from("abcdef")
names = st.sampled_from(["", "x", "y", "z"])
puts = st.tuples(parties, names)
steps = st.lists(st.one_of(puts, st.just(None)), max_size=80)
"""Something is put in for a party and a name, or taken out (None)."""


def put_all(
    queue: FairQueue[tuple[str, str, int]], wanted: list[tuple[str, str]]
) -> list[tuple[str, str, int]]:
    """Put in an item for each; return those that were taken."""
    items = [(*one, number) for number, one in enumerate(wanted)]
    return [item for item in items if queue.put(item, item[0], item[1])]


def take_all(queue: FairQueue[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    taken = []
    while (turn := queue.take()) is not None:
        assert turn[0] == turn[1][0]
        taken.append(turn[1])
    return taken


@given(steps)
def test_what_is_let_in_comes_out_once_in_the_order_of_its_line(given: list[tuple[str, str] | None]) -> None:
    queue = FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS)
    let_in, out = [], []
    for number, step in enumerate(given):
        if step is None:
            turn = queue.take()
            out += [] if turn is None else [turn[1]]
        elif queue.put((*step, number), *step):
            let_in.append((*step, number))
    out += take_all(queue)
    assert sorted(out) == sorted(let_in)
    for line in {one[:2] for one in let_in}:
        assert [one for one in out if one[:2] == line] == [one for one in let_in if one[:2] == line]


@given(steps)
def test_somebody_is_refused_only_where_a_bound_is_reached(given: list[tuple[str, str] | None]) -> None:
    queue = FairQueue[tuple[str, str]](PARTIES, NAMES, ITEMS)
    waiting: Counter[tuple[str, str]] = Counter()
    for step in given:
        if step is None:
            turn = queue.take()
            assert (turn is None) == (not waiting)
            waiting -= Counter([] if turn is None else [turn[1]])
            continue
        names_of = defaultdict[str, set[str]](set)
        for party, name in waiting:
            names_of[party].add(name)
        is_full = (
            waiting[step] == ITEMS
            or (step not in waiting and len(names_of[step[0]]) == NAMES)
            or (
                step[0] not in {party for party, _ in waiting} and len({one[0] for one in waiting}) == PARTIES
            )
        )
        assert queue.put(step, *step) is not is_full
        waiting += Counter([] if is_full else [step])


@given(st.lists(puts, max_size=60))
def test_nobody_waits_for_more_than_one_turn_of_another_party(wanted: list[tuple[str, str]]) -> None:
    queue = FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS)
    put_all(queue, wanted)
    turns = [one[0] for one in take_all(queue)]
    for party in set(turns):
        for before, at in zip([-1, *places(turns, party)], places(turns, party), strict=False):
            assert max(Counter(turns[before + 1 : at]).values(), default=0) <= 1


@given(st.lists(puts, max_size=60))
def test_within_a_party_nobody_waits_for_more_than_one_turn_of_another_name(
    wanted: list[tuple[str, str]],
) -> None:
    queue = FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS)
    put_all(queue, wanted)
    out = take_all(queue)
    for party in {one[0] for one in out}:
        turns = [one[1] for one in out if one[0] == party]
        for name in set(turns):
            for before, at in zip([-1, *places(turns, name)], places(turns, name), strict=False):
                assert max(Counter(turns[before + 1 : at]).values(), default=0) <= 1


@given(st.lists(puts, max_size=60), st.sets(parties))
def test_who_is_passed_over_keeps_their_turn(wanted: list[tuple[str, str]], busy: set[str]) -> None:
    queue, same = (
        FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS),
        FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS),
    )
    let_in = put_all(queue, wanted)
    put_all(same, wanted)
    others = []
    while (turn := queue.take(passing_over=busy)) is not None:
        others.append(turn[1])
    assert {one[0] for one in others} == {one[0] for one in let_in} - busy
    in_turn = take_all(same)
    assert others == [one for one in in_turn if one[0] not in busy]
    assert take_all(queue) == [one for one in in_turn if one[0] in busy]


@given(st.lists(st.one_of(puts, st.none(), parties), max_size=80))
def test_nobody_waits_for_more_than_one_turn_of_those_in_doubt_or_of_the_others_per_own_turn(
    given: list[tuple[str, str] | str | None],
) -> None:
    """A party alone among the steps is one whose doubt begins or ends."""
    queue, doubted = FairQueue[str](PARTIES, NAMES, ITEMS), set[str]()
    waiting: Counter[str] = Counter()
    passed_by: Counter[bool] = Counter()
    for step in given:
        if isinstance(step, str):
            doubted ^= {step}
        elif step is not None:
            party = step[0]
            waiting[party] += queue.put(party, *step, is_doubted=partial(doubted.__contains__, party))
        elif (turn := queue.take()) is not None:
            is_turn_of_doubted = turn[0] in doubted
            waiting -= Counter([turn[0]])
            others = any((party in doubted) is not is_turn_of_doubted for party in waiting)
            passed_by[not is_turn_of_doubted] += others
            passed_by[is_turn_of_doubted] = 0
            assert max(passed_by.values()) <= 1


@given(st.lists(puts, max_size=60), st.sets(parties))
def test_those_in_doubt_and_the_others_each_take_turns_among_themselves(
    wanted: list[tuple[str, str]], doubted: set[str]
) -> None:
    queue, same = (FairQueue[tuple[str, str]](12, NAMES, ITEMS) for _ in range(2))
    for one in wanted:
        queue.put(one, *one, is_doubted=partial(doubted.__contains__, one[0]))
        same.put(one, *one)
    out, in_turn = ([turn[1] for turn in iter(each.take, None)] for each in (queue, same))
    for group in (doubted, set("abcdef") - doubted):
        assert [one for one in out if one[0] in group] == [one for one in in_turn if one[0] in group]


def test_those_in_doubt_join_no_more_than_half_of_the_parties_that_may_wait() -> None:
    queue = FairQueue[int](4, NAMES, ITEMS)
    assert [queue.put(1, party, is_doubted=lambda: True) for party in "abc"] == [True, True, False]
    assert [queue.put(1, party, is_doubted=lambda: False) for party in "cde"] == [True, True, False]
    assert queue.put(2, "a", is_doubted=lambda: True)


def test_a_party_is_in_doubt_or_not_whenever_its_turn_comes() -> None:
    queue, doubted = FairQueue[int](8, NAMES, ITEMS), set[str]()
    for party in "aabc":
        queue.put(1, party, is_doubted=partial(doubted.__contains__, party))
    doubted |= {"a", "b"}
    assert [turn[0] for turn in iter(queue.take, None)] == ["c", "a", "b", "a"]


def test_an_empty_queue_has_nobodys_turn() -> None:
    assert FairQueue[int](1, 1, 1).take() is None


def places(turns: list[str], one: str) -> list[int]:
    return [at for at, turn in enumerate(turns) if turn == one]


@given(wanted=st.lists(puts, max_size=40), most=st.integers(0, 5), party=parties)
def test_more_of_a_party_is_taken_out_of_turn_in_the_order_of_its_first_line(
    wanted: list[tuple[str, str]], most: int, party: str
) -> None:
    queue = FairQueue[tuple[str, str, int]](PARTIES, NAMES, ITEMS)
    let_in = put_all(queue, wanted)
    of_party = [item for item in let_in if item[0] == party]
    line = [item for item in of_party if item[1] == of_party[0][1]] if of_party else []
    assert queue.take_of(party, most) == line[:most]
    assert len(queue) == len(let_in) - len(line[:most])
    assert sorted(take_all(queue)) == sorted(item for item in let_in if item not in line[:most])
    assert len(queue) == 0
