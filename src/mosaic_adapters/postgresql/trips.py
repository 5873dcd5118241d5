"""Statements that go to PostgreSQL together: one way there and back for all of them.

libpq's pipeline mode is used as it is: psycopg's own sends each statement by itself, and takes several times
as long for it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, count
from typing import Any, NamedTuple

import psycopg
from psycopg import errors, generators
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from mosaic_adapters.postgresql.runs import current_run
from mosaic_core.errors import TakesLong

Row = tuple[Any, ...]
_Key = tuple[bytes, tuple[int, ...]]
"""A statement and the types of its values."""

_PREPARED_AFTER = 2
"""A statement that came so often on a connection is prepared there."""

_MOST_ROWS = 32
"""More rows of a statement are said in several: each number of them is a statement by itself."""

_MOST_ON_LOOP = 20_000
"""So many values take some milliseconds to load, which is as long as others may wait for the event loop."""

_MOST_PREPARED = 512
_MOST_SEEN = 4096
_VALUE = re.compile(r"%(?:s|\((\w+)\)s)")
_DONE = {ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK}


class Statement(NamedTuple):
    """A statement and its values, in order or by name, for `%s` or `%(name)s`.

    If it comes often, it is prepared, unless it is not to be.
    """

    sql: str
    values: Any = ()
    may_be_prepared: bool = True


class OfRow(NamedTuple):
    """A statement for rows, which stand for its `{rows}`, and one of them."""

    sql: str
    row: Row


class Told(NamedTuple):
    """The rows that a statement tells, and how many rows it tells or changed."""

    rows: list[Row]
    number: int


def with_rows_together(said: Iterable[Statement | OfRow]) -> Iterator[Statement]:
    """Yield the statements; of those for rows that come one after the other, each once with all its rows."""
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for one in said:
        if isinstance(one, OfRow):
            rows[one.sql].append(one.row)
            continue
        yield from _of_all(rows)
        rows.clear()
        yield one
    yield from _of_all(rows)


def _of_all(rows_of: Mapping[str, Sequence[Row]]) -> Iterator[Statement]:
    for sql, rows in rows_of.items():
        for start in range(0, len(rows), _MOST_ROWS):
            some = rows[start : start + _MOST_ROWS]
            yield Statement(_with_rows(sql, len(some), len(some[0])), list(chain.from_iterable(some)))


@cache
def _with_rows(sql: str, number: int, width: int) -> str:
    """Return the statement with places for so many rows of so many values."""
    row = f"({', '.join(['%s'] * width)})"
    return sql.format(rows=", ".join([row] * number))


class Trips:
    """Sends statements on a connection, and takes what they tell."""

    def __init__(self, link: "psycopg.Connection[Row]") -> None:
        self._link = link
        self._transformer = Transformer(link)
        self._prepared: dict[_Key, bytes] = {}
        self._seen: Counter[_Key] = Counter()
        self._numbers = count()

    def run(self, statements: Sequence[Statement], last: int, *, may_prepare: bool) -> Sequence[Told]:
        """Run the statements; return what so many of the last ones told.

        Raises the failure of the first that fails.
        """
        if not statements:
            return ()
        asked = self._all_asked(statements, may_prepare=may_prepare)
        if len(asked) == 1 and not asked[0].is_new:
            asked[0].send(self._link.pgconn)
            results = self._link.wait(generators.execute(self._link.pgconn))
            _require_done(results)
        else:
            results = self._piped(asked)
        return [self._told(result) for result in results[len(results) - last :]]

    def _piped(self, asked: Sequence["_Asked"]) -> list[PGresult]:
        """Send all at once; return their results."""
        pgconn = self._link.pgconn
        pgconn.enter_pipeline_mode()
        prepared: list[_Asked | None] = []
        for one in asked:
            if one.is_new:
                one.prepare(pgconn)
                prepared.append(one)
            one.send(pgconn)
            prepared.append(None)
        pgconn.pipeline_sync()
        results = self._link.wait(_fetched(pgconn, len(prepared) + 1))
        pgconn.exit_pipeline_mode()
        results.pop()  # that of the sync
        of_statements = []
        for new, result in zip(prepared, results, strict=False):  # fewer if the connection is lost
            if new is None:
                of_statements.append(result)
            elif result.status in _DONE:  # and stays so, whatever fails behind it
                self._prepared[new.key] = new.name
        _require_done(results)
        return of_statements

    def _all_asked(self, statements: Sequence[Statement], *, may_prepare: bool) -> list["_Asked"]:
        names: dict[_Key, bytes] = {}
        try:
            return [self._asked(one, names, may_prepare=may_prepare) for one in statements]
        except BaseException:
            if len(statements) > 1:
                self._link.close()  # what comes next may rely on those that are not run
            raise

    def _asked(self, statement: Statement, names: dict[_Key, bytes], *, may_prepare: bool) -> "_Asked":
        """Return the statement as it is sent; `names` are those that this trip prepares before it."""
        transformer, values = self._transformer, statement.values
        if values:
            query, places = _numbered(statement.sql)
            if places:
                values = [values[place] for place in places]
        else:
            query = statement.sql.encode()
        params = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
        key = query, tuple(transformer.types or ())
        name = self._prepared.get(key) or names.get(key, b"")
        is_new = may_prepare and statement.may_be_prepared and not name and self._is_frequent(key)
        if is_new:
            name = names[key] = b"mosaic_%d" % next(self._numbers)
        return _Asked(key, name, is_new, params, transformer.formats)

    def _is_frequent(self, key: _Key) -> bool:
        """Return whether the statement has come so often that it is prepared, if there is room for it."""
        if len(self._seen) > _MOST_SEEN:
            self._seen.clear()
        self._seen[key] += 1
        return self._seen[key] >= _PREPARED_AFTER and len(self._prepared) < _MOST_PREPARED

    def _told(self, result: PGresult) -> Told:
        if result.status != ExecStatus.TUPLES_OK:
            return Told([], result.command_tuples or 0)
        if result.ntuples * result.nfields > _MOST_ON_LOOP and current_run() is not None:
            raise TakesLong
        self._transformer.set_pgresult(result)
        return Told(self._transformer.load_rows(0, result.ntuples, tuple), result.ntuples)


class _Asked(NamedTuple):
    """A statement with its values as they are sent, and the name under which it is or will be prepared."""

    key: _Key
    name: bytes
    is_new: bool
    params: Sequence[Buffer | None]
    formats: Sequence[Format] | None

    def prepare(self, pgconn: PGconn) -> None:
        """Have the statement prepared under its name."""
        query, types = self.key
        pgconn.send_prepare(self.name, query, param_types=types)

    def send(self, pgconn: PGconn) -> None:
        """Send the statement."""
        query, types = self.key
        if self.name:
            pgconn.send_query_prepared(self.name, self.params, self.formats, Format.BINARY)
        else:
            pgconn.send_query_params(query, self.params, types, self.formats, Format.BINARY)


def _fetched(pgconn: PGconn, number: int) -> PQGen[list[PGresult]]:
    """Send what was said; return so many results."""
    yield from generators.send(pgconn)
    results: list[PGresult] = []
    while len(results) < number:
        results += yield from generators.fetch_many(pgconn)
    return results


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the statement with numbers in place of `%s` or `%(name)s`, and the names in their order."""
    names: dict[str, int] = {}
    numbers = count(1)

    def number(found: re.Match[str]) -> str:
        name = found[1]
        return f"${next(numbers) if name is None else names.setdefault(name, len(names) + 1)}"

    return _VALUE.sub(number, sql).encode(), tuple(names)


def _require_done(results: Iterable[PGresult]) -> None:
    """Raise the first failure."""
    for result in results:
        if result.status not in _DONE:
            raise _failure(result)


def _failure(result: PGresult) -> psycopg.Error:
    """Return the error that the result tells; one without a code is libpq's word of a lost connection."""
    error = errors.error_from_result(result, encoding="utf-8")
    return error if error.sqlstate else psycopg.OperationalError(str(error))
