"""What every store promises about users."""

import datetime as dt

import pytest
from attrs import evolve

from mosaic_core.audit.model import AuditFilter
from mosaic_core.entries.model import EntryFilter
from mosaic_core.errors import Conflict, Taken
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing.contracts.fixtures import UNKNOWN, StoreFixtures, write_entries
from mosaic_core.testing.factories import TODAY, a_record, a_user, an_activity, an_entry, an_event

LATER = 2_000_000_000


class UserRepositoryContract(StoreFixtures):
    """What every store promises about users."""

    def test_a_user_comes_back_as_it_was_added(self, store: Store) -> None:
        given = a_user(
            "Zoë",
            display_name="Zoë the First",
            password_hash="$argon2id$…",
            is_admin=True,
            timezone="Europe/Berlin",
            token_generation=7,
            created_at=dt.datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=dt.UTC),
            day_start="11:59",
        )
        with store.write() as unit:
            kept = unit.users.add(given)
        assert kept == evolve(given, id=kept.id)
        with store.read() as unit:
            assert unit.users.get(kept.id) == kept
            assert unit.users.find("zOË") == kept

    def test_the_id_given_with_a_new_user_does_not_count(self, store: Store) -> None:
        with store.write() as unit:
            assert unit.users.add(a_user("Ada", id=UNKNOWN)).id != UNKNOWN
            assert unit.users.get(UNKNOWN) is None

    @pytest.mark.parametrize("other", ["Ada", "ADA", "ada"])
    def test_a_username_is_taken_in_any_case(self, store: Store, ada: int, other: str) -> None:
        with pytest.raises(Conflict) as caught, store.write() as unit:
            unit.users.add(a_user(other))
        assert caught.value.taken is Taken.USERNAME
        with store.read() as unit:
            assert [user.id for user in unit.users.every()] == [ada]

    def test_usernames_are_compared_in_any_case_and_composition(self, store: Store) -> None:
        with store.write() as unit:
            for name, other in (("Straße", "STRASSE"), ("Zoë", "zoe\u0308")):
                kept = unit.users.add(a_user(name))
                assert unit.users.find(other) == kept
        for other in ("strasse", "ZOE\u0308"):
            with pytest.raises(Conflict), store.write() as unit:
                unit.users.add(a_user(other))

    def test_nobody_is_found_by_an_unknown_id_or_name(self, store: Store, ada: int) -> None:
        with store.read() as unit:
            assert unit.users.get(ada + 1) is None
            assert unit.users.get(-1) is None
            assert unit.users.get(UNKNOWN) is None
            assert unit.users.find("nobody") is None

    def test_all_users_come_by_username_regardless_of_case(self, store: Store) -> None:
        with store.write() as unit:
            for name in ("bert", "Zoë", "ada", "Cleo", "élise", "Ärger"):
                unit.users.add(a_user(name))
            assert [user.username for user in unit.users.every()] == [
                "ada", "bert", "Cleo", "Zoë", "Ärger", "élise",
            ]  # fmt: skip

    def test_users_and_administrators_are_counted(self, store: Store) -> None:
        with store.write() as unit:
            assert (unit.users.count(), unit.users.admins()) == (0, 0)
            unit.users.add(a_user("Ada", is_admin=True))
            ben = unit.users.add(a_user("ben"))
            assert (unit.users.count(), unit.users.admins()) == (2, 1)
            unit.users.update(evolve(ben, is_admin=True))
            assert (unit.users.count(), unit.users.admins()) == (2, 2)

    def test_an_update_replaces_all_but_the_username(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            before = unit.users.get(ada)
            assert before is not None
            changed = evolve(
                before,
                display_name="Countess",
                password_hash="other",
                is_admin=False,
                timezone="Asia/Tokyo",
                token_generation=3,
                day_start="03:00",
            )
            unit.users.update(evolve(changed, username="Augusta"))
        with store.read() as unit:
            assert unit.users.get(ada) == changed
            assert unit.users.find("augusta") is None
            other = unit.users.get(ben)
            assert other is not None
            assert other.display_name == "ben"

    def test_an_update_or_deletion_of_nobody_changes_nothing(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.users.update(a_user("ghost", id=UNKNOWN))
            unit.users.delete(UNKNOWN)
            assert [user.id for user in unit.users.every()] == [ada]

    def test_a_deleted_user_takes_along_all_they_own_and_nothing_else(
        self, store: Store, ada: int, ben: int
    ) -> None:
        owners = (ada, ben, None)
        entries = write_entries(store, *[an_entry(owner) for owner in owners])
        with store.write() as unit:
            activities = [unit.activities.add(an_activity(owner)).id for owner in owners]
            for owner in (ada, ben):
                unit.users.revoke(owner, f"token{owner}", LATER)
                unit.idempotency.put(a_record(owner))
                unit.audit.add(an_event(user_id=owner))
        with store.write() as unit:
            unit.users.delete(ben)
        with store.read() as unit:
            assert unit.users.get(ben) is None
            assert unit.users.find("ben") is None
            assert unit.users.count() == 1
            assert [unit.activities.find(owner, "running") is None for owner in (ada, ben, None)] == [
                False, True, False,
            ]  # fmt: skip
            assert [unit.activities.get(number) is None for number in activities] == [False, True, False]
            assert [unit.entries.get(number) is None for number in entries] == [False, True, False]
            assert unit.entries.count(ben, EntryFilter(), shared=False) == 0
            assert list(unit.entries.every(ben, Page(None), shared=False)) == []
            assert not unit.summaries.summaries(ben, TODAY, TODAY)
            assert unit.summaries.summaries(ada, TODAY, TODAY)
            assert not any(unit.summaries.values(ben, TODAY).values)
            assert unit.idempotency.find(ben, "key") is None
            assert unit.idempotency.find(ada, "key") is not None
            assert not unit.users.is_revoked(f"token{ben}")
            assert unit.users.is_revoked(f"token{ada}")
            assert unit.audit.count(AuditFilter(user_id=ben)) == 1

    def test_an_id_is_never_given_twice(self, store: Store, ada: int, ben: int) -> None:
        with store.write() as unit:
            unit.users.delete(ben)
        with store.write() as unit:
            assert unit.users.add(a_user("ben")).id > ben > ada

    def test_a_name_is_free_again_after_its_user_is_deleted(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.users.delete(ada)
            assert unit.users.add(a_user("ADA")).username == "ADA"

    def test_a_token_that_was_given_back_is_known_as_such(self, store: Store, ada: int) -> None:
        with store.write() as unit:
            unit.users.revoke(ada, "one", LATER)
            unit.users.revoke(ada, "one", LATER)
        with store.read() as unit:
            assert unit.users.is_revoked("one")
            assert not unit.users.is_revoked("ONE")
            assert not unit.users.is_revoked("other")

    def test_tokens_are_forgotten_once_their_time_has_run_out(self, store: Store, ada: int) -> None:
        now = dt.datetime.fromtimestamp(1_000, dt.UTC)
        with store.write() as unit:
            for token_id, expires_at in (("past", 999), ("now", 1_000), ("future", 1_001)):
                unit.users.revoke(ada, token_id, expires_at)
            assert unit.users.delete_expired(now) == 2
            assert unit.users.delete_expired(now) == 0
            assert [unit.users.is_revoked(name) for name in ("past", "now", "future")] == [False, False, True]
