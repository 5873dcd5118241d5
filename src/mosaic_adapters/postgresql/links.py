"""Connections to PostgreSQL that wait for no answer longer than they may."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Self, TypeVar

import psycopg
from psycopg import errors, generators
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import wait_async

from mosaic_adapters.postgresql.arrays import ListDumper
from mosaic_adapters.postgresql.runs import awaited, current_run
from mosaic_adapters.postgresql.trips import Row, Statement, Told, Trips
from mosaic_core.errors import ServiceUnavailable, TakesLong

RV = TypeVar("RV")

_GRACE_SECONDS = 2.0
"""So much later than PostgreSQL itself a connection gives a statement up: a busy machine cancels it late."""

_PROBE_SECONDS = 1.0
"""So often somebody tries again whether a database that gave no answer gives one now."""

_LIFE_SECONDS = 1800.0
"""Older connections are replaced: those to a server that is about to be taken away end by themselves."""

_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

_NO_END = 2e6
"""Some weeks."""

_BULK = 20
"""Statements on very many rows may take so many times as long as others."""

_ENDED = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleSessionTimeout,
)
"""What PostgreSQL says when it ends a session."""


class Beginning(NamedTuple):
    """What begins a transaction: in a session of PostgreSQL itself, and behind a pooler."""

    in_session: Sequence[Statement]
    behind_pooler: Sequence[Statement]


NO_BEGINNING = Beginning((), ())
PLAIN = Beginning((Statement("BEGIN"),), (Statement("BEGIN"),))


class Link(psycopg.Connection[Row]):
    """A connection whose every wait has an end, whatever became of the server and the network.

    One that waited too long is closed: what became of its statement is not known. `is_session` says that
    what is set and prepared on it stays so.
    """

    patience = 5.0
    born = 0.0
    is_session = False
    is_finishing = False
    on_silence: Callable[[], object] = staticmethod(lambda: None)

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        self._trips = Trips(self)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for what the server says, at most as long as this connection has patience."""
        longest = self.patience + _GRACE_SECONDS if timeout is None else timeout
        run = current_run()
        try:
            if run is not None:
                return awaited(wait_async(gen, self.pgconn.socket, longest, longest))
            return super().wait(gen, interval, longest)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001  # what its `timeout` raises
            self.close()
            self.on_silence()
            raise psycopg.OperationalError("the server gave no answer in time") from error

    def reaches_session(self) -> bool:
        """Return whether this is a session of PostgreSQL itself, in which statements stay prepared.

        Behind a pooler the next transaction may be another session's. A pooler tells a process id of its own.
        """
        return self.execute("SELECT pg_backend_pid()").fetchone() == (self.pgconn.backend_pid,)

    def beginning(self, beginning: Beginning) -> Sequence[Statement]:
        """Return what begins a transaction here."""
        return beginning.in_session if self.is_session else beginning.behind_pooler

    def trip(self, statements: Sequence[Statement], last: int = 1) -> Sequence[Told]:
        """Run the statements on one way there and back; return what so many of the last ones told.

        Raises the failure of the first that fails. Those behind it are not run.
        """
        return self._trips.run(statements, last, may_prepare=self.is_session)

    def finish(self) -> None:
        """Send the end of a transaction that has only read; `take_up` takes the answer."""
        self.pgconn.send_query(b"COMMIT")
        self.wait(generators.send(self.pgconn))
        self.is_finishing = True

    def take_up(self) -> None:
        """Take the answer to the end of the last transaction."""
        if self.is_finishing:
            self.wait(generators.fetch_many(self.pgconn))
            self.is_finishing = False

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let the statements of the block, which is within a transaction, take much longer."""
        with self._limited_to(self.patience * _BULK):
            yield

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """Let the statements of the block, which is within a transaction, take as long as they need."""
        with self._limited_to(_NO_END):
            yield

    @contextmanager
    def _limited_to(self, seconds: float) -> Iterator[None]:
        patience, self.patience = self.patience, seconds
        try:
            self._set_limit(seconds)
            yield
        finally:
            self.patience = patience
            if self.pgconn.transaction_status == TransactionStatus.INTRANS:
                self._set_limit(patience)

    def _set_limit(self, seconds: float) -> None:
        self.execute(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")


class _UtcLoader(Loader):
    """Reads a time that has the offset of the session's zone as one in UTC."""

    def load(self, data: Buffer) -> dt.datetime:
        """Return the time in UTC."""
        return dt.datetime.fromisoformat(bytes(data).decode()).astimezone(dt.UTC)


class _UtcBinaryLoader(Loader):
    """Reads a time, which comes as microseconds since PostgreSQL's epoch."""

    format = Format.BINARY

    def load(self, data: Buffer) -> dt.datetime:
        """Return the time in UTC."""
        return _EPOCH + dt.timedelta(microseconds=int.from_bytes(data, "big", signed=True))


class Links:
    """The connections of one store: at most so many, made when they are needed and used again.

    While the database gives no answer, one caller at a time tries whether it does again, and all others are
    told at once.
    """

    def __init__(self, url: str, most: int, patience: float) -> None:
        """Name the database; `patience` is in seconds, for a free connection and for each statement."""
        self._url = url
        self._patience = patience
        self._free = most
        self._idle: list[Link] = []
        self._lock = threading.Lock()
        self._seat_is_free = threading.Condition(self._lock)
        self._is_silent = False
        self._next_try = 0.0
        self._is_closed = False
        given = parts_of(url)
        wanted: dict[str, Any] = {
            "connect_timeout": max(2, round(patience)),
            "fallback_application_name": "mosaic",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": round(1000 * patience),
        }
        self._options = {name: value for name, value in wanted.items() if name not in given}

    def connect(self) -> Link:
        """Return a connection beside those that are counted; whoever asks closes it.

        Raises TakesLong on an event loop.
        """
        if current_run() is not None:
            raise TakesLong
        try:
            link = Link.connect(self._url, autocommit=True, prepare_threshold=None, **self._options)
        except psycopg.OperationalError:
            self.fell_silent()
            raise
        link.patience = self._patience
        link.born = time.monotonic()
        link.on_silence = self.fell_silent
        for loader in (_UtcLoader, _UtcBinaryLoader):
            link.adapters.register_loader("timestamptz", loader)
        link.adapters.register_dumper(list, ListDumper)
        if link.reaches_session():
            link.is_session = True
            link.execute(
                f"SET statement_timeout = {round(self._patience * 1000)};"
                " SET plan_cache_mode = force_generic_plan"
            )
        return link

    def seat(self) -> "Seat":
        """Return the right to one connection, which is taken by its block.

        The block raises ServiceUnavailable when none becomes free in time; on an event loop, TakesLong when
        none is free.
        """
        return Seat(self)

    def close(self) -> None:
        """Close what is idle, and the others when they come back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()

    def idle_one(self) -> Link | None:
        """Return a connection that was used before, if one is idle."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def take_seat(self) -> None:
        """Take the right to one connection."""
        run = current_run()
        if run is not None:
            awaited(run.take_turn())
        with self._seat_is_free:
            if run is not None and not self._free:
                raise TakesLong
            if not self._free and not self._seat_is_free.wait_for(lambda: self._free, self._patience):
                raise ServiceUnavailable("All connections to the database are busy", {"retry_after": 1})
            self._free -= 1

    def give_back(self, link: Link | None) -> None:
        """Give the right back, and the connection, which is kept if it is sound."""
        if link is not None and not _is_sound(link):
            link.close()
            link = None
        with self._seat_is_free:
            self._free += 1
            self._seat_is_free.notify()
            if link is not None and not self._is_closed:
                self._idle.append(link)
                link = None
        if link is not None:
            link.close()

    @property
    def is_silent(self) -> bool:
        """Whether the database gave no answer when it was last asked."""
        return self._is_silent

    def heard(self) -> None:
        """Note that the database answers."""
        self._is_silent = False

    def require_answers(self) -> None:
        """Raise ServiceUnavailable while the database gives no answer, but for one caller in a while.

        That one tries for all others, who are told at once meanwhile.
        On an event loop raise TakesLong: that caller may have to wait long.
        """
        if not self._is_silent:
            return
        if current_run() is not None:
            raise TakesLong
        with self._lock:
            self.require_chance()
            self._next_try = time.monotonic() + max(_PROBE_SECONDS, self._patience)

    def require_chance(self) -> None:
        """Raise ServiceUnavailable while the database gives no answer and nobody is to try again."""
        if self._is_silent and time.monotonic() < self._next_try:
            raise ServiceUnavailable("The database cannot be reached at present", {"retry_after": 1})

    def fell_silent(self) -> None:
        """Note that the database gave no answer."""
        with self._lock:
            self._is_silent = True
            self._next_try = time.monotonic() + _PROBE_SECONDS
            idle, self._idle = self._idle, []
        for link in idle:  # each would have to be waited for
            link.close()


class Seat:
    """The right to one of the connections, which is chosen by the first work on it.

    Its block ends the connection's transaction, or the connection is lost.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self.link: Link | None = None

    def __enter__(self) -> Self:
        self._links.take_seat()
        return self

    def __exit__(self, *_: object) -> None:
        self._links.give_back(self.link)

    def begin(self, work: Callable[[Link], RV]) -> RV:
        """Return what the work does on a connection; there must have been none before.

        One that was lost while it was idle is replaced by the next, at last by a new one. Raises
        ServiceUnavailable if the database gives no answer.
        """
        self._links.require_answers()
        while (link := self._links.idle_one()) is not None:
            try:
                return self._begun(link, work)
            except psycopg.OperationalError as error:
                if self._links.is_silent or not is_end(error):
                    raise
                link.close()
        return self._begun(self._links.connect(), work)

    def _begun(self, link: Link, work: Callable[[Link], RV]) -> RV:
        self.link = link
        link.take_up()
        done = work(link)
        self._links.heard()
        return done


def _is_sound(link: Link) -> bool:
    is_over = link.is_finishing or link.pgconn.transaction_status == TransactionStatus.IDLE
    return is_over and not link.closed and time.monotonic() - link.born < _LIFE_SECONDS


def is_end(error: psycopg.OperationalError) -> bool:
    """Return whether the session is over: PostgreSQL said so, or the connection is lost without a word."""
    return error.sqlstate is None or isinstance(error, _ENDED)


def parts_of(url: str) -> dict[str, Any]:
    """Return what the URL says, by libpq's names. Raises ServiceUnavailable, which repeats none of it."""
    try:
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ServiceUnavailable(
            "The URL of the PostgreSQL database cannot be understood; its parts must be percent-encoded"
        ) from None


def told_place(url: str) -> str:
    """Return host and name of the database, as messages may tell them."""
    given = parts_of(url)
    host = given.get("host") or given.get("hostaddr") or "this machine"
    return f"the PostgreSQL database {given.get('dbname') or given.get('user') or ''} at {host}"
