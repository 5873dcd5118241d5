"""Every query on a user's path is served by an index of PostgreSQL's, however much others have written."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import psycopg
import pytest
from attrs import define, field

from mosaic_adapters.postgresql.links import NO_BEGINNING, Link, Links, Seat
from mosaic_adapters.postgresql.transaction import Transaction
from mosaic_adapters.postgresql.trips import Statement, Told
from mosaic_adapters.postgresql.unit import PostgresqlUnit, WriterUnit
from mosaic_core.entries.model import EntryFilter
from mosaic_core.paging import Page
from mosaic_core.testing import a_user
from mosaic_core.testing.wearable_records import heart, read, sleep, stage, steps
from mosaic_core.wearables.etl import WearableETL
from mosaic_core.wearables.model import OVER_ALL, RawFilter, Source
from support import NOON, an_activity, an_entry
from support_plans import ADA, DAY, READS
from support_postgresql import drop, emptied, new_database

pytestmark = pytest.mark.postgresql

Node = Mapping[str, Any]
T = TypeVar("T")


class Taken(Seat):
    """A seat whose connection is chosen."""

    def __init__(self, links: Links, link: Link) -> None:
        super().__init__(links)
        self.link = link

    def begin(self, work: Callable[[Link], T]) -> T:
        assert self.link is not None
        return work(self.link)


@define
class Recorded:
    """A connection, and what was run on it."""

    link: Link
    seat: Seat
    statements: list[Statement] = field(factory=list)

    def plans(self, run: Callable[[], object]) -> list[Node]:
        """Return the nodes of the plans of all that `run` executes."""
        self.statements.clear()
        run()
        told = [(sql, values) for sql, values, _ in self.statements if _is_planned(sql)]
        assert told
        return [node for sql, values in told for node in self._explained(sql, values)]

    def _explained(self, sql: str, values: object) -> Iterator[Node]:
        query = sql.partition(" CURSOR FOR ")[2] or sql
        with psycopg.Cursor(self.link) as cursor:
            row = cursor.execute(f"EXPLAIN (FORMAT JSON) {query}".encode(), values).fetchone()  # type: ignore[call-overload]
        assert row is not None
        (plan,) = row[0] if isinstance(row[0], list) else json.loads(row[0])
        yield from _nodes(plan["Plan"])


def _is_planned(sql: str) -> bool:
    return not sql.startswith(("SAVEPOINT", "FETCH", "CLOSE", "SET", "SELECT pg_advisory"))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database of which PostgreSQL takes no statistics by itself: plans would depend on when it does."""
    made = new_database()
    with psycopg.connect(made) as link:
        for (table,) in link.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid > 16383"
        ).fetchall():
            link.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)".encode())
    yield made
    drop(made)


@pytest.fixture
def recorded(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """A connection in a transaction that is told to take an index wherever there is one."""
    links = Links(emptied(url), 1, 30.0)
    with closing(links.connect()) as link:
        made = Recorded(link, Taken(links, link))
        trip = link.trip

        def recording(statements: Sequence[Statement], last: int) -> Sequence[Told]:
            made.statements += statements
            return trip(statements, last)

        monkeypatch.setattr(link, "trip", recording)

        link.execute("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = on")
        yield made


@pytest.fixture
def unit(recorded: Recorded) -> PostgresqlUnit:
    """A unit in which Ada and everybody own an activity and an entry."""
    filled = WriterUnit(recorded.seat, NO_BEGINNING)
    assert filled.users.add(a_user("ada")).id == ADA
    for owner in (ADA, None):
        filled.activities.add(an_activity(user_id=owner, name="Run"))
        filled.entries.add_many([an_entry(owner, activity="Run", day=DAY)])
    filled.pending.touch(ADA, [DAY])
    filled.settle()
    return filled


def unserved(recorded: Recorded, nodes: Sequence[Node]) -> list[str]:
    """Return the nodes that read a table, or all of an index, from one end to the other."""
    return [
        f"{node['Node Type']} {node.get('Relation Name')} {node.get('Index Name')} {node.get('Index Cond')}"
        for node in nodes
        if node["Node Type"] == "Seq Scan"
        or ("Index Name" in node and not _is_narrow(first_column(recorded, node["Index Name"]), node))
    ]


def _is_narrow(column: str, node: Node) -> bool:
    """Return whether the index is read only where its first column has certain values."""
    return f"({column} " in node.get("Index Cond", "") or f"{column} = " in node.get("Index Cond", "")


def first_column(recorded: Recorded, index: str) -> str:
    with psycopg.Cursor(recorded.link) as cursor:
        row = cursor.execute(
            "SELECT pg_get_indexdef(indexrelid, 1, false) FROM pg_index WHERE indexrelid = %s::regclass",
            (index,),
        ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("name", READS)
def test_a_read_scans_no_table(recorded: Recorded, unit: PostgresqlUnit, name: str) -> None:
    nodes = recorded.plans(lambda: (READS[name](unit), unit.users.get(ADA)))  # the last sends what was said
    assert unserved(recorded, nodes) == []


def test_a_plan_that_scans_is_told(recorded: Recorded, unit: PostgresqlUnit) -> None:
    transaction = Transaction(recorded.seat, NO_BEGINNING)
    for query in (
        "SELECT * FROM entries WHERE note = 'x'",
        "SELECT user_id, day FROM entries WHERE day = '2026-01-02'",
    ):
        assert unserved(recorded, recorded.plans(partial(transaction.rows, query)))
    assert unit.users.get(ADA) is not None


def test_wearables_are_taken_in_read_and_removed_by_indexes(recorded: Recorded, unit: PostgresqlUnit) -> None:
    wearables = unit.wearables
    told = [
        heart("h", "2026-01-02T10:00:00Z", variability_ms=1),
        steps("s", "2026-01-01T22:00:00Z", "2026-01-02T02:00:00Z"),
        sleep("n", "2026-01-01T22:00:00Z", "2026-01-02T06:00:00Z"),
        stage("st", "2026-01-01T22:00:00Z", "2026-01-01T23:00:00Z", "n"),
    ]

    def ingest() -> None:
        source = wearables.add_source(Source(0, ADA, "App", "watch", "", 0, 0, NOON))
        kept = wearables.add_raw(source, "UTC", NOON, read(told).records)
        assert WearableETL(wearables, ADA).process(source.id, kept).processed == 4
        wearables.aggregates(ADA, OVER_ALL, DAY, DAY)
        wearables.raw_page(ADA, RawFilter(), Page())
        wearables.remove_canonical(ADA, [one.id for one in wearables.raw_after(ADA, source.id, None, 10)])
        assert not wearables.touched_by(ADA, source.id).heart
        wearables.delete_source(ADA, source.id)

    assert unserved(recorded, recorded.plans(ingest)) == []


def test_what_goes_with_its_owner_is_found_by_an_index(recorded: Recorded) -> None:
    with psycopg.Cursor(recorded.link) as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, conname FROM pg_constraint AS c
               WHERE contype = 'f' AND NOT EXISTS (
                   SELECT FROM pg_index WHERE indrelid = conrelid
                   AND (string_to_array(indkey::text, ' ')::smallint[])[1:cardinality(conkey)] @> conkey)"""
        )
        assert cursor.fetchall() == []


def test_the_newest_entries_are_not_sorted(recorded: Recorded, unit: PostgresqlUnit) -> None:
    nodes = recorded.plans(lambda: unit.entries.page(ADA, EntryFilter(), Page(), shared=False))
    assert not [node for node in nodes if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("name", ["today", "today with shared activities"])
def test_the_entries_of_a_day_are_read_at_once(recorded: Recorded, unit: PostgresqlUnit, name: str) -> None:
    """So they are where the planner knows of many entries and, as of few activities, nothing of those."""
    recorded.link.execute(
        """INSERT INTO entries (user_id, day, activity, activity_key, value, note, description, category,
                                category_key, goal, activity_type)
           SELECT user_id, day - number % 50, activity || number, activity_key || number, value, note,
                  description, category, category_key, goal, activity_type
           FROM entries, generate_series(1, 2500) AS number"""
    )
    recorded.link.execute("ANALYZE entries")
    nodes = recorded.plans(lambda: (READS[name](unit), unit.users.get(ADA)))
    looked_up = [cond for node in nodes if "(day = " in (cond := node.get("Index Cond", ""))]
    assert looked_up
    assert not [cond for cond in looked_up if "activity_key" in cond]
