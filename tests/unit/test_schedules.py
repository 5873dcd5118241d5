"""What a schedule and a target may be."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mosaic_core.errors import InvalidInput
from mosaic_core.schedules.model import AtLeast, AtMost, Every, Times, Weekdays


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Weekdays(days=()), "days"),
        (lambda: Weekdays(days=("mon", "mon")), "days"),
        (lambda: Weekdays(days=("Monday",)), "days"),
        (lambda: Every(days=1), "days"),
        (lambda: Every(days=367), "days"),
        (lambda: Every(days=2, from_=dt.date(1899, 12, 31)), "from"),
        (lambda: Times(times=1, per="year"), "per"),
        (lambda: Times(times=1, per=1), "per"),
        (lambda: Times(times=1, per=True), "per"),
        (lambda: Times(times=0, per="week"), "times"),
        (lambda: Times(times=8, per="week"), "times"),
        (lambda: Times(times=29, per="month"), "times"),
        (lambda: Times(times=11, per=10), "times"),
        (lambda: Times(times=True, per=10), "times"),
        (lambda: Times(times=1, per="week", from_=dt.date(2026, 1, 1)), "from"),
        (lambda: AtLeast(value=float("nan")), "value"),
        (lambda: AtMost(value=float("inf")), "value"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(make: Callable[[], Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make()
    assert refused.value.details["field"].rstrip("_") == field
