"""Two stores that are driven with the same steps tell the same."""

import datetime as dt
import io
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mosaic_adapters.settings import Settings
from mosaic_adapters.wiring import build
from mosaic_core.accounts.model import Caller, NewAccount, ProfileChange, User
from mosaic_core.activities.model import ActivityChange, NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.entries.csv import ActivityCells, CsvActivity, CsvEntry, CsvSkip, csv_export
from mosaic_core.entries.model import AddEntry, EntryFilter
from mosaic_core.errors import MosaicError
from mosaic_core.idempotency.model import Answer
from mosaic_core.paging import Page
from mosaic_core.stats.model import Progress
from support import PASSWORD, PASSWORDS, TODAY, AbortError, FixedClock, days_ago, unhurried

Step = Callable[[Mosaic], object]
CsvRow = CsvEntry | CsvActivity | CsvSkip

ALL = Page(None)

usernames = st.sampled_from(["Ada", "ben", "Zoë"])
spellings = st.sampled_from(["ada", "BEN", "zoË", "Cleo", "CLEO"])
names = st.sampled_from(["Run", "RUN", "Straße", "STRASSE", "read", "Éclair", "éclair", "x"])
categories = st.sampled_from(["Health", "health", "Straße", "STRASSE", "A"])
goals = st.none() | st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.25])
values = st.sampled_from([-1.0, 0.0, 0.1, 0.2, 1.0, 3.0, 1e16])
days = st.sampled_from(
    [TODAY, *map(days_ago, (-1, 1, 2, 8, 29, 31, 400)), dt.date(1900, 1, 1), dt.date(2200, 12, 31)]
)
ids = st.integers(1, 8)
types = st.sampled_from(["positive", "negative"])
texts = st.sampled_from(["", "note", "it's"])


def caller_of(mosaic: Mosaic, username: str) -> Caller:
    return mosaic.accounts.caller(username)


def add_account(mosaic: Mosaic, *, username: str) -> object:
    user = mosaic.accounts.add(NewAccount(username=username, password=PASSWORD), admin=False)
    return without_hash(user)


def delete_account(mosaic: Mosaic, *, username: str) -> None:
    mosaic.accounts.delete_named(username)


def set_admin(mosaic: Mosaic, *, username: str, is_admin: bool) -> None:
    mosaic.accounts.set_admin(username, is_admin=is_admin)


def set_zone(mosaic: Mosaic, *, username: str, timezone: str) -> object:
    change = ProfileChange(timezone=timezone)
    return without_hash(mosaic.accounts.update(caller_of(mosaic, username), change))


def add_activity(mosaic: Mosaic, *, username: str, new: NewActivity, overwrite: bool) -> object:
    return mosaic.activities.add(caller_of(mosaic, username), new, overwrite=overwrite)


def change_activity(mosaic: Mosaic, *, username: str, number: int, change: ActivityChange) -> None:
    mosaic.activities.update(caller_of(mosaic, username), number, change)


def switch_activity(mosaic: Mosaic, *, username: str, number: int, verb: str) -> None:
    getattr(mosaic.activities, verb)(caller_of(mosaic, username), number)


def add_entry(mosaic: Mosaic, *, username: str, said: AddEntry) -> object:
    return mosaic.entries.add(caller_of(mosaic, username), said)


def delete_entry(mosaic: Mosaic, *, username: str, number: int) -> None:
    mosaic.entries.delete(caller_of(mosaic, username), number)


def finalize(mosaic: Mosaic, *, username: str, day: dt.date | None) -> object:
    return mosaic.entries.finalize(caller_of(mosaic, username), day)


def import_rows(mosaic: Mosaic, *, username: str, rows: Sequence[CsvRow], shared: bool) -> object:
    with closing(mosaic.imports.stage(rows)) as read:
        return mosaic.imports.write(None if shared else caller_of(mosaic, username), read)


def copy_by_csv(mosaic: Mosaic, *, source: str, target: str) -> object:
    """Bring one user's export in as another's data."""
    with mosaic.exports.open(caller_of(mosaic, source), ALL) as export:
        text = "".join(csv_export(export.entries, export.activities))
    with closing(mosaic.imports.read(io.StringIO(text, newline=""))) as read:
        return mosaic.imports.write(caller_of(mosaic, target), read)


def once(mosaic: Mosaic, *, username: str, key: str, fingerprint: str, said: AddEntry) -> object:
    caller = caller_of(mosaic, username)

    def work() -> Answer:
        return Answer(201 if mosaic.entries.add(caller, said) else 200, said.note.encode())

    return mosaic.idempotency.once(caller.user_id, key, fingerprint, work)


def tidy(mosaic: Mosaic) -> None:
    mosaic.tidy()


def without_hash(user: User) -> User:
    """Return the user without what each store salts by itself."""
    return evolve(user, password_hash="")


def attempt(mosaic: Mosaic, step: Step) -> object:
    """Return what the step tells, or the code of the error that it raises."""
    try:
        return step(mosaic)
    except MosaicError as error:
        return error.code, error.details


said = st.builds(AddEntry, date=days, activity=names, value=values, note=texts)
cells = st.builds(
    ActivityCells,
    category=st.none() | categories,
    goal=goals,
    frequency_per_day=st.none() | st.integers(1, 3),
    activity_type=st.none() | types,
    active=st.none() | st.integers(0, 1),
    deactivated_at=st.none() | days,
)
rows = st.lists(
    st.builds(
        CsvEntry,
        st.just(0),
        days,
        names,
        st.none() | values,
        st.none() | texts,
        cells | st.just(ActivityCells()),
    )
    | st.builds(CsvActivity, st.just(0), names, cells),
    max_size=6,
    unique_by=lambda row: row.place if isinstance(row, CsvEntry) else row.name.casefold(),
).map(lambda found: [evolve(row, row=line) for line, row in enumerate(found, 2)])
new_activities = st.builds(
    NewActivity,
    name=names,
    category=categories,
    frequency_per_day=st.integers(1, 3),
    frequency_per_week=st.integers(1, 7),
    description=texts,
    goal=goals,
    activity_type=types,
    shared=st.booleans(),
)
changes = st.builds(
    ActivityChange,
    name=names,
    category=st.none() | categories,
    goal=goals,
    description=st.none() | texts,
    activity_type=st.none() | types,
) | st.builds(ActivityChange, frequency_per_day=st.integers(1, 3), frequency_per_week=st.integers(1, 7))


def step_of(
    function: Callable[..., object], **arguments: st.SearchStrategy[object]
) -> st.SearchStrategy[Step]:
    return st.fixed_dictionaries(arguments).map(lambda given: partial(function, **given))


account_steps = st.one_of(
    step_of(add_account, username=usernames | spellings),
    step_of(delete_account, username=usernames | spellings),
    step_of(set_admin, username=usernames, is_admin=st.booleans()),
    step_of(set_zone, username=usernames, timezone=st.sampled_from(["Asia/Tokyo", "America/Adak"])),
)
activity_steps = st.one_of(
    step_of(add_activity, username=usernames, new=new_activities, overwrite=st.booleans()),
    step_of(change_activity, username=usernames, number=ids, change=changes),
    step_of(
        switch_activity,
        username=usernames,
        number=ids,
        verb=st.sampled_from(["activate", "deactivate", "deactivate", "delete"]),
    ),
)
entry_steps = st.one_of(
    step_of(add_entry, username=usernames, said=said),
    step_of(delete_entry, username=usernames, number=ids),
    step_of(finalize, username=usernames, day=st.none() | days),
    step_of(import_rows, username=usernames, rows=rows, shared=st.booleans()),
    step_of(copy_by_csv, source=usernames, target=usernames),
    step_of(
        once,
        username=usernames,
        key=st.sampled_from(["k", "K"]),
        fingerprint=st.sampled_from(["one", "other"]),
        said=said,
    ),
)
steps = st.one_of(activity_steps, entry_steps, account_steps, step_of(tidy))


class StoresAgree(RuleBasedStateMachine):
    """Drives both with the same steps under one clock."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FixedClock()
        kept = Settings(data_dir=Path(self.folder.name), audit_days=2)
        self.memory = build(evolve(kept, database_url="memory:"), self.clock, PASSWORDS)
        self.sqlite = build(kept, self.clock, PASSWORDS)

    @initialize()
    def begin(self) -> None:
        for username in ("Ada", "ben", "Zoë"):
            self.same(partial(add_account, username=username))

    @rule(step=account_steps)
    def account_step(self, step: Step) -> None:
        self.same(step)

    @rule(step=activity_steps)
    def activity_step(self, step: Step) -> None:
        self.same(step)

    @rule(step=entry_steps)
    def entry_step(self, step: Step) -> None:
        self.same(step)

    @rule(group=st.lists(steps, max_size=4), part=st.lists(steps, max_size=3), fails=st.booleans())
    def group_with_a_failing_part(self, group: Sequence[Step], part: Sequence[Step], *, fails: bool) -> None:
        """Steps in one transaction, some in a nested one that fails; then, perhaps, the whole fails."""

        def run(mosaic: Mosaic) -> object:
            told: list[object] = []
            with suppress(AbortError), mosaic.store.write():
                told += [attempt(mosaic, step) for step in group]
                with suppress(AbortError), mosaic.store.write():
                    told += [attempt(mosaic, step) for step in part]
                    raise AbortError
                told += [attempt(mosaic, step) for step in group]
                if fails:
                    raise AbortError
            return told

        self.same(run)

    @rule(hours=st.sampled_from([0.5, 9, 23.5]))
    def time_passes(self, hours: float) -> None:
        self.clock.advance(hours=hours)
        self.same(tidy)

    @invariant()
    def everything_that_is_told_agrees(self) -> None:
        self.same(told_of_all)

    def same(self, step: Step) -> None:
        assert attempt(self.memory, step) == attempt(self.sqlite, step)

    def teardown(self) -> None:
        self.memory.close()
        self.sqlite.close()
        self.folder.cleanup()


def told_of_all(mosaic: Mosaic) -> object:
    users = [without_hash(user) for user in mosaic.accounts.every()]
    audit = mosaic.audit.page(AuditFilter(), ALL)
    return users, audit, [told_of(mosaic, caller_of(mosaic, user.username)) for user in users]


def told_of(mosaic: Mosaic, caller: Caller) -> Sequence[object]:
    """Return what one user is told; what a cache told must be what the store says."""
    today = mosaic.entries.today(caller, TODAY, ALL, tuple)
    with mosaic.store.read() as unit:
        assert today == tuple(unit.entries.today(caller.user_id, TODAY, ALL, shared=caller.is_admin))
    with mosaic.exports.open(caller, Page(5, 2)) as export:
        exported = list(export.entries), export.activities, export.total_entries, export.total_activities
    return [
        today,
        exported,
        mosaic.activities.page(caller, ALL, inactive=True),
        mosaic.activities.page(caller, Page(2, 1)),
        mosaic.entries.page(caller, EntryFilter(), ALL),
        mosaic.entries.page(caller, EntryFilter(category="strasse"), Page(3)),
        mosaic.entries.page(caller, EntryFilter(first=days_ago(8), activity="RUN"), ALL),
        mosaic.entries.today(caller, None, Page(2, 1), tuple),
        mosaic.stats.progress(caller, None, unchanged),
        mosaic.stats.progress(caller, days_ago(1), unchanged),
    ]


def unchanged(progress: Progress) -> Progress:
    return progress


StoresAgree.TestCase.settings = settings(unhurried, max_examples=40, stateful_step_count=20)
TestStoresAgree = StoresAgree.TestCase
