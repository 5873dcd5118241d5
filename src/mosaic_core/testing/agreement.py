"""Two stores that are driven with the same steps tell the same."""

import datetime as dt
import io
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_core.activities.model import ActivityChange, NewActivity
from mosaic_core.caller import Caller
from mosaic_core.entries.csv import csv_export
from mosaic_core.entries.model import AddEntry, EntryFilter
from mosaic_core.errors import MosaicError
from mosaic_core.idempotency.model import LIFETIME, Answer
from mosaic_core.paging import Page
from mosaic_core.store import Store
from mosaic_core.testing import strategies as given
from mosaic_core.testing.clock import FixedClock
from mosaic_core.testing.factories import AbortError, a_user
from mosaic_core.testing.matching import Matching
from mosaic_core.testing.use_cases import ALL, UseCases, told_of_all
from mosaic_core.wearables.model import Batch, SourceChange

Step = Callable[[UseCases], object]

UNKNOWN = 2**62
"""An id that no store has given yet."""


def nth(ids: Sequence[int], number: int) -> int:
    """Return one of the ids, for one number in seven an unknown one."""
    return ids[number % len(ids)] if ids and number % 7 else UNKNOWN


def add_account(cases: UseCases, *, username: str) -> object:
    """Add an ordinary user; the first one is an administrator."""
    with cases.store.write() as unit:
        user = unit.users.add(
            a_user(username, is_admin=unit.users.count() == 0, created_at=cases.clock.now())
        )
        cases.trail.note(unit, "user.create", "User created", user.id)
        return user


def delete_account(cases: UseCases, *, username: str) -> None:
    """Delete a user."""
    user_id = cases.caller(username).user_id
    with cases.store.write() as unit:
        unit.users.delete(user_id)
        cases.trail.note(unit, "user.delete", "User deleted", user_id)
        cases.views.account_changed(unit, user_id)


def change_account(cases: UseCases, *, username: str, is_admin: bool, timezone: str) -> object:
    """Change what an administrator and the user may change."""
    with cases.store.write() as unit:
        user = unit.users.find(username)
        if user is None:
            return None
        unit.users.update(evolve(user, is_admin=is_admin, timezone=timezone))
        cases.views.account_changed(unit, user.id)
        return unit.users.get(user.id)


def add_activity(cases: UseCases, *, username: str, new: NewActivity, overwrite: bool) -> object:
    """Add an activity."""
    return cases.activities.add(cases.caller(username), new, overwrite=overwrite)


def change_activity(cases: UseCases, *, username: str, number: int, change: ActivityChange) -> None:
    """Change one of all activities."""
    cases.activities.update(cases.caller(username), nth(activity_ids(cases), number), change)


def switch_activity(cases: UseCases, *, username: str, number: int, verb: str) -> None:
    """Activate, deactivate or delete one of all activities."""
    getattr(cases.activities, verb)(cases.caller(username), nth(activity_ids(cases), number))


def activity_ids(cases: UseCases) -> list[int]:
    """Return the ids of all activities in an order that all stores agree on."""
    with cases.store.read() as unit:
        owners = [None, *[user.id for user in unit.users.every()]]
        return [one.id for owner in owners for one in unit.activities.owned(owner)]


def add_entry(cases: UseCases, *, username: str, said: AddEntry) -> object:
    """Write what was done on a day."""
    return cases.entries.add(cases.caller(username), said)


def delete_entry(cases: UseCases, *, username: str, number: int) -> None:
    """Delete one of the entries that the user sees."""
    caller = cases.caller(username)
    ids = [one.id for one in cases.entries.page(caller, EntryFilter(), ALL)]
    cases.entries.delete(caller, nth(ids, number))


def finalize(cases: UseCases, *, username: str, day: dt.date | None) -> object:
    """Finalize a day."""
    return cases.entries.finalize(cases.caller(username), day)


def look(cases: UseCases, *, username: str, wanted: EntryFilter, page: Page) -> object:
    """List entries."""
    return cases.entries.page(cases.caller(username), wanted, page)


def copy_by_csv(cases: UseCases, *, source: str, target: str, shared: bool) -> object:
    """Bring one user's export in as another's data, or as shared data."""
    with cases.exports.open(cases.caller(source), ALL) as export:
        text = "".join(csv_export(export.entries, export.activities))
    return _imported(cases, cases.caller(target), text, shared=shared)


def import_csv(cases: UseCases, *, username: str, text: str, shared: bool) -> object:
    """Bring a file in as a user's data, or as shared data."""
    return _imported(cases, cases.caller(username), text, shared=shared)


def _imported(cases: UseCases, caller: Caller, text: str, *, shared: bool) -> object:
    with closing(cases.imports.read(io.StringIO(text, newline=""))) as read:
        return cases.imports.write(None if shared else caller, read)


def once(cases: UseCases, *, username: str, key: str, fingerprint: str, said: AddEntry) -> object:
    """Write an entry under an idempotency key."""
    caller = cases.caller(username)

    def work() -> Answer:
        return Answer(201 if cases.entries.add(caller, said) else 200, said.note.encode())

    return cases.idempotency.once(caller.user_id, key, fingerprint, work)


def ingest(cases: UseCases, *, username: str, batch: Batch) -> object:
    """Bring in wearable records."""
    return cases.wearables.ingest(cases.caller(username), batch, cases.wearables.read(batch))


def rank_source(cases: UseCases, *, username: str, number: int, priority: int) -> object:
    """Give one of the user's sources another rank."""
    caller = cases.caller(username)
    ids = [one.id for one in cases.wearables.sources(caller)]
    return cases.wearables.change_source(caller, nth(ids, number), SourceChange(priority=priority))


def delete_source(cases: UseCases, *, username: str, number: int) -> None:
    """Delete one of the user's sources."""
    caller = cases.caller(username)
    cases.wearables.delete_source(caller, nth([one.id for one in cases.wearables.sources(caller)], number))


def tidy(cases: UseCases) -> object:
    """Forget what is old."""
    now = cases.clock.now()
    with cases.store.write() as unit:
        return (
            unit.idempotency.delete_before(now - LIFETIME),
            unit.users.delete_expired(now),
            unit.audit.delete_before(now - dt.timedelta(days=2)),
        )


def step_of(
    function: Callable[..., object], **arguments: st.SearchStrategy[object]
) -> st.SearchStrategy[Step]:
    """Return steps that call the function with such arguments."""
    return st.fixed_dictionaries(arguments).map(lambda chosen: partial(function, **chosen))


_usernames, _numbers = given.usernames, given.numbers
account_steps = st.one_of(
    step_of(add_account, username=_usernames | given.spellings),
    step_of(delete_account, username=_usernames | given.spellings),
    step_of(change_account, username=_usernames, is_admin=st.booleans(), timezone=given.zones),
)
activity_steps = st.one_of(
    step_of(add_activity, username=_usernames, new=given.new_activities, overwrite=st.booleans()),
    step_of(change_activity, username=_usernames, number=_numbers, change=given.activity_changes),
    step_of(
        switch_activity,
        username=_usernames,
        number=_numbers,
        verb=st.sampled_from(["activate", "deactivate", "deactivate", "delete"]),
    ),
)
entry_steps = st.one_of(
    step_of(add_entry, username=_usernames, said=given.new_entries),
    step_of(delete_entry, username=_usernames, number=_numbers),
    step_of(finalize, username=_usernames, day=st.none() | given.days),
    step_of(look, username=_usernames, wanted=given.entry_filters, page=given.pages),
    step_of(import_csv, username=_usernames, text=given.csv_files, shared=st.booleans()),
    step_of(copy_by_csv, source=_usernames, target=_usernames, shared=st.booleans()),
    step_of(
        once,
        username=_usernames,
        key=st.sampled_from(["k", "K"]),
        fingerprint=st.sampled_from(["one", "other"]),
        said=given.new_entries,
    ),
)
wearable_steps = st.one_of(
    step_of(ingest, username=_usernames, batch=given.batches),
    step_of(rank_source, username=_usernames, number=_numbers, priority=st.integers(0, 2)),
    step_of(delete_source, username=_usernames, number=_numbers),
)
steps = st.one_of(activity_steps, entry_steps, wearable_steps, account_steps, st.just(tidy))


def attempt(cases: UseCases, step: Step) -> object:
    """Return what the step tells, or the code of the error that it raises."""
    try:
        return step(cases)
    except MosaicError as error:
        return error.code


def _told_in_group(
    cases: UseCases, group: Sequence[Step], part: Sequence[Step], *, fails: bool
) -> Sequence[object]:
    told: list[object] = []
    with suppress(AbortError), cases.store.write():
        told += [attempt(cases, step) for step in group]
        with suppress(AbortError), cases.store.write():
            told += [attempt(cases, step) for step in part]
            raise AbortError
        told += [attempt(cases, step) for step in group]
        if fails:
            raise AbortError
    return told


class StoresAgree(RuleBasedStateMachine):
    """Drives two stores with the same steps under one clock, and compares all that they tell.

    Their ids may differ: each must match one of the other's, in the same order. Override `make_stores`:

        class MineAgrees(StoresAgree):
            def make_stores(self) -> tuple[Store, Store]:
                return MemoryStore(), MyStore()

        TestMineAgrees = MineAgrees.TestCase
        TestMineAgrees.settings = settings(strategies.unhurried, max_examples=40, stateful_step_count=20)
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock()
        self.stores = self.make_stores()
        self.cases = [UseCases.over(store, self.clock) for store in self.stores]

    def make_stores(self) -> tuple[Store, Store]:
        """Return two empty stores; they are closed at the end."""
        raise NotImplementedError("override `make_stores`")

    @initialize()
    def begin(self) -> None:
        """Both have three users."""
        for username in ("Ada", "ben", "Zoë"):
            self.same(partial(add_account, username=username))

    @rule(step=account_steps)
    def account_step(self, step: Step) -> None:
        """Something happens to an account."""
        self.same(step)

    @rule(step=activity_steps)
    def activity_step(self, step: Step) -> None:
        """Something happens to an activity."""
        self.same(step)

    @rule(step=entry_steps)
    def entry_step(self, step: Step) -> None:
        """Something happens to entries."""
        self.same(step)

    @rule(step=wearable_steps)
    def wearable_step(self, step: Step) -> None:
        """Something happens to wearables."""
        self.same(step)

    @rule(group=st.lists(steps, max_size=4), part=st.lists(steps, max_size=3), fails=st.booleans())
    def group_with_a_failing_part(self, group: Sequence[Step], part: Sequence[Step], *, fails: bool) -> None:
        """Take steps in one transaction, some in a nested one that fails; perhaps the whole fails."""
        one, other = (_told_in_group(cases, group, part, fails=fails) for cases in self.cases)
        for left, right in zip(one, other, strict=True):
            Matching().require_same(left, right)  # each by itself: undone ids may be given again

    @rule(hours=st.sampled_from([0.5, 9, 23.5]))
    def time_passes(self, hours: float) -> None:
        """Let time pass and forget what is old."""
        self.clock.advance(hours=hours)
        self.same(tidy)

    @invariant()
    def everything_that_is_told_agrees(self) -> None:
        """All lists, counts, days and statistics of all users agree."""
        self.same(told_of_all)

    def same(self, step: Step) -> None:
        """Take the step in both, and require that they tell the same."""
        one, other = (attempt(cases, step) for cases in self.cases)
        Matching().require_same(one, other)

    def teardown(self) -> None:
        """Close both stores."""
        for store in self.stores:
            store.close()
