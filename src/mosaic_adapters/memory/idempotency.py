"""Idempotency records in memory."""

import datetime as dt

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, Owner
from mosaic_core.idempotency.model import IdempotencyRecord
from mosaic_core.idempotency.ports import IdempotencyRepository


@frozen
class MemoryIdempotency(IdempotencyRepository):
    """Keeps idempotency records in a draft."""

    draft: Draft

    def find(self, user_id: int, key: str) -> IdempotencyRecord | None:
        """Return the user's record under the key."""
        return self.draft.state.owner(user_id).idempotency.get(key)

    def put(self, record: IdempotencyRecord) -> None:
        """Keep the record in place of an earlier one."""
        owner = self.draft.state.owner(record.user_id)
        self._keep(record.user_id, owner, {**owner.idempotency, record.key: record})

    def delete_before(self, instant: dt.datetime) -> int:
        """Delete the records made before the instant."""
        forgotten = 0
        for user_id, owner in self.draft.state.owners.items():
            kept = {key: each for key, each in owner.idempotency.items() if each.created_at >= instant}
            forgotten += len(owner.idempotency) - len(kept)
            self._keep(user_id, owner, kept)
        return forgotten

    def _keep(self, user_id: int, owner: Owner, records: dict[str, IdempotencyRecord]) -> None:
        state = self.draft.state
        self.draft.change(owners=state.owners_with(user_id, evolve(owner, idempotency=records)))
