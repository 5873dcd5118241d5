"""Pauses in memory."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, State
from mosaic_core.schedules.pauses import Pause
from mosaic_core.schedules.ports import PauseRepository


@frozen
class MemoryPauses(PauseRepository):
    """Keeps pauses in a draft, by id."""

    draft: Draft

    def add(self, pause: Pause) -> Pause:
        """Keep a new pause under a new id."""
        state = self.draft.state
        state.require_user(pause.user_id)
        kept = evolve(pause, id=state.last_pause + 1)
        self.draft.change(pauses={**state.pauses, kept.id: kept}, last_pause=kept.id)
        return kept

    def get(self, user_id: int, pause_id: int) -> Pause | None:
        """Return the user's pause with the id."""
        pause = self.draft.state.pauses.get(pause_id)
        return pause if pause is not None and pause.user_id == user_id else None

    def of(self, user_id: int) -> Sequence[Pause]:
        """Return the user's pauses by their first day, then by id."""
        owned = [one for one in self.draft.state.pauses.values() if one.user_id == user_id]
        return sorted(owned, key=lambda one: (one.from_, one.id))

    def update(self, pause: Pause) -> None:
        """Replace the pause."""
        if self.get(pause.user_id, pause.id) is not None:
            self.draft.change(pauses={**self.draft.state.pauses, pause.id: pause})

    def move(self, activity_id: int, into: int) -> None:
        """Make the pauses of an activity those of another one."""
        pauses = self.draft.state.pauses
        moved = {
            key: evolve(one, activity_id=into)
            for key, one in pauses.items()
            if one.activity_id == activity_id
        }
        self.draft.change(pauses={**pauses, **moved})

    def delete(self, user_id: int, pause_id: int) -> None:
        """Delete the user's pause with the id."""
        if self.get(user_id, pause_id) is not None:
            pauses = self.draft.state.pauses
            self.draft.change(pauses={key: one for key, one in pauses.items() if key != pause_id})


def without_pauses_of(state: State, activity_id: int) -> State:
    """Return the state without the pauses of the activity."""
    kept = {key: one for key, one in state.pauses.items() if one.activity_id != activity_id}
    return state if len(kept) == len(state.pauses) else evolve(state, pauses=kept)
