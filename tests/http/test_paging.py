"""Limits and offsets."""

from typing import Any

import pytest

from support_http import Client, Serve, World

LISTS = {
    "/entries": (100, 500),
    "/activities": (100, 500),
    "/today": (200, 500),
    "/export/json": (2100, 2000),
    "/logs/activity": (100, 500),
    "/wearable/raw": (100, 500),
}
WRONG = [
    "-1",
    "1.5",
    "1e3",
    "x",
    "%00",
    "%20",
    "1%20",
    "0x10",
    "+1",
    "%2B1",
    "٣",
    "null",
    "1,2",
    "True",
    "-0",
]


@pytest.fixture
def world(serve: Serve) -> World:
    return serve(max_activities=2100)


@pytest.fixture
def filled(ada: Client) -> Client:
    """Somebody with 2100 activities and an entry of each today."""
    lines = "".join(f"2024-06-01,activity {n:04},{n}\n" for n in range(2100))
    ada.upload("date,activity,value\n" + lines).went(200)
    return ada


def rows(shown: Any) -> list[Any]:  # noqa: ANN401  # any list's JSON
    listed: list[Any] = (
        shown["entries" if "entries" in shown else "items"] if isinstance(shown, dict) else shown
    )
    return listed


def length(person: Client, target: str) -> int:
    return len(rows(person.get(target).went(200).json))


@pytest.mark.parametrize("target", ["/entries", "/activities", "/today", "/export/json"])
def test_lists_have_their_defaults_and_are_cut_to_their_maxima(filled: Client, target: str) -> None:
    default, most = LISTS[target]
    assert length(filled, target) == default
    assert length(filled, f"{target}?limit={most}") == most
    assert length(filled, f"{target}?limit={most + 1}") == most
    assert length(filled, f"{target}?limit={10**30}") == most
    assert length(filled, f"{target}?limit=7") == 7
    assert length(filled, f"{target}?limit=500&offset=2099") == 1
    assert length(filled, f"{target}?offset=2100") == 0


@pytest.mark.parametrize("target", ["/entries", "/activities", "/today"])
def test_pages_put_together_are_the_whole_list_in_order(filled: Client, target: str) -> None:
    name = "activity" if target == "/entries" else "name"
    names = [
        row[name] for at in range(0, 2500, 500) for row in filled.get(f"{target}?limit=500&offset={at}").json
    ]
    assert names == [f"activity {n:04}" for n in range(2100)]


@pytest.mark.parametrize("target", LISTS)
def test_a_limit_that_is_no_positive_number_is_told(ada: Client, target: str) -> None:
    for limit in ["0", *WRONG]:
        ada.get(f"{target}?limit={limit}").failed("invalid_query")


@pytest.mark.parametrize("target", LISTS)
def test_an_offset_that_is_no_number_from_0_is_told(ada: Client, target: str) -> None:
    for offset in WRONG:
        ada.get(f"{target}?offset={offset}").failed("invalid_query")


@pytest.mark.parametrize("target", LISTS)
def test_an_offset_beyond_all_rows_is_an_empty_page(ada: Client, target: str) -> None:
    ada.add_entry().went(201)
    for offset in (2**31, 2**63 - 1, 2**63, 2**64, 10**40):
        assert rows(ada.get(f"{target}?offset={offset}").went(200).json) == []
        assert rows(ada.get(f"{target}?limit=500&offset={offset}").went(200).json) == []


@pytest.mark.parametrize("target", LISTS)
def test_a_parameter_without_a_value_counts_as_not_given(ada: Client, target: str) -> None:
    ada.get(f"{target}?limit=&offset=").went(200)


def test_of_a_parameter_given_twice_the_last_counts(ada: Client) -> None:
    ada.add_entry("a").went(201)
    ada.add_entry("b").went(201)
    assert len(ada.get("/entries?limit=1&limit=2").json) == 2


def test_leading_zeros_do_not_count(filled: Client) -> None:
    zeros = "0" * 30
    shown = filled.get(f"/entries?limit={zeros}5&offset={zeros}7").went(200).json
    assert shown == filled.get("/entries?limit=5&offset=7").json
    assert len(filled.get(f"/entries?limit=5&offset={zeros}").json) == 5
