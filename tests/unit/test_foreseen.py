"""Days of an import that are summed up before it is written."""

import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.activities.model import NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.calendar import FIRST_DAY, LAST_DAY
from mosaic_core.caller import Caller
from mosaic_core.entries.model import EntryFilter
from mosaic_core.entries.ports import StagedRow
from mosaic_core.entries.upsert import unknown_activity
from mosaic_core.foreseen import foresee
from mosaic_core.paging import Page
from mosaic_core.stats.model import DaySummary
from mosaic_core.stats.summary import positive_entries, summarise
from mosaic_core.testing.strategies import csv_files
from support import TODAY, a_mosaic, days_ago, registered

HEADER = "date,activity,value,category"


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def bring_in(mosaic: Mosaic, caller: Caller | None, text: str, *between: str) -> None:
    """Import a file, and others between its being summed up and being written."""
    with closing(mosaic.imports.read(lines(text))) as read:
        summed_up = mosaic.imports.sum_up(caller, read)
        for other in between:
            bring_in(mosaic, caller, other)
        mosaic.imports.write(caller, summed_up)


def told(mosaic: Mosaic, caller: Caller) -> tuple[Sequence[DaySummary], Sequence[DaySummary]]:
    """Return the summaries that are kept, and those of the entries that are kept."""
    with mosaic.store.read() as unit:
        kept = unit.summaries.summaries(caller.user_id, FIRST_DAY, LAST_DAY)
        listed = unit.entries.page(caller.user_id, EntryFilter(), Page(None), shared=False)
        days = sorted({one.date for one in listed})
        entries = {day: unit.entries.on(caller.user_id, day) for day in days}
    summed = [summarise(day, positive_entries(entries[day])) for day in days]
    return kept, [one for one in summed if one is not None]


@given(st.lists(csv_files, min_size=1, max_size=3), st.lists(csv_files, max_size=2), csv_files)
def test_an_import_is_summed_up_rightly_whatever_comes_before_and_between(
    before: list[str], between: list[str], shared: str
) -> None:
    mosaic = a_mosaic()
    ada = registered(mosaic, "ada")
    bring_in(mosaic, None, shared)
    for text in before:
        bring_in(mosaic, ada, text, *between)
        kept, summed = told(mosaic, ada)
        assert kept == summed


@pytest.fixture
def mosaic() -> Mosaic:
    return a_mosaic()


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    return registered(mosaic, "ada")


def test_only_days_without_positive_entries_are_foreseen(mosaic: Mosaic, ada: Caller) -> None:
    smoke = NewActivity(
        name="Smoke", category="Habits", frequency_per_day=1, frequency_per_week=1, activity_type="negative"
    )
    mosaic.activities.add(ada, smoke)
    bring_in(mosaic, ada, f"{HEADER}\n{days_ago(1)},Read,3,\n{days_ago(2)},Smoke,1,\n")
    file = f"{HEADER}\n{TODAY},Run,1,\n{days_ago(1)},Run,2,\n{days_ago(2)},Run,3,Sport\n"
    with closing(mosaic.imports.read(lines(file))) as read:
        foreseen = mosaic.imports.sum_up(ada, read).foreseen
    assert foreseen is not None
    values = {day: summary.value for day, summary in foreseen.summaries.items() if summary is not None}
    assert values == {TODAY: 1.0, days_ago(2): 3.0}


def test_nothing_is_foreseen_of_rows_that_say_no_value(mosaic: Mosaic, ada: Caller) -> None:
    with closing(mosaic.imports.read(lines(f"date,activity\n{TODAY},Run\n"))) as read:
        foreseen = mosaic.imports.sum_up(ada, read).foreseen
    assert foreseen is not None
    assert not foreseen.summaries


def test_few_of_the_rows_are_held_at_once(mosaic: Mosaic, ada: Caller) -> None:
    days, length = 400, 50_000

    def rows() -> Iterator[StagedRow]:
        for number in range(days):
            yield days_ago(number), "run", 1.0, chr(ord("a") + number % 26) * length

    with mosaic.store.read() as unit:
        tracemalloc.start()
        try:
            foreseen = foresee(
                rows(), ada.user_id, {"run": unknown_activity(ada.user_id, "Run")}, unit.entries
            )
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert len(foreseen.summaries) == days
    assert peak < days * length / 2


@pytest.mark.parametrize(
    "between", [f"{HEADER}\n{TODAY},Read,3,\n", f"{HEADER}\n{days_ago(9)},Run,1,Sport\n"]
)
def test_what_no_longer_holds_is_summed_up_from_the_entries(
    mosaic: Mosaic, ada: Caller, between: str
) -> None:
    bring_in(mosaic, ada, f"{HEADER}\n{days_ago(3)},Run,1,\n")
    bring_in(mosaic, ada, f"{HEADER}\n{TODAY},Run,1,\n{days_ago(1)},Run,2,\n", between)
    kept, summed = told(mosaic, ada)
    assert kept == summed
    assert {one.day for one in kept} >= {TODAY, days_ago(1)}
