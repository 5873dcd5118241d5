"""What every store promises about entries."""

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from mosaic_core.activities.model import NEGATIVE
from mosaic_core.entries.model import IMPORT, RULE, EntryFilter, Meeting, Met, Place
from mosaic_core.errors import Conflict, Taken, Unauthorized
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.entry_lists import EntryListContract, listed, today
from mosaic_core.testing.contracts.fixtures import UNKNOWN, write_entries
from mosaic_core.testing.factories import TODAY, an_activity, an_entry, days_ago, rolled_back

ALL = Page(None)


class EntryRepositoryContract(EntryListContract):
    """What every store promises about entries."""

    def test_an_entry_comes_back_as_it_was_added(self, store: Store, ada: int) -> None:
        given = an_entry(
            ada,
            "Läufe im Wald 🌲",
            dt.date(2024, 2, 29),
            value=0.1 + 0.2,
            note="it's 50% 'quoted'; -- \n",
            description="slow",
            activity_category="Sport",
            activity_goal=1 / 3,
            activity_type=NEGATIVE,
            origin=RULE,
        )
        (entry_id,) = write_entries(store, given)
        with store.read() as unit:
            assert unit.entries.get(entry_id) == evolve(given, id=entry_id)

    @pytest.mark.parametrize("value", [0.0, -1.5, 1e308, -1e308, 5e-324, 1e16 + 2, 2**53 + 0.0])
    def test_values_keep_every_digit(self, store: Store, ada: int, value: float) -> None:
        (entry_id,) = write_entries(store, an_entry(ada, value=value))
        with store.read() as unit:
            kept = unit.entries.get(entry_id)
        assert kept is not None
        assert kept.value == value

    @pytest.mark.parametrize("day", [dt.date(1900, 1, 1), dt.date(2200, 12, 31)])
    def test_the_first_and_the_last_day_have_entries_like_any_other(
        self, store: Store, ada: int, day: dt.date
    ) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
        ids = write_entries(store, an_entry(ada, day=day))
        assert [row.entry_id for row in today(store, ada, day)] == ids
        with store.read() as unit:
            assert [row.date for row in unit.entries.every(ada, ALL, shared=False)] == [day]
            assert [one.day for one in unit.summaries.summaries(ada, day, day)] == [day]

    def test_new_entries_get_new_ids_in_the_given_order(self, store: Store, ada: int) -> None:
        first = write_entries(store, an_entry(ada, "b", id=UNKNOWN), an_entry(ada, "a"), an_entry(None, "c"))
        (later,) = write_entries(store, an_entry(ada, "0"))
        assert first == sorted(set(first))
        assert later > first[-1]
        with store.read() as unit:
            kept = [unit.entries.get(number) for number in first]
            assert unit.entries.get(UNKNOWN) is None
        assert [entry and entry.activity for entry in kept] == ["b", "a", "c"]

    def test_one_entry_comes_back_with_its_new_id(self, store: Store, ada: int) -> None:
        given = an_entry(ada, id=UNKNOWN)
        with store.write() as unit:
            kept = unit.entries.add(given)
            with pytest.raises(Conflict) as caught:
                unit.entries.add(given)
            assert caught.value.taken is Taken.ENTRY
        assert kept == evolve(given, id=kept.id)
        assert kept.id != UNKNOWN
        with store.read() as unit:
            assert unit.entries.get(kept.id) == kept

    def test_the_entries_of_an_activity_are_found_in_any_case_oldest_first(
        self, store: Store, ada: int, ben: int
    ) -> None:
        for ago in (1, 3, 2):
            write_entries(store, an_entry(ada, "Running", days_ago(ago)), an_entry(ada, "Run", days_ago(ago)))
        write_entries(store, an_entry(ben, "Running"), an_entry(None, "Running", days_ago(9)))
        with store.read() as unit:
            found = unit.entries.named(ada, "RUNNING")
            assert [(TODAY - one.date).days for one in found] == [3, 2, 1]
            assert {(one.user_id, one.activity) for one in found} == {(ada, "Running")}
            assert [one.user_id for one in unit.entries.named(None, "running")] == [None]
            assert list(unit.entries.named(ada, "nothing")) == []
            assert list(unit.entries.named(ada, "running", days_ago(2), days_ago(1))) == found[1:]
            assert list(unit.entries.named(ada, "running", TODAY, TODAY)) == []

    def test_the_values_of_an_activity_come_by_day(self, store: Store, ada: int, ben: int) -> None:
        places = [("run", 3), ("RUN", 0), ("Run", 9), ("read", 1)]
        write_entries(
            store,
            *[
                an_entry(owner, name, days_ago(ago), value=ago + 0.5 * (owner == ben))
                for owner in (ada, ben, None)
                for name, ago in places
            ],
        )
        with store.read() as unit:
            told = [(days_ago(ago), float(ago)) for ago in (9, 3, 0)]
            assert list(unit.entries.values(ada, "rUn", dt.date.min, dt.date.max)) == told
            assert list(unit.entries.values(None, "run", days_ago(9), days_ago(1))) == told[:2]
            assert list(unit.entries.values(ben, "run", days_ago(8), days_ago(3))) == [(days_ago(3), 3.5)]
            assert list(unit.entries.values(ada, "run", TODAY, days_ago(1))) == []
            assert list(unit.entries.values(ada, "other", dt.date.min, dt.date.max)) == []

    def test_an_entry_moves_to_another_day_unless_that_is_taken(self, store: Store, ada: int) -> None:
        moved, _ = write_entries(store, an_entry(ada), an_entry(ada, day=days_ago(1)))
        with store.write() as unit:
            unit.entries.update_many([an_entry(ada, day=days_ago(5), id=moved)])
        assert listed(store, ada) == [(1, "Running", ada), (5, "Running", ada)]
        with pytest.raises(Conflict), store.write() as unit:
            unit.entries.update_many([an_entry(ada, day=days_ago(1), id=moved)])
        assert listed(store, ada) == [(1, "Running", ada), (5, "Running", ada)]

    def test_an_entry_meets_its_owners_activity_and_entry_else_the_shared_ones(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            shared = unit.activities.add(an_activity(None, "Läufe"))
            own = unit.activities.add(an_activity(ada, "läufe"))
        of_all, of_ada = write_entries(store, an_entry(None, "Läufe"), an_entry(ada, "LÄUFE"))
        with store.read() as unit:
            assert unit.met(ada, "LÄUFE", TODAY) == Met(own, of_ada, is_shared=False)
            assert unit.met(ben, "LÄUFE", TODAY) == Met(shared, of_all, is_shared=True)
            assert unit.met(None, "LÄUFE", TODAY) == Met(shared, of_all, is_shared=False)
            assert unit.met(ada, "läufe", days_ago(1)) == Met(own, None, is_shared=False)
            assert unit.met(ben, "other", TODAY) == Met(None, None, is_shared=False)

    def test_what_was_expected_is_met_as_it_is_by_then(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            run = unit.activities.add(an_activity(ada, "Run"))
            places = [(name, days_ago(ago)) for name in ("run", "New") for ago in range(3)]
            unit.expect([Meeting(owner, *place) for owner in (ada, ben, None) for place in places])
            assert unit.met(ada, "Run", days_ago(1)) == Met(run, None, is_shared=False)
            added = unit.entries.add(an_entry(ada, "RUN")).id
            assert unit.met(ada, "run", TODAY) == Met(run, added, is_shared=False)
            with rolled_back(store) as inner:
                inner.entries.add(an_entry(ada, "Run", days_ago(1)))
                assert inner.met(ada, "run", days_ago(1)).entry_id is not None
            assert unit.met(ada, "Run", days_ago(1)) == Met(run, None, is_shared=False)
            unit.entries.delete(added)
            assert unit.met(ada, "Run", TODAY) == Met(run, None, is_shared=False)
            walk = evolve(run, name="Walk")
            unit.activities.update(walk)
            assert unit.met(ada, "Run", days_ago(2)) == Met(None, None, is_shared=False)
            assert unit.met(ada, "walk", days_ago(2)) == Met(walk, None, is_shared=False)
            assert unit.met(ben, "new", TODAY) == Met(None, None, is_shared=False)
            new = unit.activities.add(an_activity(None, "New"))
            for owner in (ben, None):
                assert unit.met(owner, "new", TODAY) == Met(new, None, is_shared=False)
            shared = unit.entries.add(an_entry(None, "New")).id
            assert unit.met(ben, "New", TODAY) == Met(new, shared, is_shared=True)
            unit.users.delete(ben)
            assert unit.met(ben, "New", days_ago(1)) == Met(new, None, is_shared=False)
            with pytest.raises(Unauthorized), store.write() as inner:
                inner.entries.add(an_entry(ben, "New", days_ago(1)))

    def test_days_are_summed_up_as_they_are_whatever_was_expected(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            for name in ("Run", "Read", "Swim"):
                unit.activities.add(an_activity(ada, name))
            unit.expect([Meeting(ada, name, TODAY) for name in ("Run", "Read", "Swim")])
            for name, value in (("Run", 1.0), ("Read", 2.0)):
                assert unit.met(ada, name, TODAY).entry_id is None
                unit.entries.add(an_entry(ada, name, value=value))
            with rolled_back(store) as inner:
                assert inner.met(ada, "Swim", TODAY).entry_id is None
                inner.entries.add(an_entry(ada, "Swim", value=4.0))
            unit.pending.touch(ada, [TODAY])
            with store.read() as inside:
                (day,) = inside.summaries.summaries(ada, TODAY, TODAY)
                assert day.value == 3.0
            added = unit.entries.add(an_entry(ada, "Swim", value=8.0))
            assert unit.met(ada, "Swim", TODAY).entry_id == added.id
            unit.entries.update_many([evolve(added, value=16.0)])
            unit.pending.touch(ada, [TODAY])
        with store.read() as after:
            (day,) = after.summaries.summaries(ada, TODAY, TODAY)
            assert day.value == 19.0
            assert after.summaries.values(ada, TODAY).values[-1] == 19.0

    def test_a_sheet_has_the_shared_activities_that_the_user_has_not(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            for one in (
                an_activity(ada, "b", category="own"),
                an_activity(ada, "gone", active=0, deactivated_at=days_ago(1)),
                an_activity(None, "B", category="shared"),
                an_activity(None, "Gone"),
                an_activity(None, "a"),
                an_activity(ben, "c"),
            ):
                unit.activities.add(one)
        write_entries(store, an_entry(None, "a", value=1.0), an_entry(None, "b", value=2.0))
        write_entries(store, an_entry(ada, "b", value=3.0))
        with store.read() as unit:
            rows = unit.sheet(ada, TODAY, ALL)
            assert [(row.name, row.value) for row in rows] == [("a", 1.0), ("b", 3.0)]
            assert rows[1].category == "own"
            assert unit.sheet(ada, TODAY, Page(1, 1)) == rows[1:]
            assert [row.value for row in unit.sheet(ada, days_ago(1), ALL)] == [None, None]

    def test_without_anything_shared_a_sheet_is_the_users_own(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
        write_entries(store, an_entry(ada))
        with store.read() as unit:
            assert unit.sheet(ada, TODAY, ALL) == unit.entries.today(ada, TODAY, ALL) != []
            assert unit.sheet(ada, TODAY, Page(1, 1)) == []

    def test_adding_no_entries_is_no_error(self, store: Store, ada: int) -> None:
        write_entries(store)
        with store.write() as unit:
            unit.entries.update_many([])
            assert unit.entries.count(ada, EntryFilter(), shared=True) == 0

    def test_nothing_is_found_by_an_unknown_id(self, store: Store) -> None:
        with store.read() as unit:
            assert unit.entries.get(-1) is None
            assert unit.entries.get(UNKNOWN) is None

    @pytest.mark.parametrize(("name", "other"), [("Running", "rUNNING"), ("Élan", "e\u0301lan")])
    def test_a_place_is_taken_in_any_case(self, store: Store, ada: int, name: str, other: str) -> None:
        write_entries(store, an_entry(ada, name))
        with pytest.raises(Conflict) as caught, store.write() as unit:
            unit.entries.add_many([an_entry(ada, "Reading"), an_entry(ada, other)])
        assert caught.value.taken is Taken.ENTRY
        assert listed(store, ada) == [(0, name, ada)]

    def test_a_place_is_taken_by_an_entry_added_along_with_it(self, store: Store, ada: int) -> None:
        with pytest.raises(Conflict), store.write() as unit:
            unit.entries.add_many([an_entry(ada), an_entry(ada)])
        with pytest.raises(Conflict), store.write() as unit:
            unit.entries.add_many([an_entry(None), an_entry(None)])
        assert listed(store, ada, shared=True) == []

    def test_other_owners_days_and_activities_are_other_places(
        self, store: Store, ada: int, ben: int
    ) -> None:
        write_entries(store, *[an_entry(owner) for owner in (ada, ben, None)])
        write_entries(store, an_entry(ada, day=days_ago(1)), an_entry(ada, "Reading"))
        assert listed(store, ada, shared=True) == [
            (0, "Reading", ada),
            (0, "Running", ada),
            (0, "Running", None),
            (1, "Running", ada),
        ]

    @pytest.mark.parametrize("spread", [1, 100], ids=["few", "many"])
    def test_ids_tell_which_places_are_taken(self, store: Store, ada: int, ben: int, spread: int) -> None:
        strasse, run, shared, alien = write_entries(
            store,
            an_entry(ada, "Straße"),
            an_entry(ada, "Run", days_ago(3)),
            an_entry(None, "Run"),
            an_entry(ben, "x"),
        )
        others: list[Place] = [(days_ago(number), "absent") for number in range(spread)]
        taken: dict[int | None, dict[Place, int]] = {
            ada: {(TODAY, "strasse"): strasse, (days_ago(3), "run"): run},
            None: {(TODAY, "run"): shared},
            ben: {(TODAY, "x"): alien},
        }
        places = [place for owned in taken.values() for place in owned]
        with store.read() as unit:
            assert {owner: dict(unit.entries.ids(owner, [*places, *others])) for owner in taken} == taken
            assert unit.entries.ids(ada, []) == {}

    def test_an_update_replaces_all_but_the_day(self, store: Store, ada: int) -> None:
        entry_id, _ = write_entries(store, an_entry(ada), an_entry(ada, "Other"))
        after = an_entry(
            ada,
            "Jogging",
            id=entry_id,
            value=4.5,
            note="new",
            description="d",
            activity_category="c",
            activity_goal=3.0,
            activity_type=NEGATIVE,
        )
        with store.write() as unit:
            unit.entries.update_many([after])
            assert unit.entries.get(entry_id) == after
            assert unit.entries.ids(ada, [(TODAY, "running"), (TODAY, "jogging")]) == {
                (TODAY, "jogging"): entry_id
            }
        assert [row[1] for row in listed(store, ada)] == ["Jogging", "Other"]

    def test_an_update_may_give_a_shared_entry_to_a_user(self, store: Store, ada: int) -> None:
        (entry_id,) = write_entries(store, an_entry(None, value=1.0))
        with store.write() as unit:
            unit.entries.update_many([an_entry(ada, id=entry_id, value=2.0)])
            unit.pending.touch(ada, (TODAY,))
        assert listed(store, ada) == [(0, "Running", ada)]
        assert listed(store, ada, shared=True) == [(0, "Running", ada)]
        with store.read() as unit:
            assert unit.entries.ids(None, [(TODAY, "running")]) == {}
            assert [day.value for day in unit.summaries.summaries(ada, TODAY, TODAY)] == [2.0]

    def test_an_update_to_a_taken_place_is_refused(self, store: Store, ada: int) -> None:
        own, _, shared = write_entries(store, an_entry(ada), an_entry(ada, "Reading"), an_entry(None))
        for entry in (an_entry(ada, "READING", id=own), an_entry(ada, id=shared)):
            with pytest.raises(Conflict) as caught, store.write() as unit:
                unit.entries.update_many([entry])
            assert caught.value.taken is Taken.ENTRY
        assert listed(store, ada, shared=True) == [
            (0, "Reading", ada),
            (0, "Running", ada),
            (0, "Running", None),
        ]

    def test_an_update_or_deletion_of_an_unknown_entry_changes_nothing(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada))
        with store.write() as unit:
            unit.entries.update_many([an_entry(ada, "Ghost", id=UNKNOWN)])
            unit.entries.delete(UNKNOWN)
        assert listed(store, ada) == [(0, "Running", ada)]

    def test_a_deleted_entry_is_gone_and_its_place_free(self, store: Store, ada: int) -> None:
        entry_id, _ = write_entries(store, an_entry(ada), an_entry(ada, "Reading"))
        with store.write() as unit:
            unit.entries.delete(entry_id)
            assert unit.entries.get(entry_id) is None
        assert listed(store, ada) == [(0, "Reading", ada)]
        (again,) = write_entries(store, an_entry(ada))
        assert again > entry_id

    def test_several_entries_are_deleted_at_once_whosever_they_are(
        self, store: Store, ada: int, ben: int
    ) -> None:
        ids = write_entries(store, an_entry(ada), an_entry(ada, "Reading"), an_entry(ben), an_entry(None))
        with store.write() as unit:
            unit.entries.delete(ids[0], ids[2], ids[3], UNKNOWN)
            unit.entries.delete()
        with store.read() as unit:
            assert [unit.entries.get(one) is None for one in ids] == [True, False, True, True]
            counts = [unit.entries.count(owner, EntryFilter(), shared=True) for owner in (ada, ben)]
        assert counts == [1, 0]

    def test_who_said_what_an_entry_says_is_told_wherever_it_is(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "Run"))
            unit.entries.add_many([an_entry(ada, "Run", origin=RULE), an_entry(ada, "Read", origin=IMPORT)])
            unit.entries.add_many([an_entry(None, "Run", days_ago(1), origin=IMPORT)])
        with store.read() as unit:
            told = [one.origin for one in unit.entries.on(ada, TODAY)]
            assert told == [one.origin for one in unit.entries.page(ada, EntryFilter(), ALL, shared=False)]
            assert told == [IMPORT, RULE]
            with_shared = unit.entries.page(ada, EntryFilter(), ALL, shared=True)
            assert [one.origin for one in with_shared] == [IMPORT, RULE, IMPORT]
            (run,) = unit.entries.named(ada, "run")
            assert unit.entries.get(run.id) == run
            assert run.origin == RULE
        with store.write() as unit:
            unit.entries.carry(ada, "run", an_activity(ada, "Walk"))
            unit.entries.update_many(
                [evolve(entry, origin=RULE) for entry in unit.entries.named(ada, "read")]
            )
        with store.read() as unit:
            assert [one.origin for one in unit.entries.on(ada, TODAY)] == [RULE, RULE]

    def test_a_new_entrys_id_is_above_all_that_were_given_before(self, store: Store, ada: int) -> None:
        (first,) = write_entries(store, an_entry(ada))
        with store.write() as unit:
            unit.entries.delete(first)
        (second,) = write_entries(store, an_entry(ada))
        assert second > first
        with store.read() as unit:
            assert unit.entries.get(first) is None

    def test_carrying_writes_name_and_snapshot_into_the_owners_entries_in_any_case(
        self, store: Store, ada: int, ben: int
    ) -> None:
        run, earlier = write_entries(
            store, an_entry(ada, "Run", note="n", value=2.0), an_entry(ada, "RUN", days_ago(9))
        )
        others = [an_entry(ada, "Other"), an_entry(ben, "Run"), an_entry(None, "Run")]
        other_ids = write_entries(store, *others)
        activity = an_activity(
            ada, "Jog", category="Sport", goal=0.5, description="slow", activity_type=NEGATIVE
        )
        snapshot: dict[str, Any] = {
            "activity": "Jog",
            "activity_category": "Sport",
            "activity_goal": 0.5,
            "description": "slow",
            "activity_type": NEGATIVE,
        }
        with store.write() as unit:
            assert sorted(unit.entries.carry(ada, "rUn", activity)) == [days_ago(9), TODAY]
            assert not unit.entries.carry(ada, "never had entries", activity)
        with store.read() as unit:
            assert unit.entries.get(run) == an_entry(ada, id=run, note="n", value=2.0, **snapshot)
            assert unit.entries.get(earlier) == an_entry(ada, id=earlier, day=days_ago(9), **snapshot)
            for number, other in zip(other_ids, others, strict=True):
                assert unit.entries.get(number) == evolve(other, id=number)
            assert unit.entries.ids(ada, [(TODAY, "jog"), (TODAY, "run")]) == {(TODAY, "jog"): run}

    def test_carrying_reaches_shared_entries_alone_where_no_owner_is_given(
        self, store: Store, ada: int
    ) -> None:
        write_entries(store, an_entry(None, "Run"), an_entry(ada, "Run"))
        with store.write() as unit:
            unit.entries.carry(None, "Run", an_activity(None, "Jog"))
        assert listed(store, ada, shared=True) == [(0, "Jog", None), (0, "Run", ada)]

    def test_carrying_may_change_the_case_of_the_name(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada, "run"))
        with store.write() as unit:
            unit.entries.carry(ada, "run", an_activity(ada, "RUN"))
        assert listed(store, ada) == [(0, "RUN", ada)]

    def test_carrying_tells_only_the_days_that_it_changed(self, store: Store, ada: int) -> None:
        write_entries(store, an_entry(ada, "Run", days_ago(1)), an_entry(ada, "Run", activity_goal=2.0))
        with store.write() as unit:
            assert list(unit.entries.carry(ada, "run", an_activity(ada, "Run", goal=2.0))) == [days_ago(1)]
            assert not unit.entries.carry(ada, "run", an_activity(ada, "Run", goal=2.0))

    def test_carrying_that_would_give_a_day_two_entries_of_one_name_is_refused(
        self, store: Store, ada: int
    ) -> None:
        write_entries(store, an_entry(ada, "Run", days_ago(1)), an_entry(ada, "Run"), an_entry(ada, "jog"))
        with pytest.raises(Conflict) as caught, store.write() as unit:
            unit.entries.carry(ada, "Run", an_activity(ada, "Jog"))
        assert caught.value.taken is Taken.RENAMED_ENTRY
        assert [row[:2] for row in listed(store, ada)] == [(0, "jog"), (0, "Run"), (1, "Run")]

    def test_many_entries_are_kept_as_one_by_one(self, store: Store, ada: int) -> None:
        many = [an_entry(ada, f"a{number}", days_ago(ago)) for ago in range(40) for number in range(5)]
        ids = write_entries(store, *many)
        with store.write() as unit:
            unit.entries.update_many(
                [evolve(entry, id=number, value=2.0) for number, entry in zip(ids, many, strict=True)]
            )
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 200
            assert {entry.value for entry in unit.entries.every(ada, ALL, shared=False)} == {2.0}
            assert unit.entries.ids(ada, [(one.date, one.activity) for one in many]) == {
                (one.date, one.activity): number for number, one in zip(ids, many, strict=True)
            }
