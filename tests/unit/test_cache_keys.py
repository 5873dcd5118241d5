"""Where cached values lie."""

from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.caching import CacheKey, CacheScope

tricky = st.text(st.sampled_from(":%25AuserolU1"), max_size=6)
keys = st.builds(
    CacheKey,
    prefix=tricky,
    scope=st.builds(CacheScope, user_id=st.integers(1, 3), is_admin=st.booleans()),
    parts=st.lists(tricky, max_size=3).map(tuple),
)


def test_a_key_tells_prefix_user_role_and_parts() -> None:
    assert CacheKey("stats", CacheScope(7, is_admin=False)).text == "stats::user:7::role:user"
    assert CacheKey("today", CacheScope(7, is_admin=True), ("2024-06-01", "200")).text == (
        "today::user:7::role:admin::2024-06-01::200"
    )


def test_parts_cannot_pass_for_others() -> None:
    scope = CacheScope(7, is_admin=False)
    assert CacheKey("today", scope, ("a::b",)).text == "today::user:7::role:user::a%3A%3Ab"
    assert CacheKey("today", scope, ("a%3A",)).text == "today::user:7::role:user::a%253A"


@given(keys, keys)
def test_keys_have_one_text_exactly_if_they_are_equal(one: CacheKey, other: CacheKey) -> None:
    assert (one.text == other.text) == (one == other)
