"""Cached views: never stale, whatever the cache does."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from attrs import define, field

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_adapters.memory.store import MemoryStore
from mosaic_core.caching import Cache, CacheKey, CacheScope, NoCache
from mosaic_core.views import PROGRESS, SESSION, TODAY, Views
from support import FixedClock, rolled_back

T = TypeVar("T")

ADA = CacheScope(1, is_admin=False)
BEN = CacheScope(2, is_admin=False)


class SharedStore(MemoryStore):
    """A store whose other processes commit when a test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.commits_elsewhere = 0

    def elsewhere(self) -> int:
        return self.commits_elsewhere


class CacheDownError(Exception):
    """The cache cannot be reached."""


class UnreliableCache(CachetoolsCache):
    """Forgets nothing while it is down, but still knows what it knew."""

    is_down = False

    def forget(self, prefix: str, user_id: int | None = None) -> None:
        self._require_up()
        super().forget(prefix, user_id)

    def clear(self) -> None:
        self._require_up()
        super().clear()

    def _require_up(self) -> None:
        if self.is_down:
            raise CacheDownError


@define
class World:
    """What a value is now, and the views of it."""

    cache: UnreliableCache = field(factory=lambda: UnreliableCache(FixedClock()))
    store: SharedStore = field(factory=SharedStore)
    views: Views = field(init=False)
    value: str = "old"
    computed: int = 0

    def __attrs_post_init__(self) -> None:
        self.views = Views(self.store, self.cache)

    def told(self, prefix: str = TODAY, scope: CacheScope = ADA) -> str:
        return self.views.get(CacheKey(prefix, scope), 60, self._compute)

    def change(self, owner: int | None = 1) -> None:
        with self.store.write() as unit:
            self.views.days_changed(unit, owner)
            self.value = "new"

    def _compute(self) -> str:
        self.computed += 1
        return self.value


@pytest.fixture
def world() -> World:
    return World()


def test_a_view_is_computed_once_until_it_is_changed(world: World) -> None:
    assert [world.told(), world.told(), world.computed] == ["old", "old", 1]
    world.change()
    assert [world.told(), world.told(), world.computed] == ["new", "new", 2]


def test_a_change_that_is_rolled_back_forgets_nothing(world: World) -> None:
    world.told()
    with rolled_back(world.store) as unit:
        world.views.days_changed(unit, 1)
    world.told()
    assert world.computed == 1


def test_what_another_process_changed_is_told_at_once(world: World) -> None:
    world.told()
    world.value = "new"
    world.store.commits_elsewhere = 1
    assert [world.told(), world.told(), world.computed] == ["new", "new", 2]


def test_what_another_process_changes_during_a_computation_is_not_kept(world: World) -> None:
    def compute() -> str:
        world.store.commits_elsewhere = 1
        assert world.told(PROGRESS) == "old"
        return "stale"

    assert world.views.get(CacheKey(TODAY, ADA), 60, compute) == "stale"
    assert world.told() == "old"


@pytest.mark.parametrize(
    ("owner", "told"),
    [(1, ["new", "new", "old"]), (2, ["old", "old", "new"]), (None, ["new", "old", "new"])],
    ids=["own days", "another's days", "shared days"],
)
def test_changed_days_are_forgotten_for_those_who_see_them(
    world: World, owner: int | None, told: list[str]
) -> None:
    places = [(TODAY, ADA), (PROGRESS, ADA), (TODAY, BEN)]
    for place in places:
        world.told(*place)
    world.change(owner)
    assert [world.told(*place) for place in places] == told


def test_a_changed_account_forgets_its_session_and_its_days(world: World) -> None:
    for prefix in (SESSION, TODAY, PROGRESS):
        world.told(prefix)
    with world.store.write() as unit:
        world.views.account_changed(unit, 1)
    world.value = "new"
    assert [world.told(prefix) for prefix in (SESSION, TODAY, PROGRESS)] == ["new"] * 3


def test_a_cache_that_could_not_forget_is_not_asked_until_it_is_cleared(world: World) -> None:
    world.told()
    world.cache.is_down = True
    world.change()
    assert [world.told(), world.told()] == ["new", "new"]
    world.cache.is_down = False
    assert [world.told(), world.told()] == ["new", "new"]
    assert world.computed == 4


def test_a_cache_that_fails_to_forget_while_it_is_cleared_stays_stale(world: World) -> None:
    class Failing(UnreliableCache):
        def clear(self) -> None:
            super().clear()
            self.is_down = True
            world.change()
            self.is_down = False

    world.cache = Failing(FixedClock())
    world.views = Views(world.store, world.cache)
    world.views.cache.get(CacheKey(TODAY, ADA), 60, lambda: "stale")
    world.told()
    assert world.told() == "new"


def test_without_a_cache_everything_is_computed() -> None:
    cache: Cache = NoCache()
    computed: list[int] = []
    compute: Callable[[], None] = lambda: computed.append(1)  # noqa: E731  # counts
    for _ in range(2):
        cache.get(CacheKey(TODAY, ADA), 60, compute)
    cache.forget(TODAY)
    cache.clear()
    assert len(computed) == 2
    assert cache.works()
    assert cache.counts() == {}


def test_views_that_could_not_be_forgotten_are_not_called_well(world: World) -> None:
    assert world.views.works()
    world.cache.is_down = True
    world.change()
    assert not world.views.works()
