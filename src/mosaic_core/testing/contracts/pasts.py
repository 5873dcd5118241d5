"""What every store promises about what habits amounted to."""

import datetime as dt
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.activities.model import NEGATIVE, POSITIVE
from mosaic_core.entries.model import RULE
from mosaic_core.schedules.model import AtMost, Daily, Habit, HabitDay, Past, Times
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import StoreFixtures
from mosaic_core.testing.contracts.values import some
from mosaic_core.testing.factories import a_user, an_activity, an_entry, rolled_back

_BEGIN = dt.date(2026, 1, 30)
_JANUARY, _FEBRUARY, _APRIL = ((30, 31), (32, 33, 34), (91, 92))
"""Days of three months, counted from the last day of 2025."""

_counts = st.integers(0, 2**20)


def day(number: int) -> dt.date:
    """Return the day of that number in 2026."""
    return dt.date(2025, 12, 31) + dt.timedelta(days=number)


def pasts(numbers: Sequence[int], strength: float = 0.5) -> Sequence[Past]:
    """Return different pasts at the end of these days."""
    return [Past(_BEGIN, day(number), strength, number, number + 1, number % 7, 3) for number in numbers]


class PastRepositoryContract(StoreFixtures):
    """What every store promises about what habits amounted to."""

    @some
    @given(
        strength=st.floats(0, 1),
        counts=st.tuples(_counts, _counts),
        days=st.tuples(st.integers(0, 366), st.integers(0, 366)),
        through=st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)),
    )
    def test_any_past_comes_back_as_it_was_kept(
        self,
        store: Store,
        strength: float,
        counts: tuple[int, int],
        days: tuple[int, int],
        through: dt.date,
    ) -> None:
        past = Past(dt.date(1900, 1, 1), through, strength, *counts, *days)
        with rolled_back(store) as unit:
            user_id = unit.users.add(a_user()).id
            unit.activities.add(an_activity(user_id, "Straße"))
            unit.pasts.keep(user_id, "strasse", [past])
            assert unit.pasts.at(user_id, through) == {"strasse": past}
            assert unit.pasts.at(user_id, through - dt.timedelta(days=1)) == {}

    def test_the_newest_past_that_is_not_after_the_day_is_told(self, store: Store, ada: int) -> None:
        kept = [pasts(days) for days in (_JANUARY, _FEBRUARY, _APRIL)]
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "run"))
            for month in reversed(kept):
                unit.pasts.keep(ada, "run", month)
        expected = {one.through: one for month in kept for one in month}
        newest: Past | None = None
        with store.read() as unit:
            for number in range(28, 95):
                newest = expected.get(day(number), newest)
                assert unit.pasts.at(ada, day(number)) == ({} if newest is None else {"run": newest})

    def test_a_month_takes_the_place_of_what_was_kept_of_it(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "run"))
            unit.pasts.keep(ada, "run", pasts(_FEBRUARY))
            unit.pasts.keep(ada, "run", pasts(_FEBRUARY[:2], 0.25))
        with store.read() as unit:
            assert unit.pasts.at(ada, day(40)) == {"run": pasts(_FEBRUARY, 0.25)[1]}

    def test_pasts_are_those_of_the_users_own_activities(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            for owner, name in ((ada, "run"), (ada, "Read"), (ben, "run"), (None, "shared")):
                unit.activities.add(an_activity(owner, name))
            for key in ("run", "read", "gone", "shared"):
                unit.pasts.keep(ada, key, pasts(_JANUARY, len(key) / 8))
        with store.read() as unit:
            assert unit.pasts.at(ada, day(31)) == {
                key: pasts(_JANUARY, len(key) / 8)[1] for key in ("run", "read")
            }
            assert unit.pasts.at(ben, day(31)) == {}

    def test_every_month_that_has_a_day_or_later_ones_is_forgotten(
        self, store: Store, ada: int, ben: int
    ) -> None:
        with store.write() as unit:
            for owner, name in ((ada, "run"), (ada, "read"), (ben, "run")):
                unit.activities.add(an_activity(owner, name))
                for days in (_JANUARY, _FEBRUARY, _APRIL):
                    unit.pasts.keep(owner, name, pasts(days))
            unit.pasts.forget(ada, ["run", "unknown"], day(93))
            assert unit.pasts.at(ada, day(100))["run"] == pasts(_APRIL)[-1]
            unit.pasts.forget(ada, ["run"], day(92))
            assert unit.pasts.at(ada, day(100))["run"] == pasts(_FEBRUARY)[-1]
            unit.pasts.forget(ada, ["run"], day(35))
            assert unit.pasts.at(ada, day(100))["run"] == pasts(_FEBRUARY)[-1]
            unit.pasts.forget(ada, ["run"], day(33))
            assert unit.pasts.at(ada, day(100)) == {"run": pasts(_JANUARY)[-1], "read": pasts(_APRIL)[-1]}
            unit.pasts.forget(ada, (), dt.date.min)
            unit.pasts.forget(ada, None, day(32))
            assert unit.pasts.at(ada, day(100)) == dict.fromkeys(["run", "read"], pasts(_JANUARY)[-1])
            unit.pasts.forget(ada, None, dt.date.min)
        with store.read() as unit:
            assert unit.pasts.at(ada, day(100)) == {}
            assert unit.pasts.at(ben, day(100)) == {"run": pasts(_APRIL)[-1]}

    def test_a_day_has_the_active_activities_each_with_its_entry_and_its_newest_past(
        self, store: Store, ada: int, ben: int
    ) -> None:
        schedule, target = Times(times=2, per="month"), AtMost(value=0.5)
        with store.write() as unit:
            run = unit.activities.add(an_activity(ada, "run", schedule=schedule, target=target, unit="km"))
            read = unit.activities.add(an_activity(ada, "Read", activity_type=NEGATIVE, frequency_per_week=3))
            new = unit.activities.add(an_activity(ada, "new"))
            gone = an_activity(ada, "gone", active=0, deactivated_at=day(60))
            left = unit.activities.add(gone)
            unit.activities.add(an_activity(None, "shared"))
            unit.activities.add(an_activity(ben, "run"))
            for key, month in (
                ("run", _JANUARY),
                ("run", _FEBRUARY),
                ("read", _JANUARY),
                ("gone", _FEBRUARY),
            ):
                unit.pasts.keep(ada, key, pasts(month))
            entry = unit.entries.add(an_entry(ada, "RUN", day(33), value=0.25, note="far", origin=RULE))
            unit.entries.add(an_entry(ben, "run", day(33)))
        with store.read() as unit:
            told = unit.pasts.day(ada, day(33))
            before, january = pasts(_FEBRUARY)[0], pasts(_JANUARY)[1]
            said = (entry.id, 0.25, "far", RULE)
            nothing = (None, None, None, None)
            daily, monthly = Habit(Daily()), Habit(schedule, target)
            weekly = Habit(Times(times=3, per="week"), negative=True)
            assert list(told) == [
                HabitDay(left.id, "gone", "Health", POSITIVE, "", daily, *nothing, before),
                HabitDay(new.id, "new", "Health", POSITIVE, "", daily, *nothing, None),
                HabitDay(read.id, "Read", "Health", NEGATIVE, "", weekly, *nothing, january),
                HabitDay(run.id, "run", "Health", POSITIVE, "km", monthly, *said, before),
            ]
            assert [one.name for one in unit.pasts.day(ada, day(60))] == ["new", "Read", "run"]
            assert [one.past for one in unit.pasts.day(ada, day(30))] == [None] * 4
            assert [one.past for one in unit.pasts.day(ada, dt.date.min)] == [None] * 4
            assert unit.pasts.day(ada, dt.date.max)[-1].past == pasts(_FEBRUARY)[-1]

    def test_nothing_is_kept_of_a_user_who_is_gone(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            for owner in (ada, ben):
                unit.activities.add(an_activity(owner, "run"))
                unit.pasts.keep(owner, "run", pasts(_JANUARY))
            unit.users.delete(ben)
            unit.pasts.keep(ben, "run", pasts(_JANUARY))
            unit.pasts.forget(ben, None, dt.date.min)
        with store.read() as unit:
            assert unit.pasts.at(ben, day(31)) == {}
            assert unit.pasts.at(ada, day(31)) == {"run": pasts(_JANUARY)[-1]}

    def test_a_write_that_fails_leaves_what_was_kept(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada, "run"))
            unit.pasts.keep(ada, "run", pasts(_JANUARY))
        with rolled_back(store) as unit:
            unit.pasts.forget(ada, None, dt.date.min)
        with store.read() as unit:
            assert unit.pasts.at(ada, day(31)) == {"run": pasts(_JANUARY)[-1]}
