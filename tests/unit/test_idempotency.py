"""A repeated request has one effect."""

import pytest

from mosaic_adapters.memory import MemoryStore
from mosaic_core.activities.model import NewActivity
from mosaic_core.app import Mosaic
from mosaic_core.audit.model import AuditFilter
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry, EntryFilter
from mosaic_core.errors import Conflict, Forbidden, IdempotencyMismatch
from mosaic_core.idempotency.model import Answer
from mosaic_core.idempotency.nowhere import NoSealing
from mosaic_core.paging import Page
from support import AUDITOR, TODAY, AbortError, FixedClock, registered, rolled_back


def add_once(
    mosaic: Mosaic, caller: Caller, activity: str = "Run", key: str = "key", fingerprint: str = "print"
) -> tuple[Answer, bool]:
    def work() -> Answer:
        is_new = mosaic.entries.add(caller, AddEntry(date=TODAY, activity=activity)).is_new
        return Answer(201 if is_new else 200, activity.encode())

    return mosaic.idempotency.once(caller.user_id, key, fingerprint, work)


def entries(mosaic: Mosaic, caller: Caller) -> list[str]:
    return [row.activity for row in mosaic.entries.page(caller, EntryFilter(), Page(None)).items]


def test_a_repeat_gets_the_first_answer_and_has_no_effect(mosaic: Mosaic, ada: Caller) -> None:
    first = Answer(201, b"Run")
    assert add_once(mosaic, ada) == (first, False)
    mosaic.entries.delete(ada, 1)
    assert add_once(mosaic, ada) == (first, True)
    assert add_once(mosaic, ada, "another activity") == (first, True)
    assert entries(mosaic, ada) == []


def test_another_request_under_the_key_is_refused(mosaic: Mosaic, ada: Caller) -> None:
    add_once(mosaic, ada)
    with pytest.raises(IdempotencyMismatch):
        add_once(mosaic, ada, "Read", fingerprint="other")
    assert entries(mosaic, ada) == ["Run"]


def test_keys_belong_to_their_users(mosaic: Mosaic, ada: Caller) -> None:
    ben = registered(mosaic, "ben")
    add_once(mosaic, ada)
    assert add_once(mosaic, ben, fingerprint="other") == (Answer(201, b"Run"), False)
    assert add_once(mosaic, ada, "Read", key="other", fingerprint="other") == (Answer(201, b"Read"), False)


def test_a_request_that_failed_is_not_kept_but_what_it_noted_stays(mosaic: Mosaic, ada: Caller) -> None:
    running = NewActivity(name="Run", category="Health", frequency_per_day=1, frequency_per_week=7)
    mosaic.activities.add(ada, running)

    def fail() -> Answer:
        mosaic.activities.add(ada, running)
        raise AssertionError

    with pytest.raises(Conflict):
        mosaic.idempotency.once(ada.user_id, "key", "print", fail)
    assert mosaic.audit.page(AUDITOR, AuditFilter(event_type="activity.create_failed"), Page()).total == 1
    assert add_once(mosaic, ada, fingerprint="other") == (Answer(201, b"Run"), False)


def test_a_request_that_breaks_leaves_nothing(mosaic: Mosaic, ada: Caller) -> None:
    def break_down() -> Answer:
        mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Half"))
        raise AbortError

    with pytest.raises(AbortError):
        mosaic.idempotency.once(ada.user_id, "key", "print", break_down)
    assert entries(mosaic, ada) == []
    assert add_once(mosaic, ada, fingerprint="other") == (Answer(201, b"Run"), False)


def test_the_record_shares_the_fate_of_the_transaction(mosaic: Mosaic, ada: Caller) -> None:
    with rolled_back(mosaic.store):
        add_once(mosaic, ada)
    assert add_once(mosaic, ada) == (Answer(201, b"Run"), False)


def test_a_record_counts_for_24_hours(mosaic: Mosaic, clock: FixedClock, ada: Caller) -> None:
    add_once(mosaic, ada)
    clock.advance(hours=24, seconds=-1)
    mosaic.tidy()
    assert add_once(mosaic, ada)[1]
    clock.advance(seconds=1)
    assert add_once(mosaic, ada, "Read", fingerprint="other") == (Answer(201, b"Read"), False)
    assert add_once(mosaic, ada, "Read", fingerprint="other")[1]


def test_records_past_their_time_are_tidied_away(mosaic: Mosaic, clock: FixedClock, ada: Caller) -> None:
    add_once(mosaic, ada)
    clock.advance(hours=24, seconds=1)
    mosaic.tidy()
    with mosaic.store.read() as unit:
        assert unit.idempotency.find(ada.user_id, "key") is None


def test_without_a_secret_no_answer_that_tells_one_is_kept(clock: FixedClock) -> None:
    mosaic = Mosaic.over(MemoryStore(), clock=clock)
    ada = mosaic.person("ada").caller

    def work() -> Answer:
        mosaic.entries.add(ada, AddEntry(date=TODAY, activity="Run"))
        return Answer(201, b"secret")

    with pytest.raises(Forbidden):
        mosaic.idempotency.once(ada.user_id, "key", "print", work, tells_secret=True)
    assert entries(mosaic, ada) == []
    assert NoSealing().open(b"sealed", b"about") is None
