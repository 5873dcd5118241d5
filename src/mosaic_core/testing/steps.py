"""The steps by which two stores are driven."""

import datetime as dt
import io
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial

from hypothesis import strategies as st

from mosaic_core.accounts.model import Credentials, NewAccount, ProfileChange
from mosaic_core.activities.model import ActivityChange, NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.backups.plan import BackupChange
from mosaic_core.caller import Caller
from mosaic_core.entries.csv import csv_export
from mosaic_core.entries.merging import MergeActivity
from mosaic_core.entries.model import AddEntry, EntryChange, EntryFilter, Meeting
from mosaic_core.idempotency.model import Answer
from mosaic_core.paging import Page
from mosaic_core.rules.model import NewRule, RuleChange
from mosaic_core.schedules.pauses import NewPause, PauseChange
from mosaic_core.store import UnitOfWork
from mosaic_core.testing import strategies as given
from mosaic_core.testing.factories import PASSWORD, TODAY, days_ago
from mosaic_core.testing.wearable_records import heart, sleep, stage
from mosaic_core.testing.wearable_records import steps as steps_record
from mosaic_core.wearables.model import Batch, SourceChange

ALL = Page(None)
Step = Callable[[Mosaic], object]

UNKNOWN = 2**62
"""An id that no store has given yet."""


_RECORDS = [
    heart("heart", "2024-06-01T01:00:00Z"),
    steps_record("steps", "2024-06-01T07:00:00Z", "2024-06-01T08:30:00Z"),
    sleep("night1", "2024-05-31T22:00:00Z", "2024-06-01T06:00:00Z"),
    stage("stage", "2024-05-31T23:00:00Z", "2024-06-01T00:30:00Z", "night1"),
]


def nth(ids: Sequence[int], number: int) -> int:
    """Return one of the ids, for one number in seven an unknown one."""
    return ids[number % len(ids)] if ids and number < 6 else UNKNOWN


def add_account(mosaic: Mosaic, *, username: str) -> object:
    """Add an ordinary user; the first one is an administrator."""
    return mosaic.accounts.add(NewAccount(username=username, password=PASSWORD), admin=False)


def add_person(mosaic: Mosaic, *, username: str) -> object:
    """Add a user who has a few rows of every kind."""
    user = add_account(mosaic, username=username)
    rows = "date,activity,value\r\n2024-06-01,Run,1\r\n2024-05-31,read,2\r\n2024-05-31,x,0"
    batch = Batch(
        source_app="App", device_id="watch", tz="UTC", records=[json.dumps(one) for one in _RECORDS]
    )
    return [
        user,
        import_csv(mosaic, username=username, text=rows, shared=False),
        import_csv(mosaic, username=username, text=rows, shared=True),
        ingest(mosaic, username=username, batch=batch),
    ]


def delete_account(mosaic: Mosaic, *, username: str) -> None:
    """Delete a user."""
    mosaic.accounts.delete_named(username)


def sign_in(mosaic: Mosaic, *, username: str) -> object:
    """Log a user in who is there."""
    mosaic.sessions.caller(username)
    return mosaic.sessions.login(Credentials(username=username, password=PASSWORD))


def sign_out(mosaic: Mosaic, *, number: int) -> None:
    """Revoke one of the first tokens."""
    mosaic.sessions.logout(mosaic.sessions.authenticate(str(number)))


def change_password(mosaic: Mosaic, *, username: str) -> None:
    """Set a user's password, to the one that they have: their tokens end."""
    mosaic.accounts.set_password(username, PASSWORD)


def change_account(mosaic: Mosaic, *, username: str, is_admin: bool, timezone: str, day_start: str) -> object:
    """Change what an administrator and the user may change."""
    mosaic.accounts.set_admin(username, is_admin=is_admin)
    change = ProfileChange(timezone=timezone, day_start=day_start)
    return mosaic.accounts.update(mosaic.sessions.caller(username), change)


def add_activity(mosaic: Mosaic, *, username: str, new: NewActivity, overwrite: bool) -> object:
    """Add an activity."""
    return mosaic.activities.add(mosaic.sessions.caller(username), new, overwrite=overwrite)


def change_activity(mosaic: Mosaic, *, username: str, number: int, change: ActivityChange) -> None:
    """Change one of all activities."""
    mosaic.activities.update(mosaic.sessions.caller(username), nth(activity_ids(mosaic), number), change)


def switch_activity(mosaic: Mosaic, *, username: str, number: int, verb: str) -> None:
    """Activate, deactivate or delete one of all activities."""
    getattr(mosaic.activities, verb)(mosaic.sessions.caller(username), nth(activity_ids(mosaic), number))


def activity_ids(mosaic: Mosaic) -> list[int]:
    """Return the ids of all activities in an order that all stores agree on."""
    with mosaic.store.read() as unit:
        owners = [None, *[user.id for user in unit.users.every()]]
        return [one.id for owner in owners for one in unit.activities.owned(owner)]


def add_entry(mosaic: Mosaic, *, username: str, said: AddEntry) -> object:
    """Write what was done on a day."""
    return mosaic.entries.add(mosaic.sessions.caller(username), said)


def meetings_of(unit: UnitOfWork, steps: Iterable[Step]) -> list[Meeting]:
    """Return what the steps that add entries will ask, as far as their users are there."""
    added = [one.keywords for one in steps if isinstance(one, partial) and one.func is add_entry]
    users = [(unit.users.find(one["username"]), one["said"]) for one in added]
    return [Meeting(user.id, said.activity, said.date) for user, said in users if user is not None]


def change_entry(mosaic: Mosaic, *, username: str, number: int, change: EntryChange) -> object:
    """Change one of the entries that the user sees."""
    caller = mosaic.sessions.caller(username)
    ids = [one.id for one in mosaic.entries.page(caller, EntryFilter(), ALL).items]
    return mosaic.entries.change(caller, nth(ids, number), change)


def merge_activity(mosaic: Mosaic, *, username: str, number: int, into: int, on_conflict: str) -> object:
    """Merge one of all activities into another."""
    ids = activity_ids(mosaic)
    wanted = MergeActivity(into=nth(ids, into), on_conflict=on_conflict)
    return mosaic.entries.merge(mosaic.sessions.caller(username), nth(ids, number), wanted)


def delete_entry(mosaic: Mosaic, *, username: str, number: int) -> None:
    """Delete one of the entries that the user sees."""
    caller = mosaic.sessions.caller(username)
    ids = [one.id for one in mosaic.entries.page(caller, EntryFilter(), ALL).items]
    mosaic.entries.delete(caller, nth(ids, number))


def add_pause(
    mosaic: Mosaic, *, username: str, number: int, of_all: bool, first: dt.date, length: int | None
) -> object:
    """Pause one of all activities, or all of them."""
    last = None if length is None else min(first, TODAY) + dt.timedelta(days=length)
    activity_id = None if of_all else nth(activity_ids(mosaic), number)
    new = NewPause(from_=min(first, TODAY), to=last, activity_id=activity_id)
    return mosaic.pauses.add(mosaic.sessions.caller(username), new)


def change_pause(mosaic: Mosaic, *, username: str, number: int, first: dt.date) -> object:
    """Change one of the user's pauses."""
    caller = mosaic.sessions.caller(username)
    ids = [one.id for one in mosaic.pauses.of(caller)]
    return mosaic.pauses.change(caller, nth(ids, number), PauseChange(from_=first, to=None))


def delete_pause(mosaic: Mosaic, *, username: str, number: int) -> None:
    """Delete one of the user's pauses."""
    caller = mosaic.sessions.caller(username)
    mosaic.pauses.delete(caller, nth([one.id for one in mosaic.pauses.of(caller)], number))


def add_rule(mosaic: Mosaic, *, username: str, new: NewRule) -> object:
    """Have an activity filled by wearables."""
    return mosaic.rules.add(mosaic.sessions.caller(username), new)


def change_rule(mosaic: Mosaic, *, username: str, number: int, change: RuleChange) -> object:
    """Change one of the user's rules."""
    caller = mosaic.sessions.caller(username)
    return mosaic.rules.change(caller, nth([one.rule.id for one in mosaic.rules.of(caller)], number), change)


def delete_rule(mosaic: Mosaic, *, username: str, number: int) -> None:
    """Delete one of the user's rules."""
    caller = mosaic.sessions.caller(username)
    mosaic.rules.delete(caller, nth([one.rule.id for one in mosaic.rules.of(caller)], number))


def keep_pasts(mosaic: Mosaic, *, username: str) -> None:
    """Keep what the user's habits amounted to."""
    mosaic.agenda.keeper.keep(mosaic.sessions.caller(username), days_ago(1))


def finalize(mosaic: Mosaic, *, username: str, day: dt.date | None) -> object:
    """Finalize a day."""
    return mosaic.entries.finalize(mosaic.sessions.caller(username), day)


def look(mosaic: Mosaic, *, username: str, wanted: EntryFilter, page: Page) -> object:
    """List entries."""
    return mosaic.entries.page(mosaic.sessions.caller(username), wanted, page).items


def copy_by_csv(mosaic: Mosaic, *, source: str, target: str, shared: bool) -> object:
    """Bring one user's export in as another's data, or as shared data."""
    with mosaic.exports.open(mosaic.sessions.caller(source), ALL) as export:
        text = "".join(csv_export(export.entries, export.activities))
    return _imported(mosaic, mosaic.sessions.caller(target), text, shared=shared)


def import_csv(mosaic: Mosaic, *, username: str, text: str, shared: bool) -> object:
    """Bring a file in as a user's data, or as shared data."""
    return _imported(mosaic, mosaic.sessions.caller(username), text, shared=shared)


def _imported(mosaic: Mosaic, caller: Caller, text: str, *, shared: bool) -> object:
    owner = None if shared else caller
    with closing(mosaic.imports.read(io.StringIO(text, newline=""), owner)) as read:
        return mosaic.imports.write(owner, mosaic.imports.sum_up(owner, read))


def once(mosaic: Mosaic, *, username: str, key: str, fingerprint: str, said: AddEntry) -> object:
    """Write an entry under an idempotency key."""
    caller = mosaic.sessions.caller(username)

    def work() -> Answer:
        return Answer(201 if mosaic.entries.add(caller, said).is_new else 200, said.note.encode())

    return mosaic.idempotency.once(caller.user_id, key, fingerprint, work)


def ingest(mosaic: Mosaic, *, username: str, batch: Batch) -> object:
    """Bring in wearable records."""
    return mosaic.wearables.ingest(mosaic.sessions.caller(username), batch, mosaic.wearables.read(batch))


def rank_source(mosaic: Mosaic, *, username: str, number: int, priority: int) -> object:
    """Give one of the user's sources another rank."""
    caller = mosaic.sessions.caller(username)
    ids = [one.id for one in mosaic.wearables.sources(caller)]
    return mosaic.wearables.change_source(caller, nth(ids, number), SourceChange(priority=priority))


def delete_source(mosaic: Mosaic, *, username: str, number: int) -> None:
    """Delete one of the user's sources."""
    caller = mosaic.sessions.caller(username)
    mosaic.wearables.delete_source(caller, nth([one.id for one in mosaic.wearables.sources(caller)], number))


def toggle_backups(mosaic: Mosaic, *, username: str, change: BackupChange) -> object:
    """Set how backups are made."""
    return mosaic.backups.toggle(mosaic.sessions.caller(username), change)


def begin_backup(mosaic: Mosaic, *, username: str) -> object:
    """Begin to make a backup, and crash."""
    return mosaic.backups.begin(mosaic.sessions.caller(username))


def tidy(mosaic: Mosaic) -> None:
    """Delete what has expired."""
    mosaic.tidy()


def step_of(
    function: Callable[..., object], **arguments: st.SearchStrategy[object]
) -> st.SearchStrategy[Step]:
    """Return steps that call the function with such arguments."""
    return st.fixed_dictionaries(arguments).map(lambda chosen: partial(function, **chosen))


_usernames, _numbers = given.usernames, given.numbers
account_steps = st.one_of(
    step_of(add_account, username=_usernames | given.spellings),
    step_of(delete_account, username=_usernames | given.spellings),
    step_of(
        change_account,
        username=_usernames,
        is_admin=st.booleans(),
        timezone=given.zones,
        day_start=given.day_starts,
    ),
)
session_steps = st.one_of(
    step_of(sign_in, username=_usernames),
    step_of(sign_in, username=_usernames),
    step_of(sign_out, number=_numbers),
    step_of(change_password, username=_usernames),
)
activity_steps = st.one_of(
    step_of(
        merge_activity,
        username=_usernames,
        number=_numbers,
        into=_numbers,
        on_conflict=st.sampled_from(["add", "keep", "replace"]),
    ),
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
    step_of(change_entry, username=_usernames, number=_numbers, change=given.entry_changes),
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
pause_steps = st.one_of(
    step_of(
        add_pause,
        username=_usernames,
        number=_numbers,
        of_all=st.booleans(),
        first=given.days,
        length=st.none() | st.integers(0, 40),
    ),
    step_of(change_pause, username=_usernames, number=_numbers, first=given.days),
    step_of(delete_pause, username=_usernames, number=_numbers),
    step_of(keep_pasts, username=_usernames),
    step_of(keep_pasts, username=_usernames),
)
wearable_steps = st.one_of(
    step_of(ingest, username=_usernames, batch=given.batches),
    step_of(rank_source, username=_usernames, number=_numbers, priority=st.integers(0, 2)),
    step_of(delete_source, username=_usernames, number=_numbers),
)
rule_steps = st.one_of(
    step_of(add_rule, username=_usernames, new=given.new_rules),
    step_of(add_rule, username=_usernames, new=given.new_rules),
    step_of(change_rule, username=_usernames, number=_numbers, change=given.rule_changes),
    step_of(delete_rule, username=_usernames, number=_numbers),
)
backup_steps = st.one_of(
    step_of(toggle_backups, username=_usernames, change=given.backup_changes),
    step_of(begin_backup, username=_usernames),
)
steps = st.one_of(
    activity_steps,
    entry_steps,
    pause_steps,
    wearable_steps,
    rule_steps,
    account_steps,
    session_steps,
    backup_steps,
    st.just(tidy),
)
