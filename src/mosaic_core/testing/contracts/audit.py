"""What every store promises about the audit."""

import datetime as dt

import pytest

from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures
from mosaic_core.testing.factories import NOON

ALL = Page(None)


def add(store: Store, *events: AuditEvent) -> None:
    with store.write() as unit:
        for event in events:
            unit.audit.add(event)


def an_event(message: str = "m", minutes: float = 0.0, user_id: int | None = 1, **given: str) -> AuditEvent:
    return AuditEvent(
        timestamp=NOON + dt.timedelta(minutes=minutes),
        user_id=user_id,
        event_type=given.get("event_type", "user.update"),
        message=message,
        level=given.get("level", "info"),
    )


def messages(store: Store, wanted: AuditFilter, page: Page = ALL) -> list[str]:
    with store.read() as unit:
        return [event.message for event in unit.audit.page(wanted, page)]


class AuditRepositoryContract(StoreFixtures):
    """What every store promises about the audit."""

    def test_an_event_comes_back_as_it_was_added_under_a_new_id(self, store: Store) -> None:
        given = AuditEvent(
            id=UNKNOWN,
            timestamp=dt.datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=dt.UTC),
            user_id=None,
            event_type="auth.login_failed",
            message="Größe 🌲",
            context={
                "known": False,
                "count": 3,
                "share": 0.1,
                "fields": ["a", "b"],
                "none": None,
                "deep": {"k": "v"},
            },
            level="warning",
        )
        add(store, given)
        with store.read() as unit:
            (kept,) = unit.audit.page(AuditFilter(), ALL)
        assert kept.id != UNKNOWN
        assert kept == AuditEvent(
            id=kept.id,
            timestamp=given.timestamp,
            user_id=None,
            event_type=given.event_type,
            message=given.message,
            context=given.context,
            level="warning",
        )

    def test_events_come_newest_first_and_later_ids_first_within_one_instant(self, store: Store) -> None:
        add(
            store,
            an_event("b", 1),
            an_event("a", 0),
            an_event("c", 1),
            an_event("d", 2),
            an_event("between", 0.000001),
        )
        assert messages(store, AuditFilter()) == ["d", "c", "b", "between", "a"]

    def test_pages_are_parts_of_the_list_and_the_count_is_of_all(self, store: Store) -> None:
        add(store, *[an_event(str(number), number) for number in range(5)])
        assert messages(store, AuditFilter(), Page(2, 1)) == ["3", "2"]
        assert messages(store, AuditFilter(), Page(2, 4)) == ["0"]
        assert messages(store, AuditFilter(), Page(None, 3)) == ["1", "0"]
        with store.read() as unit:
            assert unit.audit.count(AuditFilter()) == 5

    @pytest.mark.parametrize(
        ("wanted", "fitting"),
        [
            (AuditFilter(), ["early", "mid", "late"]),
            (AuditFilter(user_id=2), ["mid"]),
            (AuditFilter(event_type="user.delete"), ["late"]),
            (AuditFilter(level="warning"), ["early"]),
            (AuditFilter(user_id=1, level="info"), ["late"]),
            (AuditFilter(start=NOON + dt.timedelta(minutes=1)), ["mid", "late"]),
            (AuditFilter(end=NOON + dt.timedelta(minutes=1)), ["early"]),
            (AuditFilter(start=NOON, end=NOON + dt.timedelta(minutes=2)), ["early", "mid"]),
            (AuditFilter(start=NOON, end=NOON), []),
            (AuditFilter(user_id=3), []),
        ],
    )
    def test_a_filter_lists_and_counts_what_fits_all_of_it(
        self, store: Store, wanted: AuditFilter, fitting: list[str]
    ) -> None:
        add(
            store,
            an_event("early", 0, level="warning"),
            an_event("mid", 1, 2),
            an_event("late", 2, event_type="user.delete"),
        )
        assert sorted(messages(store, wanted)) == sorted(fitting)
        with store.read() as unit:
            assert unit.audit.count(wanted) == len(fitting)

    def test_a_filters_instants_may_be_told_in_any_zone(self, store: Store) -> None:
        add(store, an_event("early", 0), an_event("late", 2))
        tokyo = dt.timezone(dt.timedelta(hours=9))
        middle = (NOON + dt.timedelta(minutes=1)).astimezone(tokyo)
        assert messages(store, AuditFilter(start=middle)) == ["late"]
        assert messages(store, AuditFilter(end=middle)) == ["early"]

    def test_events_before_an_instant_are_forgotten(self, store: Store) -> None:
        add(store, *[an_event(str(number), number) for number in range(5)])
        with store.write() as unit:
            assert unit.audit.delete_before(NOON + dt.timedelta(minutes=3)) == 3
            assert unit.audit.delete_before(NOON + dt.timedelta(minutes=3)) == 0
        assert messages(store, AuditFilter()) == ["4", "3"]

    def test_a_new_events_id_is_above_all_that_were_given_before(self, store: Store) -> None:
        add(store, an_event("one"), an_event("two"))
        with store.write() as unit:
            latest, first = unit.audit.page(AuditFilter(), ALL)
            assert latest.id > first.id
            unit.audit.delete_before(NOON + dt.timedelta(days=1))
        add(store, an_event("three"))
        with store.read() as unit:
            (third,) = unit.audit.page(AuditFilter(), ALL)
        assert third.id > latest.id
