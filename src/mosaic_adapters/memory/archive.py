"""All that is in the memory store, as a stream of rows for each table."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from attrs import evolve, frozen

from mosaic_adapters.memory import archive_wearables
from mosaic_adapters.memory.activities import with_activity
from mosaic_adapters.memory.archive_wearables import Added
from mosaic_adapters.memory.entries import MemoryEntries
from mosaic_adapters.memory.state import Draft, Owner, State
from mosaic_core.accounts.model import RevokedToken, User
from mosaic_core.activities.model import Activity
from mosaic_core.audit.model import AuditEvent
from mosaic_core.backups import model
from mosaic_core.backups.model import LastIds, Table
from mosaic_core.backups.plan import BackupPlan
from mosaic_core.backups.ports import ArchiveRepository
from mosaic_core.entries.model import Entry
from mosaic_core.errors import Conflict, InvalidState, Unauthorized
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.rules.model import Rule
from mosaic_core.schedules.pauses import Pause
from mosaic_core.texts import name_key
from mosaic_core.tokens.model import PersonalToken
from mosaic_core.webhooks.model import Webhook

R = TypeVar("R")


@frozen
class MemoryArchive(ArchiveRepository):
    """Gives and takes all rows of a draft."""

    draft: Draft

    def rows(self, table: Table[R]) -> Iterator[R]:
        """Yield the rows of the table."""
        return iter(_ROWS[table.name](self.draft.state))

    def count(self, table: Table[R]) -> int:
        """Return how many rows the table has."""
        return sum(1 for _ in self.rows(table))

    def last_ids(self) -> LastIds:
        """Return the highest ids that were ever given."""
        state = self.draft.state
        return LastIds(
            users=state.last_user,
            activities=state.last_activity,
            entries=state.last_entry,
            audit_events=state.last_audit,
            wearable_sources=state.last_source,
            tokens=state.last_token,
            webhooks=state.last_webhook,
            pauses=state.last_pause,
            rules=state.last_rule,
        )

    def add(self, table: Table[R], rows: Iterable[R]) -> None:
        """Keep the rows as they are."""
        added = list(rows)
        try:
            _require_distinct([row.id for row in added if hasattr(row, "id")])
            _ADD[table.name](self.draft, added)
        except (Conflict, Unauthorized, KeyError) as error:
            raise InvalidState(f"Rows of {table.name} contradict each other") from error

    def set_last_ids(self, last: LastIds) -> None:
        """Give new rows higher ids."""
        state = self.draft.state
        self.draft.change(
            last_user=max(state.last_user, last.users),
            last_activity=max(state.last_activity, last.activities),
            last_entry=max(state.last_entry, last.entries),
            last_audit=max(state.last_audit, last.audit_events),
            last_source=max(state.last_source, last.wearable_sources),
            last_token=max(state.last_token, last.tokens),
            last_webhook=max(state.last_webhook, last.webhooks),
            last_pause=max(state.last_pause, last.pauses),
            last_rule=max(state.last_rule, last.rules),
        )


def _require_distinct(ids: list[int]) -> None:
    if len(ids) != len(set(ids)):
        raise KeyError("an id is there twice")


def _records(state: State) -> Iterator[IdempotencyRecord]:
    for owner in state.owners.values():
        yield from owner.idempotency.values()


def _add_users(draft: Draft, rows: list[User]) -> None:
    """Add users; where the names of two have become one, the exact spelling finds the other (see `find`)."""
    state = draft.state
    users, names, last = state.users, dict(state.usernames), state.last_user
    for user in rows:
        users = users.put(user.id, user)
        _name(names, user.username.casefold(), user)
        last = max(last, user.id)
    for user in rows:
        key = name_key(user.username)
        if key not in names:
            del names[user.username.casefold()]
            names[key] = user.id
    draft.change(users=users, usernames=names, last_user=last)


def _name(names: dict[str, int], key: str, user: User) -> None:
    if key in names:
        raise KeyError("a name is there twice")
    names[key] = user.id


def _add_revoked(draft: Draft, rows: list[RevokedToken]) -> None:
    revoked = {token.token_id: token for token in rows}
    for token in revoked.values():
        draft.state.require_user(token.user_id)
    draft.change(revoked=revoked)


def _tokens(state: State) -> list[PersonalToken]:
    return sorted(state.tokens.values(), key=lambda token: token.id)


def _add_tokens(draft: Draft, rows: list[PersonalToken]) -> None:
    tokens = {token.hash: token for token in rows}
    if len(tokens) < len(rows):
        raise KeyError("a token is there twice")
    for token in rows:
        draft.state.require_user(token.user_id)
    draft.change(tokens=tokens, last_token=max([draft.state.last_token, *(token.id for token in rows)]))


def _add_webhooks(draft: Draft, rows: list[Webhook]) -> None:
    for webhook in rows:
        draft.state.require_user(webhook.user_id)
    last = max([draft.state.last_webhook, *(webhook.id for webhook in rows)])
    draft.change(webhooks={webhook.id: webhook for webhook in rows}, last_webhook=last)


def _add_activities(draft: Draft, rows: list[Activity]) -> None:
    for activity in rows:
        state = with_activity(draft.state, activity)
        draft.keep(evolve(state, last_activity=max(state.last_activity, activity.id)))


def _add_pauses(draft: Draft, rows: list[Pause]) -> None:
    for pause in rows:
        draft.state.require_user(pause.user_id)
        if pause.activity_id is not None and draft.state.activities.get(pause.activity_id) is None:
            raise KeyError("an activity is missing")
    last = max([draft.state.last_pause, *(pause.id for pause in rows)])
    draft.change(pauses={pause.id: pause for pause in rows}, last_pause=last)


def _add_rules(draft: Draft, rows: list[Rule]) -> None:
    for rule in rows:
        activity = draft.state.activities.get(rule.activity_id)
        if activity is None or activity.user_id != rule.user_id:
            raise KeyError("an activity is missing")
    _require_distinct([rule.activity_id for rule in rows])
    last = max([draft.state.last_rule, *(rule.id for rule in rows)])
    draft.change(rules={rule.id: rule for rule in rows}, last_rule=last)


def _add_entries(draft: Draft, rows: list[Entry]) -> None:
    MemoryEntries(draft).add_as_they_are(rows)


def _add_events(draft: Draft, rows: list[AuditEvent]) -> None:
    audit, last = draft.state.audit, draft.state.last_audit
    for event in rows:
        audit, last = audit.put(event.id, event), max(last, event.id)
    draft.change(audit=audit, last_audit=last)


def _add_records(draft: Draft, rows: list[IdempotencyRecord]) -> None:
    by_owner: defaultdict[int, dict[str, IdempotencyRecord]] = defaultdict(dict)
    for record in rows:
        by_owner[record.user_id][record.key] = record
    for user_id, records in by_owner.items():
        owner: Owner = evolve(draft.state.owner(user_id), idempotency=records)
        draft.change(owners=draft.state.owners_with(user_id, owner))


def _plans(state: State) -> list[BackupPlan]:
    return [] if state.backup_plan is None else [state.backup_plan]


def _add_plan(draft: Draft, rows: list[BackupPlan]) -> None:
    if len(rows) > 1:
        raise KeyError("a plan is there twice")
    for plan in rows:
        draft.change(backup_plan=plan)


_ROWS: Mapping[str, Callable[[State], Iterable[Any]]] = {
    model.USERS.name: lambda state: state.users.values(),
    model.REVOKED_TOKENS.name: lambda state: state.revoked.values(),
    model.TOKENS.name: _tokens,
    model.WEBHOOKS.name: lambda state: state.webhooks.values(),
    model.ACTIVITIES.name: lambda state: state.activities.values(),
    model.PAUSES.name: lambda state: sorted(state.pauses.values(), key=lambda pause: pause.id),
    model.RULES.name: lambda state: sorted(state.rules.values(), key=lambda rule: rule.id),
    model.ENTRIES.name: lambda state: state.entries.values(),
    model.AUDIT_EVENTS.name: lambda state: state.audit.values(),
    model.IDEMPOTENCY.name: _records,
    model.BACKUP_PLAN.name: _plans,
    **archive_wearables.ROWS,
}

_ADD: Mapping[str, Added] = {
    model.USERS.name: _add_users,
    model.REVOKED_TOKENS.name: _add_revoked,
    model.TOKENS.name: _add_tokens,
    model.WEBHOOKS.name: _add_webhooks,
    model.ACTIVITIES.name: _add_activities,
    model.PAUSES.name: _add_pauses,
    model.RULES.name: _add_rules,
    model.ENTRIES.name: _add_entries,
    model.AUDIT_EVENTS.name: _add_events,
    model.IDEMPOTENCY.name: _add_records,
    model.BACKUP_PLAN.name: _add_plan,
    **archive_wearables.ADD,
}
