"""What rules need from a store."""

from collections.abc import Sequence
from typing import Protocol

from mosaic_core.rules.model import Rule


class RuleRepository(Protocol):
    """Keeps rules, at most one per activity, which is its user's own. They go with their activities."""

    def add(self, rule: Rule) -> Rule:
        """Keep a new rule and return it with its new id. Raises Conflict if its activity has one."""
        ...

    def of(self, user_id: int) -> Sequence[Rule]:
        """Return the user's rules by id."""
        ...

    def update(self, rule: Rule) -> None:
        """Replace the rule of its user with that id. Raises Conflict if its activity has another."""
        ...

    def delete(self, user_id: int, rule_id: int) -> None:
        """Delete the user's rule with the id."""
        ...
