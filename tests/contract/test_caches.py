"""The cache in this process's memory keeps what every cache promises."""

import gc
import weakref

import pytest

from mosaic_adapters.cachetools_cache import CachetoolsCache
from mosaic_core.caching import Cache, CacheKey, CacheScope
from mosaic_core.testing import CacheContract, FixedClock


class TestCachetoolsCache(CacheContract):
    @pytest.fixture
    def cache(self, clock: FixedClock) -> Cache:
        return CachetoolsCache(clock)

    def test_a_failed_computation_is_not_remembered(self, cache: Cache) -> None:
        """What a computation held is free once it has failed, also the record that it was under way."""

        class Big:
            def compute(self) -> str:
                raise ZeroDivisionError

        big = Big()
        gone = weakref.ref(big)
        with pytest.raises(ZeroDivisionError):
            cache.get(CacheKey("today", CacheScope(1, is_admin=False)), 60, big.compute)
        del big
        gc.collect()
        assert gone() is None
