"""Statements in one transaction, and whose rows it may rely on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from typing import Any, cast

import psycopg
from attrs import define
from psycopg.pq import TransactionStatus

from mosaic_adapters.postgresql.errors import read_only
from mosaic_adapters.postgresql.links import NO_BEGINNING, Beginning, Link, Seat
from mosaic_adapters.postgresql.places import Places
from mosaic_adapters.postgresql.trips import OfRow, Row, Statement, Told, with_rows_together
from mosaic_core.errors import ServiceUnavailable

SHARED = 0
"""The owner of what belongs to nobody."""

INSTALLATION = -1
"""Stands for what is true of all together: who has an account, how backups are set, that there is nothing."""

Values = Sequence[Any] | Mapping[str, Any]

_LOCKS = 0x6D6F73
"""What sets Mosaic's advisory locks apart from those of other programs in the database."""

_LOCKED_APART = 2**31
AT_ONCE = 500
_COMMIT = Statement("COMMIT")

_WAITED = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
"""A wait for a lock most often ends with the time of its statement, which is the same and began earlier."""

_LOCK = "SELECT {function}(%s, %s)"
_LOCK_BRIEFLY = """
    WITH usual AS MATERIALIZED (SELECT current_setting('lock_timeout') AS milliseconds)
    SELECT set_config('lock_timeout', '50', true), {function}(%s, %s),
           set_config('lock_timeout', milliseconds, true)
    FROM usual"""
"""A lock that somebody holds for a moment is free by then."""


class Transaction:
    """Runs statements in a transaction, which begins on the way of the first of them.

    What is `said` needs no answer. It goes to the database with the next statement that needs one, on one way
    there and back.

    Whoever looks at what belongs to an owner calls `see` first, whoever changes it `own`. In a transaction
    that writes nobody else changes that from then on, so what was read of it stays true until it ends.
    """

    def __init__(self, seat: Seat, beginning: Beginning) -> None:
        """Begin with these statements. Without any, each statement is a transaction by itself."""
        self._seat = seat
        self._beginning = beginning
        self._ahead: list[Statement | OfRow] = []
        self._link: Link | None = None
        self.places = Places()
        self._cursors = count()

    @property
    def is_begun(self) -> bool:
        """Whether there was anything to do."""
        return self._link is not None or bool(self._ahead)

    def own(self, *owners: int | None) -> bool:  # noqa: ARG002  # for those that write
        """Keep others from the owners' rows; return whether what was read before may have changed."""
        return False

    def see(self, *owners: int | None) -> bool:  # noqa: ARG002  # for those that write
        """Keep others from changing the owners' rows; return whether what was read may have changed."""
        return False

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Return all rows that the query finds."""
        return self._run(sql, values).rows

    def row(self, sql: str, values: Values = ()) -> Row | None:
        """Return the first row that the query finds."""
        return next(iter(self._run(sql, values).rows), None)

    def number(self, sql: str, values: Values = ()) -> int:
        """Return the number that the query tells, 0 where it tells none."""
        (number,) = self.row(sql, values) or (0,)
        return int(number or 0)

    def blocks(self, sql: str, values: Values = ()) -> Iterator[list[Row]]:
        """Yield the rows that the query finds as of now, some at a time."""
        name = f"rows_{next(self._cursors)}"
        self._run(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", values, may_be_prepared=False)
        while rows := self._fetched(name):
            yield rows
            if len(rows) < AT_ONCE:
                break
        self._run(f"CLOSE {name}", (), may_be_prepared=False)

    def change(self, sql: str, values: Values = (), *, is_apart: bool = False) -> int:  # noqa: ARG002
        """Run a statement that changes something; return how many rows it changed.

        One that `is_apart` changes no activity, entry or user.
        """
        raise read_only()

    def changed(self, sql: str, values: Values = ()) -> list[Row]:  # noqa: ARG002
        """Run a statement that changes something; return the rows that it tells."""
        raise read_only()

    def say(self, sql: str, values: Values = ()) -> None:  # noqa: ARG002
        """Run a statement that changes something, together with the next one.

        It must break no rule: its failure would be told to whoever comes next. What it changes of activities,
        entries or users is the caller's to note in `places`.
        """
        raise read_only()

    def say_row(self, sql: str, row: Row) -> None:  # noqa: ARG002
        """Run a statement with this row and others that are said of it, which stand for its `{rows}`.

        It must break no rule. Statements with rows that are said one after the other run in any order, so
        they must have nothing to do with each other.
        """
        raise read_only()

    def change_many(self, sql: str, values: Iterable[Row]) -> None:  # noqa: ARG002
        """Run a statement that changes something with each of the values."""
        raise read_only()

    def copy(self, table: str, columns: str, rows: Iterable[Row]) -> None:  # noqa: ARG002
        """Add very many rows with these columns."""
        raise read_only()

    def unhurried(self) -> AbstractContextManager[None]:
        """Let the statements of the block take long."""
        return self._begun().unhurried()

    def unlimited(self) -> AbstractContextManager[None]:
        """Let the statements of the block take as long as they need."""
        return self._begun().unlimited()

    def end(self) -> None:
        """End a transaction that has only read."""
        link = self._link
        if link is not None and link.pgconn.transaction_status in _OPEN:
            try:
                link.finish()
            except psycopg.Error:
                link.close()

    def _fetched(self, name: str) -> list[Row]:
        return self._run(f"FETCH {AT_ONCE} FROM {name}", (), may_be_prepared=False).rows

    def _run(self, sql: str, values: Values, *, may_be_prepared: bool = True) -> Told:
        """Run the statement, behind those that were said."""
        (told,) = self._send(Statement(sql, values, may_be_prepared))
        return told

    def _begun(self) -> Link:
        """Return the connection, on which the transaction has begun, and all is done that was said."""
        if self._link is None or self._ahead:
            self._send()
        return cast("Link", self._link)

    def _send(self, *last: Statement) -> Sequence[Told]:
        """Run what was said, and the last statements; return what each of the last told."""
        statements, self._ahead = [*with_rows_together(self._ahead), *last], []
        if self._link is None:
            return self._seat.begin(lambda link: self._begin(link, statements, len(last)))
        return self._link.trip(statements, len(last))

    def _begin(self, link: Link, statements: Sequence[Statement], last: int) -> Sequence[Told]:
        self._link = link
        return link.trip([*link.beginning(self._beginning), *statements], last)


_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Writing(Transaction):
    """A transaction that writes.

    It reads what others have committed by the time of each statement, and takes an advisory lock of each
    owner before it looks at what is theirs.

    What is shared many look at side by side. Of those that change it then, all but one wait for each other,
    and lose the race. One that `comes_again` keeps others from what is shared as soon as it looks at it.

    For a lock for which a part has waited in vain as long as it may, later ones wait no more than a moment.
    """

    def __init__(self, seat: Seat, beginning: Beginning, *, comes_again: bool = False) -> None:
        super().__init__(seat, beginning)
        self._comes_again = comes_again
        self.has_lost_race = False
        self._waited_for: set[int] = set()
        self._owned: set[int] = set()
        self._sees_shared = False
        self._savepoints: list[_Savepoint] = []
        self._savepoint_numbers = count()
        self._trips = 0
        self.failure: psycopg.Error | ServiceUnavailable | None = None

    def own(self, *owners: int | None) -> bool:
        """Wait until nobody else writes what is the owners'."""
        missing = {owner or SHARED for owner in owners} - self._owned
        if not missing:
            return False
        self._set_savepoints()
        for owner in sorted(missing):
            self._ahead.append(self._lock("pg_advisory_xact_lock", owner))
            self._owned.add(owner)
        return True

    def see(self, *owners: int | None) -> bool:
        """Wait until nobody else writes what is the owners'; what is shared many may see at once."""
        may_have_changed = self.own(*(owner for owner in owners if owner))
        if all(owners) or self._sees_shared or SHARED in self._owned:
            return may_have_changed
        if self._comes_again:
            return self.own(SHARED)
        self._set_savepoints()
        self._ahead.append(self._lock("pg_advisory_xact_lock_shared", SHARED))
        self._sees_shared = True
        return True

    def answers(self, *queries: Statement) -> list[list[Row]]:
        """Return all rows that each of the queries finds, on one way."""
        return [told.rows for told in self._send(*queries)]

    def change(self, sql: str, values: Values = (), *, is_apart: bool = False) -> int:
        """Run a statement that changes something; return how many rows it changed."""
        self._change(is_apart=is_apart)
        return self._run(sql, values).number

    def changed(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a statement that changes something; return the rows that it tells."""
        self._change()
        return self._run(sql, values).rows

    def say(self, sql: str, values: Values = ()) -> None:
        """Run a statement that changes something, together with the next one."""
        self._set_savepoints()
        self._ahead.append(Statement(sql, values))

    def say_row(self, sql: str, row: Row) -> None:
        """Run a statement with this row and others that are said of it."""
        self._set_savepoints()
        self._ahead.append(OfRow(sql, row))

    def change_many(self, sql: str, values: Iterable[Row]) -> None:
        """Run a statement that changes something with each of the values."""
        self._change()
        for one in values:
            self._ahead.append(Statement(sql, one))
        self._begun()

    def copy(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Add very many rows with these columns."""
        self._change()
        link = self._begun()
        with self._watched(), link.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as target:
            for row in rows:
                target.write_row(row)

    def begin_part(self) -> None:
        """Begin a part of the transaction that can be undone alone, as far as the connection is there.

        Its savepoint is set once it changes something. It is not released: it goes with the transaction. No
        other one has its name: where it was not set, because what was said before it failed, going back to it
        must fail, too, rather than undo an earlier part.
        """
        name = f"part_{next(self._savepoint_numbers)}"
        self._savepoints.append(_Savepoint(name, frozenset(self._owned), self._sees_shared))

    def end_part(self) -> None:
        """End the part that began last.

        If all that it changed is only said yet, its savepoint is not needed, and what it said may go together
        with what the next part says.
        """
        point = self._savepoints.pop()
        if point.said_at is not None and point.said_at[0] == self._trips:
            del self._ahead[point.said_at[1]]

    def undo_part(self) -> None:
        """Undo the part that began last."""
        self._undo(self._savepoints.pop())

    def unhurried(self) -> AbstractContextManager[None]:
        """Let the statements of the block take long."""
        self._set_savepoints()
        return super().unhurried()

    def unlimited(self) -> AbstractContextManager[None]:
        """Let the statements of the block take as long as they need."""
        self._set_savepoints()
        return super().unlimited()

    def require_sound(self) -> None:
        """Raise the failure that made PostgreSQL give up the transaction: what follows must not commit."""
        if self._link is None and self.failure is None:
            return
        if self._link is None or self._link.pgconn.transaction_status != TransactionStatus.INTRANS:
            raise self.failure or psycopg.OperationalError("the connection is lost")

    def commit(self, *last: Statement) -> None:
        """Run the last statements and commit.

        Not on the first way there and back, which is made again where an idle connection turns out lost.
        """
        if self._link is None:
            self._begun()
        self._send(*last, _COMMIT)

    def roll_back(self) -> None:
        """Undo everything, if the connection is still there."""
        if self._link is not None and not self._link.closed:
            try:
                self._link.execute("ROLLBACK")
            except psycopg.Error:
                self._link.close()

    def _change(self, *, is_apart: bool = False) -> None:
        """Set the savepoints around a change, and forget what it may make untrue."""
        self._set_savepoints()
        if not is_apart:
            self.places.forget()

    def _set_savepoints(self) -> None:
        """Set the savepoints around what is about to be done, as far as they are not set."""
        for point in self._savepoints:
            if point.said_at is None:
                point.said_at = self._trips, len(self._ahead)
                self._ahead.append(Statement(f"SAVEPOINT {point.name}"))

    def _undo(self, point: "_Savepoint") -> None:
        """Undo what was done since the savepoint, or take back what was only said."""
        if point.said_at is None:
            return
        self.places.forget()
        trips, position = point.said_at
        if trips == self._trips:
            del self._ahead[position:]
        else:
            self._ahead.clear()
            if not self._goes_back(point):
                return
            self.failure = None
        self._owned, self._sees_shared = set(point.owned), point.sees_shared

    def _goes_back(self, point: "_Savepoint") -> bool:
        """Go back to the savepoint; return whether that could be done."""
        link = self._link
        if link is None or link.closed:
            return False
        if isinstance(self.failure, _WAITED):
            self._waited_for |= self._locked_since(point)
        try:
            link.execute(f"ROLLBACK TO {point.name}; RELEASE {point.name}")
        except psycopg.Error:
            return False
        return True

    def _locked_since(self, point: "_Savepoint") -> set[int]:
        """Return the owners whose lock was taken or asked for since the savepoint."""
        shared = {SHARED} if self._sees_shared and not point.sees_shared else set()
        return (self._owned - point.owned) | shared

    def _lock(self, function: str, owner: int) -> Statement:
        sql = _LOCK_BRIEFLY if owner in self._waited_for else _LOCK
        return Statement(sql.format(function=function), (_LOCKS, owner % _LOCKED_APART))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Remember why the transaction was given up, for everybody whose part is lost by that."""
        try:
            yield
        except psycopg.errors.InFailedSqlTransaction as error:
            raise self.failure or error from error
        except (psycopg.Error, ServiceUnavailable) as error:
            self.failure = self.failure or error
            self.has_lost_race |= isinstance(error, psycopg.errors.DeadlockDetected)
            raise

    def _send(self, *last: Statement) -> Sequence[Told]:
        if self.failure is not None and self._link is None:
            raise self.failure
        self._trips += 1
        with self._watched():
            return super()._send(*last)


@define(eq=False)
class _Savepoint:
    """A place to go back to, and whose rows are one's own there.

    It was `said_at` so many trips, in front of so many statements that were said; None if it is not set.
    """

    name: str
    owned: frozenset[int]
    sees_shared: bool
    said_at: tuple[int, int] | None = None


class Looking(Transaction):
    """Looks at what a transaction that writes has written so far, and takes no changes."""

    def __init__(self, writing: Writing, seat: Seat) -> None:
        super().__init__(seat, NO_BEGINNING)
        self._writing = writing
        self._cursors = writing._cursors  # noqa: SLF001  # the same transaction

    def own(self, *owners: int | None) -> bool:
        """Wait as the transaction does: what is read here is relied on, too."""
        return self._writing.own(*owners)

    def see(self, *owners: int | None) -> bool:
        """Wait as the transaction does."""
        return self._writing.see(*owners)

    def _run(self, sql: str, values: Values, *, may_be_prepared: bool = True) -> Told:
        return self._writing._run(sql, values, may_be_prepared=may_be_prepared)  # noqa: SLF001  # the same transaction

    def _begun(self) -> Link:
        return self._writing._begun()  # noqa: SLF001  # the same transaction


def columns_of(rows: Iterable[Row], width: int = 0) -> list[list[Any]]:
    """Return the rows' columns as arrays, for `unnest`; as many empty ones where there is no row."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or cast("list[list[Any]]", [[] for _ in range(width)])
