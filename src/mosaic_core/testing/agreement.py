"""Two stores that are driven with the same steps tell the same."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_core.accounts.ports import Tokens
from mosaic_core.app import Mosaic
from mosaic_core.backups.copying import take_all
from mosaic_core.errors import MosaicError
from mosaic_core.policy import Policy
from mosaic_core.store import Store
from mosaic_core.testing.clock import FixedClock
from mosaic_core.testing.contracts.keeping import KeepingCache
from mosaic_core.testing.factories import AbortError
from mosaic_core.testing.matching import Matching
from mosaic_core.testing.passwords import CheapPasswords
from mosaic_core.testing.steps import (
    Step,
    account_steps,
    activity_steps,
    add_person,
    backup_steps,
    entry_steps,
    meetings_of,
    pause_steps,
    rule_steps,
    session_steps,
    steps,
    tidy,
    wearable_steps,
)
from mosaic_core.testing.tokens import NumberedTokens
from mosaic_core.testing.told import told_of_all


def attempt(mosaic: Mosaic, step: Step) -> object:
    """Return what the step tells, or the code of the error that it raises."""
    try:
        return step(mosaic)
    except MosaicError as error:
        return error.code


def _told_in_group(
    mosaic: Mosaic, group: Sequence[Step], part: Sequence[Step], *, fails: bool
) -> Sequence[object]:
    told: list[object] = []
    with suppress(AbortError), mosaic.store.write() as unit:
        unit.expect(meetings_of(unit, [*group, *part, *group]))
        told += [attempt(mosaic, step) for step in group]
        with suppress(AbortError), mosaic.store.write():
            told += [attempt(mosaic, step) for step in part]
            raise AbortError
        told += [attempt(mosaic, step) for step in group]
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
        self.both = [self._mosaic(store, NumberedTokens()) for store in self.make_stores()]

    def make_stores(self) -> tuple[Store, Store]:
        """Return two empty stores; they are closed at the end. Called again when all moves to new ones."""
        raise NotImplementedError("override `make_stores`")

    @initialize()
    def begin(self) -> None:
        """Give both three users who have a few rows of every kind."""
        for username in ("Ada", "ben", "Zoë"):
            self.same(partial(add_person, username=username))

    @rule(step=account_steps)
    def account_step(self, step: Step) -> None:
        """Something happens to an account."""
        self.same(step)

    @rule(step=pause_steps)
    def pause_step(self, step: Step) -> None:
        """Something is paused, or what habits amounted to is kept."""
        self.same(step)

    @rule(step=session_steps)
    def session_step(self, step: Step) -> None:
        """Somebody logs in or out."""
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

    @rule(step=rule_steps)
    def rule_step(self, step: Step) -> None:
        """Something happens to rules."""
        self.same(step)

    @rule(step=backup_steps)
    def backup_step(self, step: Step) -> None:
        """Something happens to backups."""
        self.same(step)

    @rule(group=st.lists(steps, max_size=4), part=st.lists(steps, max_size=3), fails=st.booleans())
    def group_with_a_failing_part(self, group: Sequence[Step], part: Sequence[Step], *, fails: bool) -> None:
        """Take steps in one transaction, some in a nested one that fails; perhaps the whole fails."""
        one, other = (_told_in_group(mosaic, group, part, fails=fails) for mosaic in self.both)
        for left, right in zip(one, other, strict=True):
            Matching().require_same(left, right)  # each by itself: undone ids may be given again

    @rule(hours=st.sampled_from([0.5, 9, 23.5]))
    def time_passes(self, hours: float) -> None:
        """Let time pass and forget what is old."""
        self.clock.advance(hours=hours)
        self.same(tidy)

    @rule()
    def everything_moves_over(self) -> None:
        """Take all that each store has into a new one of the other kind; they go on with that."""
        before = self.both[::-1]
        pairs = zip(self.make_stores(), before, strict=True)
        after = [self._mosaic(store, old.sessions.tokens) for store, old in pairs]
        for old, new in zip(before, after, strict=True):
            with old.store.read() as source, new.store.write() as unit:
                take_all(source.archive, unit)
            assert told_of_all(old) == told_of_all(new)
            old.close()
        self.both = after

    @invariant()
    def everything_that_is_told_agrees(self) -> None:
        """All lists, counts, days and statistics of all users agree."""
        self.same(told_of_all)

    def same(self, step: Step) -> None:
        """Take the step in both, and require that they tell the same."""
        one, other = (attempt(mosaic, step) for mosaic in self.both)
        Matching().require_same(one, other)

    def teardown(self) -> None:
        """Close both stores."""
        for mosaic in self.both:
            mosaic.close()

    def _mosaic(self, store: Store, tokens: Tokens) -> Mosaic:
        return Mosaic.over(
            store,
            cache=KeepingCache(),
            clock=self.clock,
            passwords=CheapPasswords(),
            tokens=tokens,
            policy=Policy(audit_lifetime=dt.timedelta(days=2)),
        )
