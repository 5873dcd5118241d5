"""What every cache promises."""

from collections.abc import Callable
from functools import partial

import pytest

from mosaic_core.caching import Cache, CacheCounts, CacheKey, CacheScope
from mosaic_core.testing.clock import FixedClock
from mosaic_core.testing.contracts.threads import in_threads
from mosaic_core.testing.factories import AbortError

ADA = CacheScope(1, is_admin=False)
ADA_AS_ADMIN = CacheScope(1, is_admin=True)
BEN = CacheScope(2, is_admin=False)


def key(prefix: str = "today", scope: CacheScope = ADA, *parts: str) -> CacheKey:
    return CacheKey(prefix, scope, parts)


def keep(cache: Cache, where: CacheKey, value: str, seconds: float = 60) -> None:
    assert cache.get(where, seconds, lambda: value) == value


def kept(cache: Cache, where: CacheKey) -> str | None:
    """Return the kept value, None if there is none; keeps nothing itself."""
    try:
        return cache.get(where, 60, _nothing)
    except AbortError:
        return None


def _nothing() -> str:
    raise AbortError


OVERTAKING: dict[str, Callable[[Cache], None]] = {
    "of the user": lambda cache: cache.forget("today", 1),
    "of the prefix": lambda cache: cache.forget("today"),
    "of everything": lambda cache: cache.clear(),
}


class CacheContract:
    """What every cache promises. Override `cache`, which measures time by the fixture `clock` if it can."""

    takes_clock = True
    """Whether the cache measures time by the `clock`; otherwise that values expire is not tested."""

    beyond_bounds = 20_000
    """At least twice as many values as the cache keeps; 0 if these are too many to be tried."""

    @pytest.fixture
    def clock(self) -> FixedClock:
        """Return the clock by which the cache measures time."""
        return FixedClock()

    @pytest.fixture
    def cache(self, clock: FixedClock) -> Cache:
        """Return the cache to be tested, empty."""
        raise NotImplementedError("override the fixture `cache`")

    def test_a_value_is_computed_once(self, cache: Cache) -> None:
        computed: list[int] = []

        def compute() -> tuple[int, ...]:
            computed.append(1)
            return tuple(computed)

        assert [cache.get(key(), 60, compute) for _ in range(3)] == [(1,), (1,), (1,)]
        assert cache.get(CacheKey("today", CacheScope(1, is_admin=False)), 60, compute) == (1,)

    @pytest.mark.parametrize(
        "other", [key("stats"), key("today", BEN), key("today", ADA_AS_ADMIN), key("today", ADA, "part")]
    )
    def test_keys_that_differ_hold_values_of_their_own(self, cache: Cache, other: CacheKey) -> None:
        keep(cache, key(), "value")
        assert kept(cache, other) is None
        keep(cache, other, "other")
        assert (kept(cache, key()), kept(cache, other)) == ("value", "other")

    def test_a_cache_that_keeps_values_says_that_it_works_and_keeps_what_it_had(self, cache: Cache) -> None:
        keep(cache, key(), "value")
        assert cache.works()
        assert kept(cache, key()) == "value"

    def test_what_is_counted_tells_hits_from_misses(self, cache: Cache) -> None:
        for _ in range(3):
            keep(cache, key(), "value")
        counts = cache.counts()
        assert not counts or counts["today"] == CacheCounts(hits=2, misses=1)

    def test_parts_are_told_apart_whatever_they_hold(self, cache: Cache) -> None:
        parts = [(), ("",), ("a", "b"), ("a::b",), ("a:", ":b"), ("a%3A", "b"), ("A",), ("ä 🌲",)]
        for one in parts:
            keep(cache, key("today", ADA, *one), repr(one))
        assert [kept(cache, key("today", ADA, *one)) for one in parts] == [repr(one) for one in parts]

    def test_a_value_lives_for_its_seconds(self, cache: Cache, clock: FixedClock) -> None:
        self.require_clock()
        keep(cache, key(), "short", 10)
        keep(cache, key("stats"), "long", 100)
        clock.advance(seconds=9.9)
        assert kept(cache, key()) == "short"
        clock.advance(seconds=0.1)
        assert kept(cache, key()) is None
        assert kept(cache, key("stats")) == "long"
        keep(cache, key(), "again", 10)
        assert kept(cache, key()) == "again"

    def test_a_value_lives_from_the_end_of_its_computation_on(self, cache: Cache, clock: FixedClock) -> None:
        self.require_clock()

        def compute() -> str:
            clock.advance(seconds=100)
            return "value"

        cache.get(key(), 10, compute)
        assert kept(cache, key()) == "value"

    def test_forgetting_a_users_values_leaves_other_users_and_prefixes(self, cache: Cache) -> None:
        mine = [key("today", ADA), key("today", ADA, "part"), key("today", ADA_AS_ADMIN)]
        others = [key("today", BEN), key("today", CacheScope(11, is_admin=False)), key("stats", ADA)]
        for where in (*mine, *others):
            keep(cache, where, "value")
        cache.forget("today", 1)
        assert [kept(cache, where) for where in mine] == [None, None, None]
        assert [kept(cache, where) for where in others] == ["value", "value", "value"]

    def test_forgetting_a_prefix_leaves_other_prefixes(self, cache: Cache) -> None:
        gone = [key("today", ADA), key("today", BEN, "part")]
        for where in (*gone, key("today2", ADA), key("stats", ADA)):
            keep(cache, where, "value")
        cache.forget("today")
        assert [kept(cache, where) for where in gone] == [None, None]
        assert kept(cache, key("today2", ADA)) == "value"
        assert kept(cache, key("stats", ADA)) == "value"

    def test_forgetting_what_is_not_there_is_no_error(self, cache: Cache) -> None:
        cache.forget("today")
        cache.forget("today", 7)

    def test_clearing_forgets_everything(self, cache: Cache) -> None:
        for where in (key(), key("stats", BEN)):
            keep(cache, where, "value")
        cache.clear()
        assert kept(cache, key()) is None
        assert kept(cache, key("stats", BEN)) is None

    @pytest.mark.parametrize("forgetting", OVERTAKING)
    def test_a_value_whose_key_was_forgotten_while_it_was_computed_is_told_but_not_kept(
        self, cache: Cache, forgetting: str
    ) -> None:
        def compute() -> str:
            OVERTAKING[forgetting](cache)
            return "stale"

        assert cache.get(key(), 60, compute) == "stale"
        assert kept(cache, key()) is None
        assert cache.get(key(), 60, lambda: "fresh") == "fresh"
        assert kept(cache, key()) == "fresh"

    def test_a_computation_begun_after_the_forgetting_is_kept_whatever_an_earlier_one_does(
        self, cache: Cache
    ) -> None:
        def compute() -> str:
            cache.forget("today", 1)
            keep(cache, key(), "fresh")
            return "stale"

        assert cache.get(key(), 60, compute) == "stale"
        assert kept(cache, key()) == "fresh"

    def test_forgetting_others_leaves_a_computation_good(self, cache: Cache) -> None:
        def compute() -> str:
            cache.forget("today", 2)
            cache.forget("stats")
            cache.forget("stats", 1)
            return "value"

        cache.get(key(), 60, compute)
        assert kept(cache, key()) == "value"

    def test_a_failed_computation_leaves_nothing_behind(self, cache: Cache) -> None:
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                cache.get(key(), 60, lambda: 1 // 0)
        assert cache.get(key(), 60, lambda: "value") == "value"
        assert kept(cache, key()) == "value"

    def test_the_number_of_values_is_bounded_and_the_newest_stay(self, cache: Cache) -> None:
        places = [key("today", CacheScope(number, is_admin=False)) for number in range(self.many())]
        for where in places:
            keep(cache, where, "value")
        alive = [where for where in places if kept(cache, where)]
        assert 0 < len(alive) <= len(places) / 2
        assert alive[-1] == places[-1]

    def test_one_users_many_values_drive_out_nobody_elses(self, cache: Cache) -> None:
        keep(cache, key("today", BEN), "value")
        places = [key("today", ADA, str(number)) for number in range(self.many())]
        for where in places:
            keep(cache, where, "value")
        assert kept(cache, key("today", BEN)) == "value"
        assert kept(cache, places[0]) is None
        assert kept(cache, places[-1]) == "value"

    def test_no_thread_gets_what_was_forgotten_before_it_asked(self, cache: Cache) -> None:
        truth = [0]
        forgotten = [0]

        def change() -> None:
            for _ in range(300):
                truth[0] += 1
                cache.forget("today", 1)
                forgotten[0] = truth[0]

        def ask() -> None:
            for _ in range(600):
                least = forgotten[0]
                assert cache.get(key(), 60, lambda: truth[0]) >= least

        in_threads(change, ask, ask, ask)

    def test_threads_that_ask_for_many_keys_get_each_ones_own_value(self, cache: Cache) -> None:
        def ask(first: int) -> None:
            for number in range(first, first + 200):
                name = str(number % 50)
                assert cache.get(key("today", ADA, name), 60, partial(str, name)) == name
                if number % 20 == 0:
                    cache.clear()

        in_threads(*[partial(ask, first) for first in range(4)])

    def require_clock(self) -> None:
        """Skip the test if the cache does not measure time by the clock."""
        if not self.takes_clock:
            pytest.skip("this cache measures time by itself")

    def many(self) -> int:
        """Return more values than the cache keeps; skip the test if that is too many."""
        if not self.beyond_bounds:
            pytest.skip("this cache is too large to be filled")
        return self.beyond_bounds
