"""Rules in memory."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mosaic_adapters.memory.state import Draft, State
from mosaic_core.errors import Conflict, Taken
from mosaic_core.rules.model import Rule
from mosaic_core.rules.ports import RuleRepository


@frozen
class MemoryRules(RuleRepository):
    """Keeps rules in a draft, by id."""

    draft: Draft

    def add(self, rule: Rule) -> Rule:
        """Keep a new rule under a new id."""
        state = self.draft.state
        state.require_user(rule.user_id)
        kept = evolve(rule, id=state.last_rule + 1)
        self._put(kept)
        self.draft.change(last_rule=kept.id)
        return kept

    def of(self, user_id: int) -> Sequence[Rule]:
        """Return the user's rules by id."""
        owned = [one for one in self.draft.state.rules.values() if one.user_id == user_id]
        return sorted(owned, key=lambda one: one.id)

    def update(self, rule: Rule) -> None:
        """Replace the rule."""
        if any(one.id == rule.id for one in self.of(rule.user_id)):
            self._put(rule)

    def delete(self, user_id: int, rule_id: int) -> None:
        """Delete the user's rule with the id."""
        rules = self.draft.state.rules
        gone = [one.id for one in self.of(user_id) if one.id == rule_id]
        self.draft.change(rules={key: one for key, one in rules.items() if key not in gone})

    def _put(self, rule: Rule) -> None:
        rules = self.draft.state.rules
        if any(one.activity_id == rule.activity_id and one.id != rule.id for one in rules.values()):
            raise Conflict(Taken.RULE)
        self.draft.change(rules={**rules, rule.id: rule})


def without_rule_of(state: State, activity_id: int) -> State:
    """Return the state without the rule of the activity."""
    kept = {key: one for key, one in state.rules.items() if one.activity_id != activity_id}
    return state if len(kept) == len(state.rules) else evolve(state, rules=kept)
