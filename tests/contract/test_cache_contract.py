"""What every cache promises."""

import gc
import weakref
from collections.abc import Callable, Mapping

import pytest

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_core.caching import Cache, CacheKey, CacheScope, cached
from mosaic_core.clock import Clock
from support import FixedClock

CACHES: Mapping[str, Callable[[Clock, Callable[[], bool]], Cache]] = {"cachetools": CachetoolsCache}

ADA = CacheScope(1, is_admin=False)
ADA_AS_ADMIN = CacheScope(1, is_admin=True)
BEN = CacheScope(2, is_admin=False)


@pytest.fixture
def overtakers() -> list[str]:
    """The other processes that have changed the store since the cache last asked."""
    return []


@pytest.fixture(params=CACHES)
def cache(request: pytest.FixtureRequest, clock: FixedClock, overtakers: list[str]) -> Cache:
    def overtaken() -> bool:
        were = bool(overtakers)
        overtakers.clear()
        return were

    return CACHES[request.param](clock, overtaken)


def key(prefix: str = "today", scope: CacheScope = ADA, *parts: str) -> CacheKey:
    return CacheKey(prefix, scope, parts)


def keep(cache: Cache, where: CacheKey, value: object, seconds: float = 60) -> None:
    cache.fill(cache.lease(where), value, seconds)


def test_an_empty_cache_has_no_value(cache: Cache) -> None:
    assert cache.get(key()) is None


def test_a_value_that_was_filled_in_is_got(cache: Cache) -> None:
    keep(cache, key(), "value")
    assert cache.get(key()) == "value"
    assert cache.get(CacheKey("today", CacheScope(1, is_admin=False))) == "value"


def test_a_later_value_takes_the_place_of_an_earlier_one(cache: Cache) -> None:
    keep(cache, key(), "one")
    keep(cache, key(), "two")
    assert cache.get(key()) == "two"


@pytest.mark.parametrize(
    "other", [key("stats"), key("today", BEN), key("today", ADA_AS_ADMIN), key("today", ADA, "part")]
)
def test_keys_that_differ_hold_values_of_their_own(cache: Cache, other: CacheKey) -> None:
    keep(cache, key(), "value")
    assert cache.get(other) is None
    keep(cache, other, "other")
    assert (cache.get(key()), cache.get(other)) == ("value", "other")


def test_a_value_lives_for_its_seconds(cache: Cache, clock: FixedClock) -> None:
    keep(cache, key(), "short", 10)
    keep(cache, key("stats"), "long", 100)
    clock.advance(seconds=9.9)
    assert cache.get(key()) == "short"
    clock.advance(seconds=0.1)
    assert cache.get(key()) is None
    assert cache.get(key("stats")) == "long"


def test_a_value_lives_from_its_filling_on_not_from_its_lease(cache: Cache, clock: FixedClock) -> None:
    lease = cache.lease(key())
    clock.advance(seconds=100)
    cache.fill(lease, "value", 10)
    assert cache.get(key()) == "value"


def test_invalidating_a_users_values_leaves_other_users_and_prefixes(cache: Cache) -> None:
    mine = [key("today", ADA), key("today", ADA, "part"), key("today", ADA_AS_ADMIN)]
    others = [key("today", BEN), key("stats", ADA)]
    for where in (*mine, *others):
        keep(cache, where, "value")
    cache.invalidate("today", 1)
    assert [cache.get(where) for where in mine] == [None, None, None]
    assert [cache.get(where) for where in others] == ["value", "value"]


def test_invalidating_a_prefix_leaves_other_prefixes(cache: Cache) -> None:
    gone = [key("today", ADA), key("today", BEN, "part")]
    for where in (*gone, key("today2", ADA), key("stats", ADA)):
        keep(cache, where, "value")
    cache.invalidate("today")
    assert [cache.get(where) for where in gone] == [None, None]
    assert cache.get(key("today2", ADA)) == "value"
    assert cache.get(key("stats", ADA)) == "value"


def test_invalidating_what_is_not_there_is_no_error(cache: Cache) -> None:
    cache.invalidate("today")
    cache.invalidate("today", 7)


def test_clearing_forgets_everything(cache: Cache) -> None:
    for where in (key(), key("stats", BEN)):
        keep(cache, where, "value")
    cache.clear()
    assert cache.get(key()) is None
    assert cache.get(key("stats", BEN)) is None


def test_catching_up_forgets_everything_once_another_process_changed_the_store(
    cache: Cache, overtakers: list[str]
) -> None:
    keep(cache, key(), "value")
    cache.catch_up()
    assert cache.get(key()) == "value"
    lease = cache.lease(key("stats"))
    overtakers.append("another process")
    cache.catch_up()
    cache.fill(lease, "stale", 60)
    assert (cache.get(key()), cache.get(key("stats"))) == (None, None)
    keep(cache, key(), "fresh")
    cache.catch_up()
    assert cache.get(key()) == "fresh"


@pytest.mark.parametrize(
    "overtake",
    [
        lambda cache: cache.invalidate("today", 1),
        lambda cache: cache.invalidate("today"),
        lambda cache: cache.clear(),
    ],
    ids=["of the user", "of the prefix", "of everything"],
)
def test_a_fill_after_an_invalidation_is_dropped(cache: Cache, overtake: Callable[[Cache], None]) -> None:
    lease = cache.lease(key())
    overtake(cache)
    cache.fill(lease, "stale", 60)
    assert cache.get(key()) is None


def test_a_lease_taken_after_an_invalidation_is_good(cache: Cache) -> None:
    stale = cache.lease(key())
    cache.invalidate("today", 1)
    keep(cache, key(), "fresh")
    cache.fill(stale, "stale", 60)
    assert cache.get(key()) == "fresh"


def test_an_invalidation_of_others_leaves_a_lease_good(cache: Cache) -> None:
    lease = cache.lease(key())
    cache.invalidate("today", 2)
    cache.invalidate("stats")
    cache.invalidate("stats", 1)
    cache.fill(lease, "value", 60)
    assert cache.get(key()) == "value"


def test_two_leases_of_one_key_may_both_be_filled(cache: Cache) -> None:
    one, two = cache.lease(key()), cache.lease(key())
    cache.fill(two, "two", 60)
    cache.fill(one, "one", 60)
    assert cache.get(key()) == "one"


def test_a_lease_that_nobody_fills_is_not_kept(cache: Cache) -> None:
    lease = weakref.ref(cache.lease(key()))
    gc.collect()
    assert lease() is None


def test_the_number_of_values_is_bounded_and_the_newest_stay(cache: Cache) -> None:
    count = 20_000
    for number in range(count):
        keep(cache, key("today", CacheScope(number, is_admin=False)), number)
    alive = [number for number in range(count) if cache.get(key("today", CacheScope(number, is_admin=False)))]
    assert 0 < len(alive) < count / 2
    assert alive[-1] == count - 1


def test_one_users_many_values_drive_out_nobody_elses(cache: Cache) -> None:
    keep(cache, key("today", BEN), "value")
    for number in range(20_000):
        keep(cache, key("today", ADA, str(number)), number)
    assert cache.get(key("today", BEN)) == "value"
    assert cache.get(key("today", ADA, "0")) is None
    assert cache.get(key("today", ADA, "19999")) == 19_999


def test_a_cached_value_is_computed_once(cache: Cache, clock: FixedClock) -> None:
    computed: list[int] = []

    def compute() -> tuple[int, ...]:
        computed.append(1)
        return tuple(computed)

    assert [cached(cache, key(), 60, compute) for _ in range(3)] == [(1,), (1,), (1,)]
    clock.advance(seconds=60)
    assert cached(cache, key(), 60, compute) == (1, 1)


def test_a_value_overtaken_while_it_is_computed_is_told_but_not_kept(cache: Cache) -> None:
    def compute() -> str:
        cache.invalidate("today", 1)
        return "stale"

    assert cached(cache, key(), 60, compute) == "stale"
    assert cached(cache, key(), 60, lambda: "fresh") == "fresh"


def test_a_failed_computation_leaves_nothing_behind(cache: Cache) -> None:
    with pytest.raises(ZeroDivisionError):
        cached(cache, key(), 60, lambda: 1 // 0)
    assert cache.get(key()) is None
    assert cached(cache, key(), 60, lambda: "value") == "value"
