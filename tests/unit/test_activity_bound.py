"""How many activities one owner may have."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from mosaic_core.activities.model import NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.importing import ImportSummary
from mosaic_core.entries.model import AddEntry, EntryFilter
from mosaic_core.errors import InvalidState
from mosaic_core.paging import Page
from support import TODAY, a_mosaic, an_activity

MOST = 3


@pytest.fixture
def mosaic() -> Iterator[Mosaic]:
    made = a_mosaic(max_activities=MOST)
    yield made
    made.close()


def said(name: str, *, shared: bool = False) -> NewActivity:
    return NewActivity(name=name, category="Health", frequency_per_day=1, frequency_per_week=7, shared=shared)


def names(mosaic: Mosaic, owner: int | None) -> list[str]:
    with mosaic.store.read() as unit:
        return [one.name for one in unit.activities.owned(owner)]


def have(mosaic: Mosaic, owner: int | None, number: int) -> None:
    """Give the owner so many activities, whatever the bound."""
    with mosaic.store.write() as unit:
        for at in range(number):
            unit.activities.add(an_activity(owner, f"A{at}"))


def bring_in(mosaic: Mosaic, caller: Caller | None, *lines: str) -> ImportSummary:
    with closing(mosaic.imports.read(io.StringIO("\n".join(lines), newline=""), caller)) as read:
        return mosaic.imports.write(caller, read)


def skipped(summary: ImportSummary) -> list[tuple[int, str | None]]:
    return [(one.row, one.reason) for one in summary.details if one.status == "skipped"]


WAYS: dict[str, Callable[[Mosaic, Caller], object]] = {
    "an activity": lambda mosaic, caller: mosaic.activities.add(caller, said("One more")),
    "an entry": lambda mosaic, caller: mosaic.entries.add(
        caller, AddEntry(date=TODAY, activity="One more", value=1)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_activity_too_many_is_refused_by_a_message_that_tells_the_bound(
    mosaic: Mosaic, ada: Caller, way: str
) -> None:
    have(mosaic, ada.user_id, MOST - 1)
    mosaic.activities.add(ada, said("Last"))
    with pytest.raises(InvalidState) as caught:
        WAYS[way](mosaic, ada)
    assert caught.value.message == "There are as many activities as there may be (3); delete some first"
    assert caught.value.details == {"max_activities": MOST}
    assert names(mosaic, ada.user_id) == ["A0", "A1", "Last"]
    assert mosaic.entries.page(ada, EntryFilter(), Page()).items == []


def test_the_bound_is_each_owners_own(mosaic: Mosaic, ada: Caller, ben: Caller) -> None:
    have(mosaic, ada.user_id, MOST)
    for number in range(MOST):
        mosaic.activities.add(ben, said(f"B{number}"))
        mosaic.activities.add(ada, said(f"S{number}", shared=True))
    with pytest.raises(InvalidState):
        mosaic.activities.add(ada, said("One more", shared=True))


def test_inactive_activities_count_and_deleted_ones_do_not(mosaic: Mosaic, ada: Caller) -> None:
    for number in range(MOST):
        mosaic.activities.add(ada, said(f"A{number}"))
    first = mosaic.activities.page(ada, Page()).items[0]
    mosaic.activities.deactivate(ada, first.id)
    with pytest.raises(InvalidState):
        mosaic.activities.add(ada, said("One more"))
    mosaic.activities.delete(ada, first.id)
    mosaic.activities.add(ada, said("One more"))


def test_who_has_more_than_there_may_be_goes_on_with_them(mosaic: Mosaic, ada: Caller) -> None:
    have(mosaic, ada.user_id, MOST + 2)
    mosaic.activities.add(ada, said("a0"), overwrite=True)
    assert mosaic.entries.add(ada, AddEntry(date=TODAY, activity="A4", value=1)).is_new
    summary = bring_in(mosaic, ada, "date,activity,value", f"{TODAY},A1,1", f"{TODAY},A2,2", f"{TODAY},New,3")
    assert (summary.created, summary.skipped) == (2, 1)
    assert mosaic.entries.finalize(ada, TODAY).created == 2


def test_a_shared_activity_needs_no_room(mosaic: Mosaic, ada: Caller) -> None:
    have(mosaic, ada.user_id, MOST)
    mosaic.activities.add(ada, said("Shared", shared=True))
    assert mosaic.entries.add(ada, AddEntry(date=TODAY, activity="shared", value=1)).is_new
    summary = bring_in(mosaic, ada, "date,activity,value", "2024-05-01,Shared,1")
    assert (summary.created, summary.skipped) == (1, 0)


def test_rows_that_name_one_activity_too_many_are_skipped_with_a_reason(mosaic: Mosaic, ada: Caller) -> None:
    have(mosaic, ada.user_id, MOST - 1)
    summary = bring_in(
        mosaic,
        ada,
        "date,activity,value",
        "2024-05-01,a0,1",
        "2024-05-01,New,2",
        "2024-05-01,Newer,3",
        "2024-05-02,new,4",
        "2024-05-02,NEWER,5",
    )
    assert (summary.created, summary.skipped) == (3, 2)
    assert skipped(summary) == [
        (4, '"Newer" would be one activity too many: there may be 3'),
        (6, '"NEWER" would be one activity too many: there may be 3'),
    ]
    assert names(mosaic, ada.user_id) == ["A0", "A1", "New"]


def test_the_activities_of_an_export_are_bounded_like_its_entries(mosaic: Mosaic, ada: Caller) -> None:
    table = ["dataset,activity_id,name,category", *(f"activities,{n},A{n},Health" for n in range(MOST + 1))]
    assert skipped(bring_in(mosaic, ada, *table)) == [
        (5, '"A3" would be one activity too many: there may be 3')
    ]


def test_a_shared_activity_that_becomes_ones_own_by_an_import_needs_room(mosaic: Mosaic, ada: Caller) -> None:
    have(mosaic, ada.user_id, MOST)
    mosaic.activities.add(ada, said("Shared", shared=True))
    summary = bring_in(mosaic, ada, "date,activity,category", "2024-05-01,Shared,Mine")
    assert skipped(summary) == [(2, '"Shared" would be one activity too many: there may be 3')]


def test_shared_activities_of_an_import_are_bounded(mosaic: Mosaic) -> None:
    rows = [f"{TODAY},A{number},1" for number in range(MOST + 1)]
    summary = bring_in(mosaic, None, "date,activity,value", *rows)
    assert (summary.created, summary.skipped) == (MOST, 1)
    assert len(names(mosaic, None)) == MOST


def test_an_import_that_others_left_no_room_for_changes_nothing(mosaic: Mosaic, ada: Caller) -> None:
    rows = [f"{TODAY},New {number},1" for number in range(MOST)]
    with closing(mosaic.imports.read(["date,activity,value\n", *(f"{row}\n" for row in rows)], ada)) as read:
        mosaic.activities.add(ada, said("Meanwhile"))
        with pytest.raises(InvalidState):
            mosaic.imports.write(ada, read)
    assert names(mosaic, ada.user_id) == ["Meanwhile"]
    assert mosaic.entries.page(ada, EntryFilter(), Page()).items == []
