"""Where an entry goes that a person adds."""

from contextlib import closing

from attrs import evolve

from mosaic_core.activities.model import NEGATIVE, Activity
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.model import PERSON, AddEntry, Entry, EntryFilter
from mosaic_core.entries.upsert import EntryUpsert, unknown_activity
from support import TODAY, an_activity, an_entry, days_ago


def put(mosaic: Mosaic, owner: int | None, said: AddEntry) -> bool:
    with mosaic.store.write() as unit:
        return EntryUpsert(unit, mosaic.views, owner, 2_000).put(said).is_new


def entry(mosaic: Mosaic, entry_id: int) -> Entry:
    with mosaic.store.read() as unit:
        found = unit.entries.get(entry_id)
    assert found is not None
    return found


def activities(mosaic: Mosaic, owner: int | None) -> list[Activity]:
    with mosaic.store.read() as unit:
        return list(unit.activities.owned(owner))


def add(mosaic: Mosaic, *rows: Activity | Entry) -> None:
    with mosaic.store.write() as unit:
        for row in rows:
            if isinstance(row, Entry):
                unit.entries.add_many([row])
            else:
                unit.activities.add(row)


RUN = AddEntry(date=TODAY, activity="run", value=2.0, note="new")


def test_an_entry_copies_what_the_owners_activity_says(mosaic: Mosaic, ada: Caller) -> None:
    own = an_activity(
        ada.user_id, "Run", category="Sport", goal=0.5, description="slow", activity_type=NEGATIVE
    )
    add(mosaic, own, an_activity(None, "RUN", category="Shared"))
    assert put(mosaic, ada.user_id, RUN) is True
    assert entry(mosaic, 1) == Entry(
        1, ada.user_id, TODAY, "Run", 2.0, "new", "slow", "Sport", 0.5, NEGATIVE, PERSON
    )


def test_without_an_activity_of_ones_own_an_entry_copies_the_shared_one(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_activity(None, "RUN", category="Shared", goal=3.0))
    put(mosaic, ada.user_id, RUN)
    kept = entry(mosaic, 1)
    assert (kept.user_id, kept.activity, kept.activity_category, kept.activity_goal) == (
        ada.user_id,
        "RUN",
        "Shared",
        3.0,
    )
    assert activities(mosaic, ada.user_id) == []


def test_an_unknown_activity_is_made_once_a_day_once_a_week_without_a_goal(
    mosaic: Mosaic, ada: Caller
) -> None:
    put(mosaic, ada.user_id, RUN)
    put(mosaic, None, RUN)
    for number, owner in ((1, ada.user_id), (2, None)):
        assert activities(mosaic, owner) == [evolve(unknown_activity(owner, "run"), id=number)]
        assert entry(mosaic, number) == Entry(
            number, owner, TODAY, "run", 2.0, "new", "", "", 0.0, "positive", PERSON
        )
    made = unknown_activity(None, "run")
    assert (made.category, made.goal, made.frequency_per_day, made.frequency_per_week, made.active) == (
        "",
        0.0,
        1,
        1,
        1,
    )


def test_an_inactive_activity_is_used_and_stays_inactive(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_activity(ada.user_id, "Run", active=0, deactivated_at=days_ago(5)))
    put(mosaic, ada.user_id, RUN)
    assert activities(mosaic, ada.user_id) == [
        an_activity(ada.user_id, "Run", id=1, active=0, deactivated_at=days_ago(5))
    ]


def test_the_owners_own_entry_is_updated_though_there_is_a_shared_one(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_activity(ada.user_id, "Run", category="Now"))
    add(mosaic, an_entry(None, "Run"), an_entry(ada.user_id, "RUN", activity_category="Then", note="old"))
    assert put(mosaic, ada.user_id, RUN) is False
    after = entry(mosaic, 2)
    assert (after.activity, after.value, after.note, after.activity_category) == ("Run", 2.0, "new", "Now")
    assert entry(mosaic, 1) == an_entry(None, "Run", id=1)


def test_a_shared_entry_is_taken_over_where_the_owner_has_none(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_entry(None, "RUN", note="old"), an_entry(None, "RUN", days_ago(1)))
    assert put(mosaic, ada.user_id, RUN) is False
    assert (entry(mosaic, 1).user_id, entry(mosaic, 1).value, entry(mosaic, 1).note) == (
        ada.user_id,
        2.0,
        "new",
    )
    assert entry(mosaic, 2).user_id is None


def test_shared_entries_take_nobodys_over(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_entry(ada.user_id, "run"))
    assert put(mosaic, None, RUN) is True
    assert put(mosaic, None, RUN) is False
    assert [entry(mosaic, number).user_id for number in (1, 2)] == [ada.user_id, None]


def test_staged_entries_go_where_single_ones_go(mosaic: Mosaic, ada: Caller) -> None:
    add(mosaic, an_entry(ada.user_id, "run", days_ago(1), note="own"), an_entry(None, "run", days_ago(2)))
    run = an_activity(ada.user_id, "Run")
    places = [(days_ago(ago), "run") for ago in range(4)]
    with closing(mosaic.store.stage()) as staging, mosaic.store.write() as unit:
        staging.add([(*place, 2.0, None) for place in places])
        upsert = EntryUpsert(unit, mosaic.views, ada.user_id, 2_000)
        assert upsert.put_staged(staging, {"run": run}, places) == (2, set(places[1:3]))
        assert unit.entries.count(ada.user_id, EntryFilter(), shared=True) == 4
        assert unit.entries.count(ada.user_id, EntryFilter(), shared=False) == 4
        kept = unit.entries.get(1)
        assert kept is not None
        assert (kept.activity, kept.value, kept.note) == ("Run", 2.0, "own")
