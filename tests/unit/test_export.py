"""Giving a person all their data."""

import pytest

from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.paging import Page
from support import TODAY, an_activity, an_entry, days_ago, registered


@pytest.fixture
def ada(mosaic: Mosaic) -> Caller:
    """The first user, an administrator."""
    ada = registered(mosaic, "Ada")
    with mosaic.store.write() as unit:
        for owner in (ada.user_id, None):
            unit.activities.add(an_activity(owner, "Run"))
            unit.activities.add(an_activity(owner, "Off", active=0, deactivated_at=TODAY))
            unit.entries.add_many([an_entry(owner, "Run", days_ago(ago)) for ago in range(3)])
    return ada


def exported(mosaic: Mosaic, caller: Caller, page: Page) -> tuple[list[int], list[int], int, int]:
    """Return the ids of the entries and activities on the page, and how many there are in all."""
    with mosaic.exports.open(caller, page) as export:
        assert export.page == page
        return (
            [one.id for one in export.entries],
            [one.id for one in export.activities],
            export.total_entries,
            export.total_activities,
        )


def test_an_export_holds_all_that_the_caller_sees(mosaic: Mosaic, ada: Caller) -> None:
    assert exported(mosaic, ada, Page(None)) == ([1, 4, 2, 5, 3, 6], [1, 3, 2, 4], 6, 4)
    ben = registered(mosaic, "ben")
    assert exported(mosaic, ben, Page(None)) == ([], [], 0, 0)


def test_a_page_of_an_export_tells_how_many_there_are_in_all(mosaic: Mosaic, ada: Caller) -> None:
    assert exported(mosaic, ada, Page(2, 1)) == ([4, 2], [3, 2], 6, 4)


def test_an_export_is_one_snapshot(mosaic: Mosaic, ada: Caller) -> None:
    with mosaic.exports.open(ada, Page(None)) as export:
        mosaic.entries.delete(ada, 3)
        assert len(list(export.entries)) == export.total_entries
