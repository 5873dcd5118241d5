"""The persistent map behind the memory store."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.memory.trie import Trie

numbers = st.integers(0, 40) | st.integers(1000, 1100) | st.integers(0, 2**40)
steps = st.lists(st.tuples(st.booleans(), numbers, st.integers()), max_size=60)


@given(steps, numbers, numbers)
def test_a_trie_tells_what_an_ordered_dictionary_would(
    taken: Sequence[tuple[bool, int, int]], first: int, last: int
) -> None:
    trie: Trie[int] = Trie()
    model: dict[int, int] = {}
    for put, number, value in taken:
        trie = trie.put(number, value) if put else trie.drop(number)
        if put:
            model[number] = value
        else:
            model.pop(number, None)
        assert trie.get(number) == model.get(number)
    rows = sorted(model.items())
    assert len(trie) == len(model)
    assert list(trie.items()) == rows
    assert list(trie.falling()) == rows[::-1]
    assert list(trie.values()) == [value for _, value in rows]
    between = [(number, value) for number, value in rows if first <= number <= last]
    assert list(trie.items(first, last)) == between
    assert list(trie.falling(first, last)) == between[::-1]


@given(steps, numbers)
def test_a_change_leaves_the_former_map_as_it_was(taken: Sequence[tuple[bool, int, int]], other: int) -> None:
    trie: Trie[int] = Trie()
    for _, number, value in taken:
        trie = trie.put(number, value)
    before = list(trie.items())
    trie.put(other, -1)
    trie.drop(other)
    for _, number, _ in taken:
        trie.drop(number)
    assert list(trie.items()) == before


def test_numbers_out_of_reach_have_no_value() -> None:
    trie = Trie[str]().put(3, "value")
    assert [trie.get(number) for number in (-1, 4, 32, 10**30)] == [None] * 4


def test_everything_can_be_dropped_and_put_again() -> None:
    trie: Trie[int] = Trie()
    for number in range(100):
        trie = trie.put(number, number)
    for number in range(100):
        trie = trie.drop(number)
    assert (len(trie), list(trie.items())) == (0, [])
    assert list(trie.put(50, 5).items()) == [(50, 5)]
