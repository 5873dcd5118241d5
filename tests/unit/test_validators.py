"""What the validators let pass."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any

import pytest
from attrs import field, make_class

from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.errors import InvalidInput
from mosaic_core.validators import (
    Validator,
    finite,
    line,
    lines,
    name,
    one_of,
    plain_date,
    text,
    whole,
    written_day,
)
from support import TODAY


def accepts(validator: Validator) -> Callable[[Any], bool]:
    """Return what tells whether a field takes a value."""
    holder: type = make_class("Holder", {"amount": field(validator=validator)})

    def check(value: object) -> bool:
        try:
            holder(value)
        except InvalidInput:
            return False
        return True

    return check


def test_a_refusal_names_the_field() -> None:
    holder: type = make_class("Holder", {"amount": field(validator=finite(0))})
    with pytest.raises(InvalidInput, match=r"^amount must not be below 0$") as refusal:
        holder(-1.0)
    assert refusal.value.details == {"field": "amount"}


def test_a_text_has_so_many_characters() -> None:
    fits = accepts(text(2, 4))
    assert [fits("x" * length) for length in range(1, 6)] == [False, True, True, True, False]
    assert fits("🌲é")
    assert accepts(text(0, 4))("")


def test_a_text_holds_no_nul() -> None:
    assert not accepts(text(0, 10))("a\0b")


def test_a_text_holds_no_half_characters() -> None:
    assert not accepts(text(0, 10))("a\ud800")
    assert not accepts(text(0, 10))("\udfff")
    assert accepts(text(0, 10))("é🌲\uffff")


def test_a_whole_number_lies_in_its_range() -> None:
    assert [accepts(whole(1, 3))(number) for number in range(5)] == [False, True, True, True, False]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_is_finite(number: float) -> None:
    assert not accepts(finite())(number)


def test_a_number_is_not_below_the_least() -> None:
    fits = accepts(finite(0))
    assert [fits(number) for number in (-5e-324, -0.0, 0.0, 1e308)] == [False, True, True, True]
    assert accepts(finite())(-1e308)


def test_a_choice_is_one_of_those_given() -> None:
    fits = accepts(one_of("positive", "negative"))
    assert [fits(choice) for choice in ("positive", "negative", "Positive", "")] == [True, True, False, False]


def test_a_line_holds_no_control_characters() -> None:
    fits = accepts(line(0, 10))
    assert not any(map(fits, ["a\0b", "a\nb", "a\tb", "\x1b[2J", "a\x7fb", "a\x85b", "a\ud800"]))


def test_lines_hold_breaks_and_tabs_and_no_other_control_characters() -> None:
    fits = accepts(lines(1, 10))
    assert all(map(fits, ["a\nb", "a\r\nb", "a\tb", "a"]))
    assert not any(map(fits, ["", "a" * 11, "a\0b", "a\vb", "\x1b[2J", "a\x7fb", "a\x85b", "a\ud800"]))


@pytest.mark.parametrize(
    "said", ["", "❤️ 👨\u200d👩\u200d👧", "\u05d0 \u200f\u05d0", "\u06cc\u200c\u062e", "a\u2028b", "\uffff"]
)
def test_a_line_holds_anything_else(said: str) -> None:
    assert accepts(line(0, 10))(said)
    assert not accepts(line(11, 20))(said)


def test_a_name_shows_something_unless_it_may_be_empty() -> None:
    fits = accepts(name(0, 10))
    assert [fits(said) for said in ("a", "", "\u200b", "\u3164", "\u0301", "  ", "a\n")] == [
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    assert not accepts(name(1, 10))("")


def test_a_plain_date_has_no_time() -> None:
    fits = accepts(plain_date)
    assert [fits(day) for day in (dt.date.min, dt.date.max, dt.datetime(2024, 6, 1, tzinfo=dt.UTC))] == [
        True,
        True,
        False,
    ]


def test_a_day_that_is_written_lies_in_the_years_1900_to_2200() -> None:
    fits = accepts(written_day)
    assert all(map(fits, [FIRST_DAY, LAST_DAY, TODAY]))
    assert not any(
        map(fits, [dt.date(1899, 12, 31), dt.date(2201, 1, 1), dt.datetime(2024, 6, 1, tzinfo=dt.UTC)])
    )


def test_a_whole_number_is_an_int() -> None:
    fits = accepts(whole(1, 3))
    assert [fits(number) for number in (1, 3, 0, 4, 1.0, 1.5, True)] == [True, True] + [False] * 5
