"""What the contracts of a store build on."""

import pytest

from mosaic_core.entries.model import Entry, Place
from mosaic_core.store import Store, UnitOfWork
from mosaic_core.testing.factories import a_user
from mosaic_core.texts import name_key

UNKNOWN = 2**62
"""An id that no store has given yet."""


class StoreFixtures:
    """The fixtures of the contracts of a store. Override `store`."""

    @pytest.fixture
    def store(self) -> Store:
        """Return the store to be tested, empty; close it after the test, if need be, behind a `yield`."""
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def ada(self, store: Store) -> int:
        """Return the id of a user, who is an administrator."""
        with store.write() as unit:
            return unit.users.add(a_user("Ada", is_admin=True)).id

    @pytest.fixture
    def ben(self, store: Store, ada: int) -> int:  # noqa: ARG002  # Ada's id comes first
        """Return the id of another user."""
        with store.write() as unit:
            return unit.users.add(a_user("ben")).id


def add_entries(unit: UnitOfWork, *entries: Entry) -> list[int]:
    """Add the entries as a use case does, and return their ids."""
    unit.entries.add_many(entries)
    for entry in entries:
        unit.pending.touch(entry.user_id, (entry.date,))
    return [unit.entries.ids(entry.user_id, [place_of(entry)])[place_of(entry)] for entry in entries]


def write_entries(store: Store, *entries: Entry) -> list[int]:
    """Add the entries in a transaction of their own, and return their ids."""
    with store.write() as unit:
        return add_entries(unit, *entries)


def place_of(entry: Entry) -> Place:
    """Return where the entry belongs."""
    return entry.date, name_key(entry.activity)


def usernames(store: Store) -> list[str]:
    """Return the names of all users, in order."""
    with store.read() as unit:
        return [user.username for user in unit.users.every()]
