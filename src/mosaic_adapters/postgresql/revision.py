"""Noticing what other servers commit."""

import secrets
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg

from mosaic_adapters.postgresql.errors import translated
from mosaic_adapters.postgresql.links import Link, Links, is_end
from mosaic_adapters.postgresql.runs import Run
from mosaic_adapters.postgresql.trips import Statement

_ASKED = """
    SELECT coalesce(sum(number) FILTER (WHERE server <> %s), 0)::bigint,
           CASE WHEN max(raised_at) <= now() - %s * interval '1 second'
                THEN concat_ws('-', sum(number), extract(epoch FROM max(raised_at))) ELSE '' END
    FROM revision"""
"""What others have counted, and, unless it changes all the time, what all have, with the time of the last
commit: a database that has lost its last commits, in a failover or a restore, counts to the same numbers."""

QUIET_SECONDS = 1.0
"""What is computed for a state that lives shorter is of use to nobody else, and looking for it and keeping it
takes a sixth of the processor time that statistics or an agenda take, and two fifths of a Today's."""

_RAISE = """
    INSERT INTO revision (server, slot, number) VALUES (%s, %s, 1)
    ON CONFLICT (server, slot) DO UPDATE SET number = revision.number + 1, raised_at = now()"""
_FOLD = """
    WITH gone AS (DELETE FROM revision WHERE server <> 0 AND raised_at < now() - interval '1 day'
                  RETURNING number)
    INSERT INTO revision (server, slot, number) SELECT 0, 0, sum(number) FROM gone HAVING count(*) > 0
    ON CONFLICT (server, slot) DO UPDATE SET number = revision.number + excluded.number"""
"""What ended servers have counted goes to one row: the sum of all stays what it was."""


class Revision:
    """Counts the commits of other servers.

    Each server has a few rows of its own, of which every writing transaction raises one; what stands in the
    rows of others is their work. Transactions of one server that run side by side raise different rows, so
    none waits for the commit of another. The question is asked over a connection kept for it: by an event
    loop while it turns, or by one thread after another. Only a thread makes the connection, and makes it
    again where it was lost.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._kept: list[Link] = []
        self._is_closed = False
        self.state = ""
        self._questions = count(1)
        self._state_is_of = 0
        self._server = _new_server()
        self._slots: list[int] = []
        self._most_slots = 0
        self._lock = threading.Lock()
        self._asking = threading.Lock()

    def elsewhere(self) -> int:
        """Return how many commits of others there were; the number never shrinks."""
        with self._asking:
            return self._ask()

    def awaited_elsewhere(self) -> Coroutine[Any, Any, int]:
        """Return what `elsewhere` does, while the event loop turns."""
        return Run(self._ask).result()

    @contextmanager
    def raising(self) -> Iterator[Statement]:
        """Give the statement that raises a number, for the transaction that the block commits.

        If the block fails, nobody knows whether the commit happened, or is yet to happen. Then all that this
        server has committed so far counts as that of another one, and so will that commit.
        """
        server, slot = self._server, self._slot()
        try:
            yield Statement(_RAISE, (server, slot))
        except BaseException:
            self._server = _new_server()
            raise
        finally:
            self._slots.append(slot)

    def close(self) -> None:
        """Release the connection, or have it released once it has been asked."""
        with self._lock:
            self._is_closed = True
            kept, self._kept = self._kept, []
        for link in kept:
            link.close()

    def _slot(self) -> int:
        with self._lock:
            if not self._slots:
                self._most_slots += 1
                return self._most_slots
            return self._slots.pop()

    def _ask(self) -> int:
        """Ask on the connection that is kept, or, if that is lost, on a new one."""
        with translated():
            self._links.require_answers()
            link = self._take()
            if link is not None:
                try:
                    return self._number(link)
                except psycopg.OperationalError as error:
                    if self._links.is_silent or not is_end(error):
                        raise
            return self._number(self._links.connect())

    def _number(self, link: Link) -> int:
        """Return the answer on this connection, which is kept, or closed if it gave none."""
        question = next(self._questions)
        try:
            (told,) = link.trip([Statement(_ASKED, (self._server, QUIET_SECONDS))])
            ((number, state),) = told.rows
        except BaseException:
            link.close()
            raise
        self._note(state, question)
        self._links.heard()
        self._keep(link)
        return int(number)

    def _note(self, state: str, question: int) -> None:
        """Note the state that the question told, unless one that began later has told its own."""
        with self._lock:
            if question > self._state_is_of:
                self.state, self._state_is_of = state, question

    def _take(self) -> Link | None:
        with self._lock:
            return self._kept.pop() if self._kept else None

    def _keep(self, link: Link) -> None:
        with self._lock:
            if not self._is_closed:
                self._kept.append(link)
                return
        link.close()


def fold(link: Link) -> None:
    """Forget the rows of servers that have not written for a day; no server takes that for a commit."""
    link.execute(_FOLD)


def _new_server() -> int:
    return secrets.randbelow(2**63 - 1) + 1
