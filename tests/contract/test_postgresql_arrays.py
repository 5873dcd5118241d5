"""Lists come to PostgreSQL as they are."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_adapters.postgresql.links import Link, Links
from mosaic_adapters.postgresql.trips import Statement
from support_postgresql import the_database

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
awkward = st.sampled_from(
    ["", "NULL", "null", "{}", '"', "\\", '\\"', "a,b", " a ", "{a", "b}", "\n\t", "\\x41"]
)
LISTS = {
    "text": st.none() | texts | awkward,
    "bytea": st.none() | st.binary(max_size=8),
    "bigint": st.none() | st.integers(-(2**63), 2**63 - 1),
    "float8": st.none() | st.floats(allow_nan=False),
    "date": st.none() | st.dates(),
    "timestamptz": st.none() | st.datetimes(dt.datetime(1900, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    "boolean": st.none() | st.booleans(),
}


@pytest.fixture(scope="module")
def link() -> Iterator[Link]:
    with closing(Links(the_database(), 1, 30.0).connect()) as link:
        yield link


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_comes_back_as_it_was_sent(link: Link, kind: str) -> None:
    @given(st.lists(LISTS[kind], max_size=5))
    def check(sent: list[object]) -> None:
        (told,) = link.trip([Statement(f"SELECT %s::{kind}[]", (sent,))])
        assert told.rows == [(sent,)]

    check()


def test_a_list_is_of_the_kind_of_what_it_is_compared_with(link: Link) -> None:
    asked = "SELECT number FROM generate_series(1, 5) AS number WHERE number = ANY(%s) ORDER BY number"
    (told,) = link.trip([Statement(asked, ([7, 5, 2],))])
    assert told.rows == [(2,), (5,)]
