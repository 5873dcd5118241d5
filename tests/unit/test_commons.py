"""What servers have in common: asked where it helps, and done without where it is away."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from attrs import define, field

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.accounts.brake import LoginBrake
from mosaic_core.caching import CacheKey, CacheScope
from mosaic_core.commons import Commons, NoCommons
from mosaic_core.errors import TooManyRequests
from mosaic_core.views import PROGRESS, Views
from mosaic_http.limits import RateLimiter
from support import FixedClock

ADA = CacheScope(1, is_admin=False)
KEY = CacheKey(PROGRESS, ADA)


class Dictionaries(NoCommons):
    """What the servers of a test share, in this process; it is away when a test says so."""

    is_elsewhere = True

    def __init__(self) -> None:
        self.is_away = False
        self.asked = 0
        self.calls: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.values: dict[str, bytes] = {}

    async def call(self, name: str, client: str, limit: int, seconds: int) -> float | None:
        self.asked += 1
        if self.is_away:
            return None
        self.calls[f"{name} {client}"] += 1
        return 0.0 if self.calls[f"{name} {client}"] <= limit else seconds / 2

    def failures(self, keys: Sequence[str]) -> Sequence[int] | None:
        return None if self.is_away else [self.counts[key] for key in keys]

    def failed(self, keys: Sequence[str]) -> None:
        self.counts.update([] if self.is_away else keys)

    def forget_failures(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.counts.pop(key, None)

    def value(self, key: str) -> bytes | None:
        self.asked += 1
        return None if self.is_away else self.values.get(key)

    def keep(self, key: str, value: bytes, seconds: float) -> None:
        assert seconds > 0
        if not self.is_away:
            self.values[key] = value


@pytest.fixture
def commons() -> Dictionaries:
    return Dictionaries()


class SharedStore(MemoryStore):
    """A store across a network, as far as views can tell."""

    committed = 0
    lost = ""

    def elsewhere(self) -> int:
        return self.committed

    def state(self) -> str:
        return f"{self.committed}{self.lost}"


@define
class World:
    """Two servers over one store; what they compute is the number of commits."""

    commons: Dictionaries
    store: SharedStore = field(factory=SharedStore)
    views: list[Views] = field(init=False)
    computed: int = 0

    def __attrs_post_init__(self) -> None:
        self.views = [Views(self.store, CachetoolsCache(FixedClock()), self.commons) for _ in range(2)]

    def told(self, server: int) -> bytes:
        return self.views[server].shared(KEY, 60, self._compute)

    def _compute(self) -> bytes:
        self.computed += 1
        return b"%d" % self.store.committed


@pytest.fixture
def world(commons: Dictionaries) -> World:
    return World(commons)


def test_what_one_server_has_computed_another_takes_over_and_keeps(world: World) -> None:
    assert [world.told(0), world.told(1), world.told(0), world.told(1)] == [b"0"] * 4
    assert (world.computed, world.commons.asked) == (1, 2)


def test_a_commit_of_any_server_makes_what_is_shared_useless_to_all(world: World) -> None:
    for number in range(4):
        assert [world.told(0), world.told(1)] == [b"%d" % number] * 2
        world.store.committed += 1
    assert world.computed == 4


def test_what_was_kept_before_a_loss_is_not_taken_for_what_is_true_after_it(world: World) -> None:
    assert [world.told(0), world.told(1)] == [b"0", b"0"]
    world.commons.is_away = True
    world.store.committed = 1
    assert [world.told(0), world.told(1)] == [b"1", b"1"]
    world.commons.is_away = False
    assert [world.told(0), world.told(1)] == [b"1", b"1"]  # from their own caches
    world.store.committed = 2
    assert [world.told(0), world.told(1)] == [b"2", b"2"]
    assert world.computed == 1 + 2 + 1


def test_a_commit_during_a_computation_leaves_what_is_kept_true(world: World) -> None:
    def compute() -> bytes:
        world.store.committed += 1
        return b"older than the commit"

    assert world.views[0].shared(KEY, 60, compute) == b"older than the commit"
    assert [world.told(0), world.told(1)] == [b"1", b"1"]


def test_a_store_without_a_state_shares_nothing(commons: Dictionaries) -> None:
    views = Views(MemoryStore(), CachetoolsCache(FixedClock()), commons)
    assert [views.shared(KEY, 60, lambda: b"value") for _ in range(2)] == [b"value", b"value"]
    assert (commons.asked, commons.values) == (0, {})


def limiters(commons: Commons, clock: FixedClock) -> list[RateLimiter]:
    return [RateLimiter({"login": (3, 60)}, clock, commons) for _ in range(2)]


def hit(limiter: RateLimiter, client: str = "a") -> int:
    """Return how long the client has to wait, 0 for not at all."""
    try:
        asyncio.run(limiter.hit("login", client))
    except TooManyRequests as refusal:
        wait: int = refusal.details["retry_after"]
        return wait
    return 0


def test_calls_are_counted_over_all_servers(commons: Dictionaries) -> None:
    one, other = limiters(commons, FixedClock())
    assert [hit(each) for each in (one, other, one, other)] == [0, 0, 0, 30]
    assert [hit(one, "b"), other.refusals] == [0, {"login": 1}]


def test_who_was_refused_is_refused_again_without_asking_until_it_is_time(commons: Dictionaries) -> None:
    clock = FixedClock()
    one, other = limiters(commons, clock)
    for each in (one, one, one):
        hit(each)
    assert [hit(other), hit(other), hit(one)] == [30, 30, 60]
    assert commons.asked == 4
    clock.advance(seconds=29.5)
    assert (hit(other), commons.asked) == (1, 4)
    clock.advance(seconds=0.5)
    commons.calls.clear()
    assert (hit(other), commons.asked) == (0, 5)


def test_a_call_that_others_refused_takes_no_room_here(commons: Dictionaries) -> None:
    clock = FixedClock()
    one, other = limiters(commons, clock)
    for _ in range(3):
        hit(one)
    for _ in range(3):
        assert hit(other) == 30
        clock.advance(seconds=30)
    commons.calls.clear()
    assert [hit(other) for _ in range(4)] == [0, 0, 0, 60]


def test_of_too_many_refused_clients_the_first_are_forgotten(commons: Dictionaries) -> None:
    one, _ = limiters(commons, FixedClock())
    commons.calls.update({f"login {number}": 3 for number in range(10_001)})
    for number in range(10_001):
        assert hit_quickly(one, str(number))
    asked = commons.asked
    hit_quickly(one, "10000")
    assert commons.asked == asked
    hit_quickly(one, "0")
    assert commons.asked == asked + 1


def hit_quickly(limiter: RateLimiter, client: str) -> bool:
    """Return whether the client is refused; nothing that is shared in this process makes it wait."""
    hitting = limiter.hit("login", client)
    try:
        hitting.send(None)
    except StopIteration:
        return False
    except TooManyRequests:
        return True
    raise AssertionError


def test_while_nobody_can_be_asked_each_server_counts_by_itself(commons: Dictionaries) -> None:
    one, other = limiters(commons, FixedClock())
    hit(one)
    commons.is_away = True
    assert [hit(one), hit(one), hit(one)] == [0, 0, 60]
    assert [hit(other), hit(other), hit(other), hit(other)] == [0, 0, 0, 60]


def fail(brake: LoginBrake, times: int) -> None:
    for _ in range(times):
        attempt = brake.begin("ada", "here")
        brake.failed(attempt)
        brake.end(attempt)


def wait(brake: LoginBrake, origin: str = "here") -> float:
    attempt = brake.begin("ada", origin)
    brake.end(attempt)
    return brake.seconds_left(attempt)


def test_failures_slow_down_over_all_servers_and_a_success_anywhere_ends_that(commons: Dictionaries) -> None:
    one, other = LoginBrake(FixedClock(), commons), LoginBrake(FixedClock(), commons)
    fail(one, 5)
    fail(other, 7)
    assert [wait(one), wait(other), wait(one, "there")] == [2.0, 2.0, 2.0]
    attempt = other.begin("ada", "here")
    other.succeeded(attempt)
    other.end(attempt)
    assert [wait(one), wait(other)] == [0.0, 0.0]
    assert one.asks_elsewhere


def test_while_nobody_can_be_asked_what_failed_here_slows_down_here(commons: Dictionaries) -> None:
    one, other = LoginBrake(FixedClock(), commons), LoginBrake(FixedClock(), commons)
    fail(one, 11)
    commons.is_away = True
    assert [wait(one), wait(other)] == [1.0, 0.0]


def test_a_server_that_is_alone_has_nothing_in_common_with_others() -> None:
    alone = NoCommons()
    alone.keep("key", b"value", 60)
    alone.failed(["key"])
    alone.forget_failures(["key"])
    assert (alone.value("key"), alone.failures(["key"]), alone.works(), alone.unanswered()) == (
        None,
        None,
        True,
        0,
    )
    assert asyncio.run(alone.call("login", "a", 1, 60)) is None
    asyncio.run(alone.leave())
    alone.close()
    assert not LoginBrake(FixedClock()).asks_elsewhere
