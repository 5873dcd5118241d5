"""What becomes of a PostgreSQL store when the database is busy, lost, strange, or takes no changes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import count

import psycopg
import pytest

from mosaic_adapters.postgresql.database import PostgresqlStore
from mosaic_adapters.postgresql.errors import translation
from mosaic_adapters.postgresql.links import Link, Links, told_place
from mosaic_adapters.postgresql.migrations import MIGRATIONS
from mosaic_adapters.postgresql.revision import Revision, fold
from mosaic_adapters.postgresql.trips import Statement, Told
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.backups import model
from mosaic_core.errors import (
    MosaicError,
    ReadOnly,
    SerializationFailure,
    ServiceUnavailable,
    StorageFull,
    Unauthorized,
)
from mosaic_core.paging import Page
from mosaic_core.store import UnitOfWork, run_again
from mosaic_core.testing import TODAY, a_user, an_activity, an_entry, an_event
from mosaic_core.testing.wearable_records import heart, read
from support_postgresql import UNHURRIED, admin, drop, emptied, new_database, server, the_database
from support_server import patiently

Open = Callable[..., PostgresqlStore]

HURRIED = 1.0
"""Where something is to be waited for in vain. What follows must be done within it on a busy machine, too."""

_WAITED_LONG = """
    SELECT 1 FROM pg_locks
    WHERE NOT granted AND clock_timestamp() - waitstart > interval '100 milliseconds'"""


@pytest.fixture
def url() -> str:
    return emptied(the_database())


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    """Open stores over one database; they are closed at the end."""
    stores: list[PostgresqlStore] = []

    def open_one(connections: int = 4, busy_timeout: float = UNHURRIED) -> PostgresqlStore:
        stores.append(PostgresqlStore(url, connections, busy_timeout))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def strange_url() -> Iterator[str]:
    """The URL of a database of the test's own, with Mosaic's tables."""
    made = new_database()
    yield made
    drop(made)


def a_person(store: PostgresqlStore, name: str = "Ada") -> int:
    with store.write() as unit:
        return unit.users.add(a_user(name)).id


def lose_sessions(url: str) -> None:
    """End all sessions in the database."""
    with psycopg.connect(url, autocommit=True) as link:
        link.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )


def test_who_waits_for_another_write_of_one_person_too_long_is_told_so(opened: Open) -> None:
    store, other = opened(), opened(busy_timeout=HURRIED)
    ada = a_person(store)
    with store.write() as unit:
        unit.users.get(ada)
        with pytest.raises(ServiceUnavailable, match="busy"), other.write() as waiting:
            waiting.users.get(ada)
    with other.write() as unit:
        assert unit.users.get(ada)


def test_of_writes_that_come_together_one_waits_in_vain_as_long_as_it_may(opened: Open) -> None:
    """Where the first has waited for what is shared, those behind it are told after a moment."""
    store, other = opened(), opened(busy_timeout=HURRIED)
    ben = a_person(store, "ben")
    with store.write() as unit:
        unit.activities.add(an_activity(None))
        with other.write() as group:
            with pytest.raises(ServiceUnavailable, match="busy"), other.write() as part:
                part.activities.add(an_activity(None, "Run"))
            with pytest.raises(ServiceUnavailable, match="busy") as told, other.write() as part:
                part.activities.add(an_activity(None, "Read"))
            with other.write() as part:
                part.activities.add(an_activity(ben))
            assert group._in.row("SHOW lock_timeout") == ("1s",)  # noqa: SLF001
    assert isinstance(told.value.__cause__, psycopg.errors.LockNotAvailable)  # its statement had more time
    with store.read() as after:
        assert [one.user_id for one in after.activities.owned(ben)] == [ben]


def test_who_meets_another_lock_than_was_waited_for_in_vain_waits_as_long_as_ever(
    url: str, opened: Open
) -> None:
    store, other, another = opened(), opened(busy_timeout=HURRIED), opened()
    ada, ben = a_person(store), a_person(store, "ben")
    begun, done = threading.Event(), threading.Event()

    def hold() -> None:
        with another.write() as unit, psycopg.connect(url, autocommit=True) as link:
            unit.users.get(ben)
            begun.set()
            while not done.is_set() and link.execute(_WAITED_LONG).fetchone() is None:
                pass

    with ThreadPoolExecutor(1) as pool, store.write() as unit, other.write():
        unit.users.get(ada)
        with pytest.raises(ServiceUnavailable, match="busy"), other.write() as part:
            part.users.get(ada)
        holding = pool.submit(hold)
        assert begun.wait(UNHURRIED)
        try:
            with other.write() as part:
                part.activities.add(an_activity(ben))
        finally:
            done.set()
        holding.result()
    with store.read() as after:
        assert [one.user_id for one in after.activities.owned(ben)] == [ben]


def test_writes_of_different_people_run_side_by_side(opened: Open) -> None:
    store, other = opened(), opened()
    ada, ben = a_person(store), a_person(store, "ben")
    with store.write() as unit:
        unit.activities.add(an_activity(ada))
        with other.write() as beside:
            beside.activities.add(an_activity(ben))
    with store.read() as unit:
        assert [len(unit.activities.owned(owner)) for owner in (ada, ben)] == [1, 1]


def test_people_add_entries_side_by_side_but_not_while_shared_ones_change(opened: Open) -> None:
    store, hurried = opened(), opened(busy_timeout=HURRIED)
    ada, ben = (Mosaic.over(each).person(name) for each, name in ((store, "Ada"), (opened(), "ben")))
    ben_in_a_hurry = Mosaic.over(hurried).person("ben")
    with store.write():
        ada.add("Run", 1.0)
        ben.add("Run", 2.0)
    with store.write() as unit:
        unit.activities.add(an_activity(None, "Swim"))
        with pytest.raises(ServiceUnavailable, match="busy"):
            ben_in_a_hurry.add("Read", 3.0)
    assert [row.value for row in ben.today()] == [2.0]


def test_of_two_writes_that_have_seen_what_is_shared_and_change_it_none_is_lost(opened: Open) -> None:
    store = opened()
    met = threading.Barrier(2)

    def add(name: str) -> None:
        with store.write() as unit:
            count = len(unit.activities.owned(None))
            with suppress(threading.BrokenBarrierError):
                met.wait(5)
            unit.activities.add(an_activity(None, name, goal=float(count)))

    def run(name: str) -> None:
        run_again(lambda: add(name))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(run, name) for name in ("one", "two")]:
            with suppress(TimeoutError):
                done.result(0.5)
            met.abort()
    with store.read() as unit:
        assert sorted(one.goal for one in unit.activities.owned(None)) == [0.0, 1.0]


def test_of_two_writes_that_wait_for_each_other_one_is_run_again(opened: Open) -> None:
    store = opened()
    ada, ben = a_person(store), a_person(store, "ben")
    met = threading.Barrier(2)

    def write(first: int, second: int) -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(first, f"{first}"))
            with suppress(threading.BrokenBarrierError):
                met.wait(5)
            unit.activities.add(an_activity(second, f"{first}"))

    failures: list[BaseException] = []

    def run(*owners: int) -> None:
        try:
            run_again(lambda: write(*owners))
        except BaseException as error:  # noqa: BLE001  # told to the test
            failures.append(error)
        met.abort()

    threads = [threading.Thread(target=run, args=owners) for owners in ((ada, ben), (ben, ada))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    with store.read() as unit:
        assert [len(unit.activities.owned(owner)) for owner in (ada, ben)] == [2, 2]


def test_a_write_that_changes_what_is_shared_loses_a_race_over_it_once_at_most(
    opened: Open, url: str
) -> None:
    store, other = opened(), opened()
    attempts = count(1)
    rivals: list[threading.Thread] = []

    def add(store: PostgresqlStore, name: str, then: Callable[[], object]) -> None:
        with store.write() as unit:
            unit.activities.find(None, name)
            then()
            unit.activities.add(an_activity(None, name))

    def let_a_rival_wait(attempt: int) -> None:
        rivals.append(threading.Thread(target=add, args=(other, f"rival {attempt}", lambda: None)))
        rivals[-1].start()
        with psycopg.connect(url, autocommit=True) as link:
            for _ in patiently():
                waiting = link.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory'")
                if waiting.fetchone():
                    break

    def attempt() -> None:
        number = next(attempts)
        add(store, "mine", partial(let_a_rival_wait, number))

    run_again(attempt)
    assert next(attempts) == 3
    for rival in rivals:
        rival.join(UNHURRIED)
    with store.read() as unit:
        assert [one.name for one in unit.activities.owned(None)] == ["mine", "rival 1", "rival 2"]


def test_when_all_connections_are_taken_further_ones_are_told_after_a_while(opened: Open) -> None:
    store = opened(connections=2, busy_timeout=HURRIED)
    with store.read(), pytest.raises(ServiceUnavailable, match="connections"), store.read():
        pass
    with store.read() as unit:
        assert unit.users.count() == 0


def test_connections_that_were_lost_while_idle_are_replaced(opened: Open, url: str) -> None:
    store = opened()
    ada = a_person(store)
    before = store.elsewhere()
    lose_sessions(url)
    with store.read() as unit:
        assert unit.users.get(ada)
    lose_sessions(url)
    assert store.elsewhere() >= before
    with store.write() as unit:
        unit.activities.add(an_activity(ada))
    store.check()


def test_a_write_whose_connection_is_lost_has_no_effect_whatever_it_makes_of_the_failure(
    opened: Open, url: str
) -> None:
    store = opened()
    ada = a_person(store)

    def write() -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
            lose_sessions(url)
            with suppress(ServiceUnavailable), store.write() as inner:
                inner.activities.add(an_activity(ada, "Other"))
            with suppress(psycopg.Error):
                unit.activities.add(an_activity(ada, "Third"))

    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        write()
    with store.read() as unit:
        assert unit.activities.owned(ada) == []


def test_a_commit_of_which_nobody_knows_whether_it_happened_makes_all_views_stale(
    opened: Open, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    a_person(store)
    before = store.elsewhere()

    def write() -> None:
        with store.write() as unit:
            unit.users.add(a_user("ben"))
            monkeypatch.setattr(unit, "settle", lambda: lose_sessions(url))

    with pytest.raises(ServiceUnavailable):
        write()
    assert store.elsewhere() > before


def test_a_failure_that_a_use_case_swallows_is_raised_at_the_end(opened: Open) -> None:
    store = opened()
    ada = a_person(store)

    def write() -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
            with suppress(psycopg.Error):
                unit.entries.add(an_entry(ada + 9))
            unit.activities.add(an_activity(ada, "Other"))

    with pytest.raises(Unauthorized):
        write()
    with pytest.raises(Unauthorized), store.write() as unit, suppress(psycopg.Error):
        unit.entries.add(an_entry(ada + 9))
    with store.read() as after:
        assert after.activities.owned(ada) == []


def test_what_was_only_said_is_taken_back_with_its_part(opened: Open) -> None:
    store = opened()
    ada = a_person(store)
    with store.write() as unit:
        unit.pasts.forget(ada, None, TODAY)
        with suppress(ValueError), store.write() as inner:
            inner.audit.add(an_event())
            raise ValueError
        unit.audit.add(an_event(message="kept"))
    with store.read() as after:
        assert [event.message for event in after.audit.page(AuditFilter(), Page())] == ["kept"]


def test_what_was_said_and_fails_is_told_to_all_and_nothing_of_it_lasts(opened: Open) -> None:
    store = opened()
    ada = a_person(store)

    def write() -> None:
        with store.write() as unit:
            unit.audit._in.say("SELECT 1 / %s::int", (0,))  # noqa: SLF001  # no repository says such a thing
            with suppress(psycopg.Error), store.write() as inner:
                inner.activities.add(an_activity(ada))
            with pytest.raises(psycopg.errors.DivisionByZero):
                unit.activities.add(an_activity(ada, "Other"))

    with pytest.raises(psycopg.errors.DivisionByZero):
        write()
    with store.read() as after:
        assert after.activities.owned(ada) == []


def test_what_a_part_said_and_fails_on_the_way_of_the_next_part_is_not_answered_as_done(
    opened: Open, url: str
) -> None:
    store = opened(busy_timeout=HURRIED)
    ada = a_person(store)

    def write() -> None:
        with store.write():
            with store.write() as first:
                first.activities.add(an_activity(ada))
                first.audit.add(an_event())
            with pytest.raises(ServiceUnavailable), store.write() as second:
                second.activities.add(an_activity(ada, "Other"))

    with psycopg.connect(url) as holder:
        holder.execute("LOCK TABLE audit_events IN SHARE MODE")
        with pytest.raises(ServiceUnavailable):
            write()
    with store.read() as after:
        assert after.activities.owned(ada) == []


def test_a_commit_whose_answer_is_lost_is_not_made_again(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    a_person(store)
    trip = Link.trip

    def lost(link: Link, statements: Sequence[Statement], last: int) -> Sequence[Told]:
        told = trip(link, statements, last)
        if statements[-1].sql == "COMMIT":
            monkeypatch.undo()
            link.close()
            raise psycopg.OperationalError("the connection is lost")
        return told

    monkeypatch.setattr(Link, "trip", lost)
    with pytest.raises(ServiceUnavailable), store.write() as unit:
        unit.audit.add(an_event())
    with store.read() as after:
        assert after.audit.count(AuditFilter()) == 1


def test_what_was_said_before_the_database_was_found_silent_does_not_pass_for_done(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    ada = a_person(store)

    def refuse(_: Links) -> None:
        monkeypatch.undo()
        raise ServiceUnavailable("silent")

    def write() -> None:
        with store.write():
            with store.write() as first:
                first.audit.add(an_event())
            monkeypatch.setattr(Links, "require_answers", refuse)
            with suppress(ServiceUnavailable), store.write() as second:
                second.activities.add(an_activity(ada))
            with suppress(ServiceUnavailable), store.write() as third:
                third.activities.add(an_activity(ada, "Other"))

    with pytest.raises(ServiceUnavailable, match="silent"):
        write()
    with store.read() as after:
        assert after.activities.owned(ada) == []


def test_a_limit_that_cannot_be_lifted_is_the_connections_limit_still(url: str) -> None:
    with closing(Links(url, 1, 5.0).connect()) as link:
        link.execute("BEGIN")
        with pytest.raises(psycopg.errors.UndefinedFunction):
            link.execute("SELECT nothing_of_that_name()")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction), link.unlimited():
            pass
        assert link.patience == 5.0


def test_where_something_cannot_be_sent_the_rest_of_its_transaction_is_not_done(opened: Open) -> None:
    store = opened()
    ada = a_person(store)

    def write() -> None:
        with store.write() as unit:
            unit.activities.add(an_activity(ada))
            unit.audit.add(an_event())
            with suppress(psycopg.DataError):
                unit.activities.add(an_activity(ada, "Nul", description="\0"))
            unit.activities.add(an_activity(ada, "Other"))

    with pytest.raises(ServiceUnavailable):
        write()
    with store.read() as after:
        assert after.activities.owned(ada) == []
        assert after.audit.count(AuditFilter()) == 0


def test_what_says_nothing_to_the_database_is_no_commit(opened: Open) -> None:
    store, other = opened(), opened()
    before = store.elsewhere()
    with other.write():
        pass
    assert store.elsewhere() == before


def test_a_read_that_fails_leaves_its_connection_to_the_next(opened: Open) -> None:
    store = opened(connections=2)
    for begin in (store.read, store.look):
        with pytest.raises(psycopg.errors.UndefinedFunction), begin() as unit:
            unit.users._in.row("SELECT nothing_of_that_name()")  # noqa: SLF001  # no repository asks so
        with begin() as unit:
            assert unit.users.count() == 0


def test_what_belongs_to_a_transaction_holds_behind_a_pooler_too(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "reaches_session", lambda _: False)
    store = opened(busy_timeout=7.0)
    for begin in (store.read, store.look, store.write):
        with begin() as unit:
            limit = unit.users._in.row("SELECT current_setting('statement_timeout')")  # noqa: SLF001
            assert limit == ("7s",)
    store.check()


def test_a_standby_is_read_and_says_that_it_takes_no_changes(strange_url: str) -> None:
    with closing(PostgresqlStore(strange_url, busy_timeout=UNHURRIED)) as store:
        ada = a_person(store)
        with psycopg.connect(strange_url, autocommit=True) as link:
            name = link.info.dbname
            link.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        lose_sessions(strange_url)
        with store.read() as unit:
            assert unit.users.get(ada)
        with pytest.raises(ServiceUnavailable, match="standby"):
            a_person(store, "ben")


def test_a_change_through_a_unit_that_reads_is_refused(opened: Open) -> None:
    store = opened()
    ada = a_person(store)
    changes: list[Callable[[UnitOfWork], object]] = [
        lambda unit: unit.users.revoke(ada, "token", 9),
        lambda unit: unit.users.add(a_user("ben")),
        lambda unit: unit.wearables.update_sources(ada, []),
        lambda unit: unit.wearables.add_stages(ada, []),
    ]
    for change in changes:
        with pytest.raises(ReadOnly), store.read() as unit:
            change(unit)


def test_a_database_of_another_program_is_left_alone(strange_url: str) -> None:
    with psycopg.connect(strange_url) as link:
        link.execute("DROP TABLE mosaic_versions")
    with pytest.raises(ServiceUnavailable, match="tables of another program: activities"):
        PostgresqlStore(strange_url)


def test_a_database_of_a_newer_version_is_left_alone(strange_url: str) -> None:
    with psycopg.connect(strange_url) as link:
        link.execute("INSERT INTO mosaic_versions VALUES (%s, now())", (len(MIGRATIONS) + 1,))
    with pytest.raises(ServiceUnavailable, match="made by a newer version of Mosaic"):
        PostgresqlStore(strange_url)


def test_an_empty_database_gets_no_tables_from_who_only_looks() -> None:
    with admin() as link:
        link.execute("CREATE DATABASE looked_at")
    url = server().get_uri("looked_at")
    with pytest.raises(ServiceUnavailable, match="has no tables of Mosaic"):
        PostgresqlStore(url, makes_tables=False)
    PostgresqlStore(url).close()
    PostgresqlStore(url, makes_tables=False).close()
    drop(url)


def test_a_database_in_another_encoding_is_refused() -> None:
    with admin() as link:
        link.execute("CREATE DATABASE latin ENCODING latin1 LOCALE 'C' TEMPLATE template0")
    url = server().get_uri("latin")
    with pytest.raises(ServiceUnavailable, match="encoding must be UTF8"):
        PostgresqlStore(url)
    drop(url)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:hush@127.0.0.1:1/diary", "database diary at 127.0.0.1 cannot be used"),
        ("postgresql:///?host=/nowhere&user=me", "database me at /nowhere cannot be used"),
        ("postgresql://me:hush%zz@127.0.0.1/diary", "cannot be understood"),
    ],
)
def test_what_cannot_be_opened_is_told_by_host_and_database_and_never_by_its_password(
    url: str, told: str
) -> None:
    with pytest.raises(ServiceUnavailable, match=told) as caught:
        PostgresqlStore(url)
    assert "hush" not in caught.value.message


def test_while_nothing_answers_one_caller_at_a_time_tries() -> None:
    links = Links("postgresql://me@127.0.0.1:1/diary", 4, 5.0)
    with links.seat() as seat, pytest.raises(psycopg.OperationalError):
        seat.begin(Link.cursor)
    with links.seat() as seat, pytest.raises(ServiceUnavailable, match="cannot be reached"):
        seat.begin(Link.cursor)


def test_a_database_that_is_not_named_is_told_as_this_machines() -> None:
    assert told_place("postgresql:///diary") == "the PostgreSQL database diary at this machine"


def test_a_connection_that_waits_too_long_is_closed_and_says_so(url: str) -> None:
    link = Links(url, 1, 5.0).connect()
    link.patience = -1.9
    with pytest.raises(psycopg.OperationalError, match="no answer in time"):
        link.execute("SELECT pg_sleep(20)")
    assert link.closed


def test_statements_are_prepared_only_in_sessions_of_postgresql_itself(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepared() -> list[str]:
        with closing(Links(url, 1, 5.0).connect()) as link:
            for number in range(5):
                (told,) = link.trip([Statement("SELECT %s::int + 1", (number,))])
                assert told.rows == [(number + 1,)]
            return [sql for (sql,) in link.execute("SELECT statement FROM pg_prepared_statements")]

    assert prepared() == ["SELECT $1::int + 1"]
    monkeypatch.setattr(Link, "reaches_session", lambda _: False)
    assert prepared() == []


def test_what_is_read_some_rows_at_a_time_is_asked_in_the_same_words_each_time(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of a statement is kept for its words: new ones each time would only add to that."""
    store = opened()
    ada = a_person(store)
    asked: list[str] = []
    trip = Link.trip

    def noted(link: Link, statements: Sequence[Statement], last: int = 1) -> Sequence[Told]:
        asked.extend(one.sql for one in statements)
        return trip(link, statements, last)

    monkeypatch.setattr(Link, "trip", noted)

    def words() -> list[str]:
        asked.clear()
        with store.read() as unit:
            for _ in range(2):
                assert list(unit.entries.every(ada, Page(None), shared=False)) == []
        return [*asked]

    assert words() == words()


def test_rows_are_read_some_at_a_time_inside_a_write_by_several_at_once(opened: Open) -> None:
    store = opened()
    ada = a_person(store)
    with store.write() as unit:
        unit.entries.add(an_entry(ada))
        with store.read() as inner, store.read() as other:
            every = [each.entries.every(ada, Page(None), shared=False) for each in (unit, inner, other)]
            assert len({next(rows).id for rows in every}) == 1


def test_a_statement_is_prepared_once_however_often_it_comes_on_one_way(url: str) -> None:
    with closing(Links(url, 1, UNHURRIED).connect()) as link:
        for _ in range(2):
            told = link.trip([Statement("SELECT %s::int + 1", (number,)) for number in range(50)], 50)
            assert [one.rows for one in told] == [[(number + 1,)] for number in range(50)]
        assert link.execute("SELECT statement FROM pg_prepared_statements").fetchall() == [
            ("SELECT $1::int + 1",)
        ]


def test_a_statement_that_fails_time_and_again_is_prepared_once(url: str) -> None:
    with closing(Links(url, 1, UNHURRIED).connect()) as link:
        link.autocommit = True
        for _ in range(5):
            with pytest.raises(psycopg.errors.DivisionByZero):
                link.trip([Statement("SELECT 1 / %s::int", (0,))])
        assert len(link.execute("SELECT name FROM pg_prepared_statements").fetchall()) == 1
        (told,) = link.trip([Statement("SELECT 1 / %s::int", (1,))])
        assert told.rows == [(1,)]


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (psycopg.errors.DiskFull(), StorageFull),
        (psycopg.errors.SerializationFailure(), SerializationFailure),
        (psycopg.errors.DeadlockDetected(), SerializationFailure),
        (psycopg.errors.TooManyConnections(), ServiceUnavailable),
        (psycopg.errors.QueryCanceled(), ServiceUnavailable),
        (psycopg.errors.AdminShutdown(), ServiceUnavailable),
        (psycopg.errors.UndefinedTable(), ServiceUnavailable),
        (psycopg.errors.SyntaxError(), type(None)),
        (psycopg.errors.UniqueViolation(), type(None)),
    ],
)
def test_errors_are_told_in_mosaics_words(error: psycopg.Error, known: type[MosaicError]) -> None:
    assert type(translation(error)) is known


def test_an_error_that_no_store_should_make_passes_as_it_is(opened: Open) -> None:
    store = opened()
    with pytest.raises(psycopg.errors.UndefinedFunction), store.write() as unit:
        unit.users._in.row("SELECT nothing_of_that_name()")  # noqa: SLF001  # no repository makes such an error
    store.check()


def test_what_ended_servers_have_counted_is_folded_and_nobody_takes_it_for_a_commit(
    opened: Open, url: str
) -> None:
    store, other = opened(), opened()
    a_person(other)
    before = store.elsewhere()
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("UPDATE revision SET raised_at = now() - interval '2 days'")
    with closing(Links(url, 1, 5.0).connect()) as kept:
        fold(kept)
        assert kept.execute("SELECT count(*) FROM revision WHERE server <> 0").fetchone() == (0,)
    assert store.elsewhere() == before
    a_person(other, "ben")
    assert store.elsewhere() > before


def test_a_question_that_fails_is_told_to_all_who_asked_and_the_next_is_asked_anew(url: str) -> None:
    links = Links(url, 1, 5.0)
    revision = Revision(links)
    assert revision.elsewhere() == 0
    links.fell_silent()
    with pytest.raises(ServiceUnavailable):
        revision.elsewhere()
    links.heard()
    assert revision.elsewhere() == 0
    revision.close()


def test_what_was_staged_before_a_crash_of_the_database_does_not_pass_for_less(
    opened: Open, url: str
) -> None:
    store = opened()
    ada = a_person(store)
    staging, records = store.stage(), store.stage_records()
    staging.add([(TODAY, "run", 1.0, "")])
    assert list(staging.rows())
    with psycopg.connect(url) as link:
        link.execute("TRUNCATE stagings CASCADE")  # as PostgreSQL does with tables that are not logged
    asked: list[Callable[[], object]] = [
        lambda: staging.add([(TODAY, "read", 1.0, "")]),
        lambda: list(staging.rows()),
        lambda: list(records.records()),
        lambda: records.add(read([heart("key", "2026-01-02T10:00:00Z")]).records),
    ]
    for ask in asked:
        with pytest.raises(ServiceUnavailable, match="lost"):
            ask()
    with pytest.raises(ServiceUnavailable, match="lost"), store.write() as unit:
        unit.staged.write(staging, ada, {"run": an_activity(ada, "Run")})
    staging.close()
    records.close()


def test_ids_that_two_owners_share_contradict_each_other(opened: Open) -> None:
    store = opened()
    owners = [a_person(store), a_person(store, "ben")]
    with pytest.raises(MosaicError, match="entries contradict"), store.write() as unit:
        unit.archive.add(model.ENTRIES, [an_entry(owner, id=5) for owner in owners])
