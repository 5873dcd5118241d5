"""What every store promises about staged rows."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress

import pytest

from mosaic_core.activities.model import NEGATIVE, Activity
from mosaic_core.entries.model import IMPORT, PERSON, RULE, Entry, EntryFilter, Place
from mosaic_core.entries.ports import StagedChange, StagedRow, Staging
from mosaic_core.errors import Unauthorized
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.factories import TODAY, AbortError, an_activity, an_entry, days_ago

ALL = Page(None)


def row(ago: int = 0, key: str = "run", value: float | None = 2.0, note: str | None = "new") -> StagedRow:
    return days_ago(ago), key, value, note


def run(owner: int | None) -> dict[str, Activity]:
    return {"run": an_activity(owner, "Run")}


def write(
    store: Store, staging: Staging, owner: int | None, activities: dict[str, Activity] | None = None
) -> StagedChange:
    with store.write() as unit:
        change = unit.staged.write(staging, owner, activities or run(owner))
        unit.pending.touch(owner, change.days)
        return change


def give(store: Store, staging: Staging, owner: int) -> set[Place]:
    with store.write() as unit:
        given = set(unit.staged.give_shared(staging, owner))
        unit.pending.touch(owner, {day for day, _ in given})
        return given


def add(store: Store, *entries: Entry) -> None:
    with store.write() as unit:
        unit.entries.add_many(entries)


def kept(store: Store, user_id: int) -> list[tuple[int | None, int, str, float, str]]:
    """Return of the user's and the shared entries: owner, days ago, activity, value and note."""
    with store.read() as unit:
        rows = unit.entries.page(user_id, EntryFilter(), ALL, shared=True)
    return [(one.user_id, (TODAY - one.date).days, one.activity, one.value, one.note) for one in rows]


class StagedEntryRepositoryContract(StoreFixtures):
    """What every store promises about staged rows."""

    @pytest.fixture
    def staging(self, store: Store) -> Iterator[Staging]:
        """Open an empty staging of the store."""
        with closing(store.stage()) as staging:
            yield staging

    def test_each_day_and_name_key_is_staged_once(self, staging: Staging) -> None:
        assert staging.add([]) == []
        assert list(staging.add([row(0), row(1), row(0), row(0, "read")])) == [True, True, False, True]
        assert list(staging.add([row(2), row(1, value=9.0)])) == [True, False]
        assert list(staging.add([row(number) for number in range(1000)])) == [False] * 3 + [True] * 997

    def test_the_first_of_two_staged_rows_is_the_one_that_is_written(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        staging.add([row(value=1.0), row(value=2.0)])
        staging.add([row(value=3.0)])
        write(store, staging, ada)
        assert kept(store, ada) == [(ada, 0, "Run", 1.0, "new")]

    def test_a_new_entry_takes_what_is_staged_and_the_snapshot_of_its_activity(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        activity = an_activity(
            ada, "Läufe 🌲", category="Sport", goal=1 / 3, description="slow", activity_type=NEGATIVE
        )
        day = dt.date(2024, 2, 29)
        staging.add([(day, "läufe 🌲", 0.1 + 0.2, "it's 50%\n")])
        change = write(store, staging, ada, {"läufe 🌲": activity})
        assert change == StagedChange(1, 0, [day])
        with store.read() as unit:
            (found,) = unit.entries.page(ada, EntryFilter(), ALL, shared=False)
            assert unit.entries.get(found.id) == Entry(
                found.id,
                ada,
                day,
                "Läufe 🌲",
                0.1 + 0.2,
                "it's 50%\n",
                "slow",
                "Sport",
                1 / 3,
                NEGATIVE,
                IMPORT,
            )

    def test_the_entries_that_say_otherwise_than_staged_rows_can_be_asked_for(
        self, store: Store, ada: int, ben: int, staging: Staging
    ) -> None:
        days = [an_entry(ada, "RUN", days_ago(ago), value=2.0, note="new") for ago in range(7)]
        days[1] = an_entry(ada, "RUN", days_ago(1), value=3.0, note="new")
        days[2] = an_entry(ada, "RUN", days_ago(2), value=2.0, note="old")
        add(store, *days, an_entry(ada, "Read"), an_entry(ben, "Run", value=9.0), an_entry(None, "Run"))
        unsaid = [row(4, value=None), row(5, note=None), row(6, value=None, note=None)]
        staging.add([*(row(ago) for ago in range(3)), row(3, value=9.0, note=None), *unsaid, row(8)])
        with store.write() as unit:
            found = unit.staged.differing(staging, ada)
            assert {(TODAY - one.date).days for one in found} == {1, 2, 3}
            assert all(unit.entries.get(one.id) == one for one in found)
            assert [one.user_id for one in unit.staged.differing(staging, None)] == [None]

    def test_where_nothing_is_there_nothing_says_otherwise(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        staging.add([row()])
        with store.write() as unit:
            assert list(unit.staged.differing(staging, ada)) == []

    def test_an_entry_that_is_there_is_changed_and_keeps_its_id(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        add(
            store,
            an_entry(ada, "RUN", note="old", activity_category="Then"),
            an_entry(ada, "RUN", days_ago(9)),
        )
        staging.add([row(0), row(1)])
        change = write(store, staging, ada)
        assert (change.added, change.changed) == (1, 1)
        assert {TODAY, days_ago(1)} <= set(change.days)
        with store.read() as unit:
            places = [(days_ago(ago), "run") for ago in (0, 1, 9)]
            first = unit.entries.ids(ada, places)[places[0]]
            after = unit.entries.get(first)
        assert after == an_entry(ada, "Run", id=first, value=2.0, note="new", origin=IMPORT)
        assert kept(store, ada) == [
            (ada, 0, "Run", 2.0, "new"),
            (ada, 1, "Run", 2.0, "new"),
            (ada, 9, "RUN", 1.0, ""),
        ]

    @pytest.mark.parametrize(
        ("value", "note", "there", "new"),
        [
            (None, None, (5.0, "old"), (0.0, "")),
            (None, "", (5.0, ""), (0.0, "")),
            (0.0, None, (0.0, "old"), (0.0, "")),
            (2.0, "new", (2.0, "new"), (2.0, "new")),
        ],
    )
    def test_what_is_not_said_stays_as_it_is(
        self,
        store: Store,
        ada: int,
        staging: Staging,
        value: float | None,
        note: str | None,
        there: tuple[float, str],
        new: tuple[float, str],
    ) -> None:
        add(store, an_entry(ada, "Run", value=5.0, note="old"))
        staging.add([row(0, value=value, note=note), row(1, value=value, note=note)])
        write(store, staging, ada)
        assert kept(store, ada) == [(ada, 0, "Run", *there), (ada, 1, "Run", *new)]

    @pytest.mark.parametrize(
        ("value", "note", "origin"),
        [
            (None, None, RULE),
            (None, "old", RULE),
            (5.0, None, IMPORT),
            (5.0, "old", IMPORT),
            (2.0, None, IMPORT),
            (None, "new", IMPORT),
        ],
    )
    def test_a_rules_entry_is_the_imports_where_that_says_its_value_or_another_note(
        self,
        store: Store,
        ada: int,
        staging: Staging,
        value: float | None,
        note: str | None,
        origin: str,
    ) -> None:
        add(store, an_entry(ada, "RUN", value=5.0, note="old", origin=RULE))
        staging.add([row(0, value=value, note=note)])
        assert write(store, staging, ada).changed == 1
        with store.read() as unit:
            assert [(one.activity, one.origin) for one in unit.entries.on(ada, TODAY)] == [("Run", origin)]

    @pytest.mark.parametrize(("origin", "differs"), [(PERSON, False), (IMPORT, False), (RULE, True)])
    def test_a_rules_entry_says_otherwise_until_a_row_has_said_it(
        self, store: Store, ada: int, staging: Staging, origin: str, *, differs: bool
    ) -> None:
        add(store, an_entry(ada, "Run", value=2.0, note="new", origin=origin))
        staging.add([row()])
        with store.write() as unit:
            assert bool(unit.staged.differing(staging, ada)) is differs
            assert unit.staged.write(staging, ada, run(ada)).changed == differs
            assert list(unit.staged.differing(staging, ada)) == []
            (found,) = unit.entries.on(ada, TODAY)
        assert found.origin == (IMPORT if differs else origin)

    def test_entries_that_say_all_of_it_already_are_left_alone(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        add(store, an_entry(ada, "Run", value=2.0, note="new"), an_entry(ada, "Run", days_ago(1), note="old"))
        staging.add([row(0), row(1, value=None, note=None)])
        assert write(store, staging, ada) == StagedChange(0, 0, [])
        assert write(store, staging, ada, {"run": an_activity(ada, "run")}).changed == 2

    def test_nothing_staged_changes_nothing(self, store: Store, ada: int, staging: Staging) -> None:
        assert give(store, staging, ada) == set()
        assert write(store, staging, ada) == StagedChange(0, 0, [])

    def test_a_staging_writes_for_one_owner_alone(
        self, store: Store, ada: int, ben: int, staging: Staging
    ) -> None:
        add(store, an_entry(ben, "Run"), an_entry(None, "Run"))
        staging.add([row()])
        assert write(store, staging, ada).added == 1
        assert kept(store, ben) == [(ben, 0, "Run", 1.0, ""), (None, 0, "Run", 1.0, "")]

    def test_shared_entries_are_written_too(self, store: Store, ada: int, staging: Staging) -> None:
        add(store, an_entry(ada, "Run"), an_entry(None, "Run", note="old"))
        staging.add([row(0), row(1)])
        change = write(store, staging, None)
        assert (change.added, change.changed) == (1, 1)
        assert kept(store, ada) == [
            (ada, 0, "Run", 1.0, ""),
            (None, 0, "Run", 2.0, "new"),
            (None, 1, "Run", 2.0, "new"),
        ]

    def test_shared_entries_at_staged_places_are_given_where_the_owner_has_none(
        self, store: Store, ada: int, ben: int, staging: Staging
    ) -> None:
        add(store, *[an_entry(None, "RUN", days_ago(ago), note="shared") for ago in range(4)])
        add(store, an_entry(ada, "run", days_ago(1)), an_entry(ben, "run", days_ago(2)))
        staging.add([row(0), row(1), row(2), row(9)])
        with store.read() as unit:
            before = unit.entries.ids(None, [(days_ago(2), "run")])
        assert give(store, staging, ada) == {(TODAY, "run"), (days_ago(2), "run")}
        with store.read() as unit:
            assert unit.entries.ids(ada, [(days_ago(2), "run")]) == before
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 3
            assert unit.entries.count(ada, EntryFilter(), shared=True) == 5
        assert kept(store, ada) == [
            (ada, 0, "RUN", 1.0, "shared"),
            (ada, 1, "run", 1.0, ""),
            (None, 1, "RUN", 1.0, "shared"),
            (ada, 2, "RUN", 1.0, "shared"),
            (None, 3, "RUN", 1.0, "shared"),
        ]

    def test_new_entries_get_rising_ids_newest_day_first_then_by_name_key(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        activities = {key: an_activity(ada, key.upper()) for key in ("b", "a", "\uff5e", "\U0001f332")}
        staging.add([row(ago, key) for ago in (2, 0, 1) for key in activities])
        write(store, staging, ada, activities)
        with store.read() as unit:
            listed = unit.entries.page(ada, EntryFilter(), ALL, shared=False)
        assert [one.id for one in listed] == sorted(one.id for one in listed)
        assert len(listed) == 12

    def test_what_staged_rows_wrote_counts_in_the_statistics(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        add(store, an_entry(None, "Run", days_ago(1), value=7.0))
        staging.add([row(0), row(1, value=None)])
        give(store, staging, ada)
        write(store, staging, ada)
        with store.read() as unit:
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 2
            summaries = unit.summaries.summaries(ada, days_ago(5), TODAY)
        assert [(one.day, one.value) for one in summaries] == [(days_ago(1), 7.0), (TODAY, 2.0)]

    def test_what_a_failing_unit_wrote_of_a_staging_is_undone_and_can_be_written_again(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        staging.add([row()])
        with store.write() as outer:
            with suppress(AbortError), store.write() as inner:
                assert inner.staged.write(staging, ada, run(ada)).added == 1
                raise AbortError
            assert outer.entries.count(ada, EntryFilter(), shared=False) == 0
            assert outer.staged.write(staging, ada, run(ada)).added == 1
        with suppress(AbortError), store.write() as unit:
            unit.staged.write(staging, ada, {"run": an_activity(ada, "RUN")})
            raise AbortError
        assert kept(store, ada) == [(ada, 0, "Run", 2.0, "new")]
        add(store, an_entry(ada, "Read"))
        with store.read() as unit:
            assert unit.entries.count(ada, EntryFilter(), shared=False) == 2

    def test_many_stagings_are_written_in_one_unit(self, store: Store, ada: int) -> None:
        stagings = [store.stage() for _ in range(12)]
        for number, staging in enumerate(stagings):
            staging.add([row(number), row(number + 1, value=float(number))])
        with store.write() as unit:
            for staging in stagings:
                unit.staged.give_shared(staging, ada)
                unit.staged.write(staging, ada, run(ada))
        for staging in stagings:
            staging.close()
        assert [value for *_, value, _ in kept(store, ada)] == [2.0] * 12 + [11.0]

    def test_writing_for_somebody_who_is_gone_is_unauthorized(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        add(store, an_entry(None, "Run"))
        staging.add([row()])
        with pytest.raises(Unauthorized):
            give(store, staging, ada + 9)
        with pytest.raises(Unauthorized):
            write(store, staging, ada + 9)
        assert kept(store, ada) == [(None, 0, "Run", 1.0, "")]

    def test_the_rows_that_were_kept_are_told_newest_day_first(
        self, store: Store, ada: int, staging: Staging
    ) -> None:
        said = [row(1, "read", value=None), row(0, note=None), row(5, value=0.25), row(1)]
        staging.add([*said, row(1, value=9.0)])
        ordered = [said[1], said[0], said[3], said[2]]
        assert list(staging.rows()) == ordered
        write(store, staging, ada, {key: an_activity(ada, key) for key in ("run", "read")})
        assert list(staging.rows()) == ordered

    def test_a_staging_can_be_closed_again(self, store: Store) -> None:
        staging = store.stage()
        staging.add([row()])
        staging.close()
        staging.close()

    def test_a_staging_of_another_store_is_refused(self, store: Store, ada: int) -> None:
        class Foreign(Staging):
            def add(self, rows: Sequence[StagedRow]) -> Sequence[bool]:
                raise NotImplementedError

            def rows(self) -> Iterator[StagedRow]:
                raise NotImplementedError

            def close(self) -> None:
                raise NotImplementedError

        with pytest.raises(TypeError):
            write(store, Foreign(), ada)
