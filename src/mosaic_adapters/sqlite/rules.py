"""Rules in SQLite."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from mosaic_adapters.sqlite.archive_statements import RULES
from mosaic_adapters.sqlite.errors import broken_rule
from mosaic_core.errors import Taken
from mosaic_core.rules.model import Rule
from mosaic_core.rules.ports import RuleRepository


class SqliteRules(RuleRepository):
    """The `rules` table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def add(self, rule: Rule) -> Rule:
        """Keep a new rule under a new id."""
        cursor = self._write(RULES.insert, (None, *RULES.columns(rule)[1:]))
        return evolve(rule, id=cursor.lastrowid or 0)

    def of(self, user_id: int) -> Sequence[Rule]:
        """Return the user's rules by id."""
        rows = self._execute(
            """SELECT id, user_id, activity_id, metric, fill, at_least, first_day, enabled
               FROM rules WHERE user_id = ? ORDER BY id""",
            (user_id,),
        ).fetchall()
        return list(RULES.values(rows))

    def update(self, rule: Rule) -> None:
        """Replace the rule."""
        rule_id, user_id, *changed = RULES.columns(rule)
        self._write(
            """UPDATE rules SET activity_id = ?, metric = ?, fill = ?, at_least = ?, first_day = ?,
                                enabled = ?
               WHERE user_id = ? AND id = ?""",
            (*changed, user_id, rule_id),
        )

    def delete(self, user_id: int, rule_id: int) -> None:
        """Delete the user's rule with the id."""
        self._execute("DELETE FROM rules WHERE user_id = ? AND id = ?", (user_id, rule_id))

    def _write(self, sql: str, values: tuple[Any, ...]) -> sqlite3.Cursor:
        try:
            return self._execute(sql, values)
        except sqlite3.IntegrityError as error:
            raise broken_rule(error, Taken.RULE) from error
