"""Rules in PostgreSQL."""

from collections.abc import Sequence

import psycopg
from attrs import evolve

from mosaic_adapters.postgresql.archive_statements import RULES
from mosaic_adapters.postgresql.errors import broken_rule
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_adapters.postgresql.trips import Row
from mosaic_core.errors import Taken
from mosaic_core.rules.model import Rule
from mosaic_core.rules.ports import RuleRepository


class PostgresqlRules(RuleRepository):
    """The `rules` table."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, rule: Rule) -> Rule:
        """Keep a new rule under a new id."""
        self._in.own(rule.user_id)
        rows = self._write(
            """INSERT INTO rules (user_id, activity_id, metric, fill, at_least, first_day, enabled)
               VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id""",
            RULES.columns(rule)[1:],
        )
        return evolve(rule, id=rows[0][0])

    def of(self, user_id: int) -> Sequence[Rule]:
        """Return the user's rules by id."""
        self._in.see(user_id)
        rows = self._in.rows(
            f"SELECT {RULES.names} FROM rules WHERE user_id = %s ORDER BY id",  # noqa: S608  # constants
            (user_id,),
        )
        return list(RULES.values(rows))

    def update(self, rule: Rule) -> None:
        """Replace the rule."""
        self._in.own(rule.user_id)
        rule_id, user_id, *changed = RULES.columns(rule)
        self._write(
            """UPDATE rules SET activity_id = %s, metric = %s, fill = %s, at_least = %s, first_day = %s,
                                enabled = %s
               WHERE user_id = %s AND id = %s RETURNING id""",
            (*changed, user_id, rule_id),
        )

    def delete(self, user_id: int, rule_id: int) -> None:
        """Delete the user's rule with the id."""
        self._in.own(user_id)
        self._in.change("DELETE FROM rules WHERE user_id = %s AND id = %s", (user_id, rule_id))

    def _write(self, sql: str, values: Row) -> list[Row]:
        try:
            return self._in.changed(sql, values)
        except psycopg.IntegrityError as error:
            raise broken_rule(error, Taken.RULE) from error
