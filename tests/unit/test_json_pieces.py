"""JSON is taken apart in pieces, wherever these are cut."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import InvalidInput
from mosaic_http.errors import BadRequest
from mosaic_http.json_pieces import DEEPEST, MOST_PASSED_OVER, JsonPieces
from support_json import VALUES, Dribble, nothing, written


@given(
    st.lists(VALUES, min_size=1),
    st.sampled_from([None, 1]),
    st.sampled_from(["ascii", "utf-8"]),
    st.integers(1, 9),
)
def test_the_values_of_a_list_come_as_they_are_written(
    values: list[Any],
    indent: int | None,
    style: str,
    at_once: int,
) -> None:
    pieces = JsonPieces(Dribble(written(values, indent, ascii_only=style == "ascii"), at_once), nothing)
    pieces.take(b"[")
    found = []
    while True:
        found.append(json.loads(pieces.value(10**6)))
        if pieces.take(b",", b"]") == b"]":
            break
    assert (found, pieces.next()) == (values, b"")


@given(VALUES, st.integers(1, 9), st.integers(0, 30))
def test_of_a_long_value_the_beginning_is_kept_and_the_rest_passed_over(
    value: object,
    at_once: int,
    longest: int,
) -> None:
    text = json.dumps(value).encode()
    pieces = JsonPieces(Dribble(b"[" + text + b", 1]", at_once), nothing)
    pieces.take(b"[")
    assert pieces.value(longest) == text[: longest + 1]
    pieces.take(b",")
    assert pieces.value(longest) == b"1"


def test_the_next_value_can_be_found_again_by_its_place() -> None:
    file = io.BytesIO(b'{"a": [1, 2]}')
    pieces = JsonPieces(file, nothing)
    pieces.take(b"{")
    assert pieces.value(9) == b'"a"'
    pieces.take(b":")
    assert JsonPieces(file, nothing, pieces.offset).value(99) == b"[1, 2]"


@pytest.mark.parametrize("text", [b"", b"  ", b"]", b"}", b",", b":", b"[", b'"', b'"\\', b'"\\"', b"[1"])
@pytest.mark.parametrize("at_once", [1, 100])
def test_what_has_no_end_or_no_beginning_is_no_json(text: bytes, at_once: int) -> None:
    with pytest.raises(BadRequest):
        JsonPieces(Dribble(text, at_once), nothing).value(9)


def test_what_is_nested_beyond_reason_is_no_json() -> None:
    assert JsonPieces(io.BytesIO(b"[" * DEEPEST + b"]" * DEEPEST), nothing).value(1) == b"[["
    with pytest.raises(BadRequest):
        JsonPieces(io.BytesIO(b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1)), nothing).value(1)


def test_not_too_much_is_passed_over() -> None:
    long = b'"' + b"x" * (MOST_PASSED_OVER // 2) + b'",'
    pieces = JsonPieces(io.BytesIO(b"[" + long * 2), nothing)
    pieces.take(b"[")
    assert pieces.value(10) == b'"' + b"x" * 10
    pieces.take(b",")
    assert pieces.value(MOST_PASSED_OVER) == long[:-1]
    pieces = JsonPieces(io.BytesIO(b"[" + long * 3), nothing)
    pieces.take(b"[")
    for _ in range(2):
        pieces.value(1)
        pieces.take(b",")
    with pytest.raises(InvalidInput, match="too long"):
        pieces.value(1)
