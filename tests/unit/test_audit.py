"""Writing and reading the audit."""

import datetime as dt
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditEvent, AuditFilter
from mosaic_core.audit.service import AuditTrail
from mosaic_core.errors import Forbidden
from mosaic_core.paging import Page
from mosaic_core.policy import Policy
from support import AUDITOR, NOON, FixedClock, a_caller, a_mosaic, registered, rolled_back

ALL = Page(None)


@pytest.fixture
def mosaic(clock: FixedClock) -> Iterator[Mosaic]:
    made = evolve(a_mosaic(clock), policy=Policy(audit_lifetime=dt.timedelta(days=30)))
    yield made
    made.close()


@pytest.fixture
def trail(mosaic: Mosaic) -> AuditTrail:
    return mosaic.accounts.audit


def test_the_row_of_a_change_shares_its_fate(mosaic: Mosaic, trail: AuditTrail) -> None:
    with rolled_back(mosaic.store) as unit:
        trail.note(unit, "user.update", "Undone", 1)
    with mosaic.store.write() as unit:
        trail.note(unit, "user.update", "Done", 1, fields=["timezone"])
    assert mosaic.audit.page(AUDITOR, AuditFilter(), ALL).items == [
        AuditEvent(
            id=1,
            timestamp=NOON,
            user_id=1,
            event_type="user.update",
            message="Done",
            context={"fields": ["timezone"]},
            level="info",
        )
    ]


def test_a_row_that_belongs_to_no_change_is_written_by_itself(mosaic: Mosaic, trail: AuditTrail) -> None:
    trail.note_apart("auth.login_failed", "Login failed", None, "warning", known=False)
    (row,) = mosaic.audit.page(AUDITOR, AuditFilter(), ALL).items
    assert (row.event_type, row.message, row.user_id, row.level, row.context) == (
        "auth.login_failed",
        "Login failed",
        None,
        "warning",
        {"known": False},
    )


def test_a_row_that_the_store_does_not_take_goes_to_the_log(
    clock: FixedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "mosaic.db"
    store = SqliteStore(file, busy_timeout=0.01)
    another = sqlite3.connect(file, isolation_level=None)
    with closing(store), closing(another), caplog.at_level(logging.WARNING, "mosaic.audit"):
        another.execute("BEGIN IMMEDIATE")
        AuditTrail(store, clock).note_apart("auth.login", "User logged in", 7)
    assert caplog.messages == ["audit row not stored: auth.login user=7 User logged in"]


def test_a_page_tells_how_many_rows_fit_in_all(mosaic: Mosaic, trail: AuditTrail, clock: FixedClock) -> None:
    for number in range(5):
        trail.note_apart("user.update", str(number), number % 2)
        clock.advance(minutes=1)
    page = mosaic.audit.page(AUDITOR, AuditFilter(user_id=0), Page(2, 1))
    assert ([row.message for row in page.items], page.total) == (["2", "0"], 3)


def test_old_rows_and_tokens_past_their_time_are_tidied_away(
    mosaic: Mosaic, trail: AuditTrail, clock: FixedClock
) -> None:
    ada = registered(mosaic, "Ada")
    with mosaic.store.write() as unit:
        unit.users.revoke(ada.user_id, "token", int(NOON.timestamp()) + 60)
    clock.advance(days=30)
    trail.note_apart("user.update", "new", ada.user_id)
    mosaic.tidy()
    assert [row.message for row in mosaic.audit.page(AUDITOR, AuditFilter(), ALL).items] == [
        "new",
        "User registered",
    ]
    clock.advance(seconds=1)
    mosaic.tidy()
    assert [row.message for row in mosaic.audit.page(AUDITOR, AuditFilter(), ALL).items] == ["new"]
    with mosaic.store.read() as unit:
        assert not unit.users.is_revoked("token")


def test_only_administrators_read_the_audit(mosaic: Mosaic) -> None:
    with pytest.raises(Forbidden):
        mosaic.audit.page(a_caller(), AuditFilter(), ALL)
