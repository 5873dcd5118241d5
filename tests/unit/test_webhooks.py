"""Events are put with their change, and told in order until they are taken or given up."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import Factory, define, evolve

from mosaic_adapters.memory.store import MemoryStore, MemoryUnit
from mosaic_core.app import Mosaic
from mosaic_core.caller import Caller
from mosaic_core.entries.model import AddEntry
from mosaic_core.errors import Forbidden, InvalidInput, InvalidState, NotFound, ServiceUnavailable
from mosaic_core.testing import TODAY, a_delivery, an_activity, days_ago, rolled_back
from mosaic_core.testing.tokens import NumberedTokens
from mosaic_core.webhooks.model import (
    BACKUP_FAILED,
    DAY_FINALIZED,
    ENTRY_ADDED,
    EVENTS,
    MOST_WAITING,
    MOST_WEBHOOKS,
    STREAK_REACHED,
    NewWebhook,
    Webhook,
    WebhookChange,
    pause,
    reached,
)
from mosaic_core.webhooks.nowhere import NoSender
from mosaic_core.webhooks.ports import Sender
from support import PASSWORDS, FixedClock, registered

URL = "https://example.org/hook"


@define(eq=False)
class ScriptedSender(Sender):
    """Takes everything, but for what the script says: an error in words, or something to do first."""

    script: list[str | Callable[[], object] | None] = Factory(list)
    told: list[dict[str, Any]] = Factory(list)
    places: list[tuple[str, bool]] = Factory(list)
    headers: list[Mapping[str, str]] = Factory(list)
    bodies: list[bytes] = Factory(list)

    def require_allowed(self, url: str, *, anywhere: bool) -> None:
        if "inner" in url and not anywhere:
            raise Forbidden("not there")

    def send(self, url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool) -> str | None:
        step = self.script.pop(0) if self.script else None
        if callable(step):
            step()
            step = None
        if step is None:
            self.told.append(json.loads(body))
        self.places.append((url, anywhere))
        self.headers.append(headers)
        self.bodies.append(body)
        return step

    @property
    def values(self) -> list[float]:
        """The values of the entries that were told, in order."""
        return [one["data"]["value"] for one in self.told if one["event"] == ENTRY_ADDED]


@define(eq=False)
class World:
    clock: FixedClock
    sender: ScriptedSender
    mosaic: Mosaic

    @property
    def ada(self) -> Caller:
        return self.mosaic.sessions.caller("ada")

    @property
    def ben(self) -> Caller:
        return self.mosaic.sessions.caller("ben")

    def hook(self, caller: Caller | None = None, *events: str) -> Webhook:
        new = NewWebhook(url=URL, events=events or (ENTRY_ADDED,))
        return self.mosaic.webhooks.create(caller or self.ada, new)

    def add(self, value: float, caller: Caller | None = None, day: dt.date = TODAY) -> None:
        self.mosaic.entries.add(caller or self.ada, AddEntry(date=day, activity="Run", value=value))

    def deliver(self) -> None:
        while self.mosaic.webhooks.deliver():
            pass

    def state(self, caller: Caller | None = None) -> Webhook:
        (webhook,) = self.mosaic.webhooks.of(caller or self.ada)
        return webhook

    def waiting(self) -> int:
        with self.mosaic.store.read() as unit:
            return unit.webhooks.count_waiting(self.state().id)


@pytest.fixture
def world() -> Iterator[World]:
    clock, sender = FixedClock(), ScriptedSender()
    mosaic = Mosaic.over(
        MemoryStore(), clock=clock, passwords=PASSWORDS, tokens=NumberedTokens(), sender=sender
    )
    with mosaic:
        registered(mosaic, "ada")
        registered(mosaic, "ben")
        yield World(clock, sender, mosaic)


def test_an_entry_is_told_signed_and_with_an_id(world: World) -> None:
    webhook = world.hook()
    world.add(2.5)
    world.deliver()
    (told,) = world.sender.told
    assert told == {
        "id": told["id"],
        "event": "entry.added",
        "created_at": "2024-06-01T12:00:00Z",
        "data": {
            "entry_id": 1, "date": "2024-06-01", "activity": "Run", "value": 2.5, "note": "", "created": True,
        },
    }  # fmt: skip
    (headers,), (body,) = world.sender.headers, world.sender.bodies
    seconds = int(world.clock.now().timestamp())
    signed = hmac.new(webhook.secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Mosaic-Signature"] == f"t={seconds},v1={signed}"
    assert world.state().last_delivered_at == world.clock.now()
    assert world.state().due_at is None


def test_an_update_is_told_too_and_says_so(world: World) -> None:
    world.hook()
    world.add(1)
    world.add(2)
    world.deliver()
    assert [one["data"]["created"] for one in world.sender.told] == [True, False]
    assert len({one["id"] for one in world.sender.told}) == 2


def test_only_what_was_asked_for_is_told_to_its_owner(world: World) -> None:
    world.hook(world.ada, DAY_FINALIZED)
    world.hook(world.ben, ENTRY_ADDED)
    world.add(1)
    world.mosaic.entries.finalize(world.ada, TODAY)
    world.mosaic.entries.finalize(world.ben, TODAY)
    world.deliver()
    assert [(one["event"], one["data"]) for one in world.sender.told] == [
        ("day.finalized", {"date": "2024-06-01", "created": 0})
    ]


def test_a_rolled_back_change_is_not_told(world: World) -> None:
    world.hook()
    with rolled_back(world.mosaic.store):
        world.add(1)
    world.deliver()
    assert world.sender.told == []


def test_each_webhook_of_a_person_is_told(world: World) -> None:
    world.hook()
    world.hook()
    world.add(1)
    world.deliver()
    assert world.sender.values == [1, 1]


def with_goal(world: World) -> None:
    with world.mosaic.store.write() as unit:
        unit.activities.add(an_activity(world.ada.user_id, "Run", goal=1.0))


def test_a_streak_is_told_when_it_becomes_long_enough(world: World) -> None:
    with_goal(world)
    world.hook(world.ada, STREAK_REACHED)
    for back in range(7, 0, -1):
        world.add(1, day=days_ago(back))
    world.add(0.1)
    world.add(1)
    world.add(1)
    world.deliver()
    assert [(one["event"], one["data"]) for one in world.sender.told] == [
        ("streak.reached", {"length": 3}),
        ("streak.reached", {"length": 7}),
    ]


def test_the_lengths_that_are_told() -> None:
    assert reached(0, 2) == []
    assert reached(2, 3) == [3]
    assert reached(3, 3) == []
    assert reached(7, 3) == []
    assert reached(0, 400) == [3, 7, 14, 30, 60, 100, 180, 365]
    assert reached(729, 730) == [730]


def test_a_failed_backup_is_told_to_administrators_alone(world: World) -> None:
    world.hook(world.ada, BACKUP_FAILED)
    world.hook(world.ben, BACKUP_FAILED)
    with pytest.raises(Exception, match="no place"):
        world.mosaic.backups.run()
    world.deliver()
    (told,) = world.sender.told
    assert told["event"] == "backup.failed"
    assert "place" in told["data"]["error"]
    assert world.sender.places == [(URL, True)]


def test_who_owns_it_decides_where_it_may_lie(world: World) -> None:
    world.mosaic.webhooks.judge(world.ada, "http://inner/")
    world.mosaic.webhooks.judge(world.ben, "http://outer/")
    world.mosaic.webhooks.judge(world.ben, None)
    with pytest.raises(Forbidden):
        world.mosaic.webhooks.judge(world.ben, "http://inner/")
    world.hook(world.ben)
    world.add(1, world.ben)
    world.deliver()
    assert world.sender.places == [(URL, False)]


def test_what_is_not_taken_waits_and_is_told_in_order_later(world: World) -> None:
    world.hook()
    for value in range(1, 6):
        world.add(value)
    world.sender.script = [None, "The receiver answered 500"]
    world.deliver()
    assert world.sender.values == [1]
    state = world.state()
    assert (state.last_error, state.failures) == ("The receiver answered 500", 1)
    assert state.due_at == world.clock.now() + dt.timedelta(seconds=5)
    world.clock.advance(seconds=4.9)
    world.deliver()
    assert world.sender.values == [1]
    world.clock.advance(seconds=0.1)
    world.deliver()
    assert world.sender.values == [1, 2, 3, 4, 5]
    assert (world.state().last_error, world.state().failures, world.state().due_at) == (None, 0, None)


def test_an_id_stays_the_same_however_often_it_is_tried(world: World) -> None:
    world.hook()
    world.add(1)
    world.sender.script = ["no"] * 3
    for _ in range(4):
        world.deliver()
        world.clock.advance(hours=1)
    assert len({json.loads(body)["id"] for body in world.sender.bodies}) == 1
    assert len(world.sender.bodies) == 4


def test_pauses_grow_to_an_hour() -> None:
    assert [pause(failures).total_seconds() for failures in (1, 2, 3, 4, 5, 6, 7, 8, 1_000_000)] == [
        5, 15, 45, 135, 405, 1215, 3600, 3600, 3600,
    ]  # fmt: skip


def test_events_are_given_up_after_three_days_and_that_is_told(world: World) -> None:
    world.hook()
    world.add(1)
    world.clock.advance(days=2)
    world.add(2)
    world.sender.script = ["The receiver answered 500"]
    world.clock.advance(days=1, seconds=1)
    world.deliver()
    state = world.state()
    assert state.last_error == "The receiver answered 500 (given up after 3 days: 1)"
    assert (state.given_up, world.waiting()) == (1, 1)
    world.clock.advance(seconds=5)
    world.deliver()
    assert world.sender.values == [2]
    assert (world.state().given_up, world.state().last_error) == (1, None)


def test_where_all_that_waited_is_given_up_nothing_is_due(world: World) -> None:
    world.hook()
    world.add(1)
    world.sender.script = ["no"]
    world.clock.advance(days=4)
    world.deliver()
    assert (world.waiting(), world.state().due_at) == (0, None)


def test_a_turn_that_a_crash_ended_is_taken_by_others_after_a_minute(world: World) -> None:
    world.hook()
    world.add(1)

    def crash() -> None:
        raise KeyboardInterrupt

    world.sender.script = [crash]
    with pytest.raises(KeyboardInterrupt):
        world.deliver()
    world.deliver()
    assert world.sender.values == []
    world.clock.advance(seconds=60)
    world.deliver()
    assert world.sender.values == [1]


def test_nobody_else_tells_the_same_meanwhile(world: World) -> None:
    world.hook()
    world.add(1)
    seen = []
    world.sender.script = [lambda: seen.append(world.mosaic.webhooks.deliver())]
    world.deliver()
    assert (seen, world.sender.values) == ([False], [1])


def test_a_turn_that_was_taken_over_changes_nothing_but_what_it_told(world: World) -> None:
    webhook = world.hook()
    world.add(1)
    world.add(2)
    change = WebhookChange(events=(ENTRY_ADDED, DAY_FINALIZED))
    world.sender.script = [lambda: world.mosaic.webhooks.change(world.ada, webhook.id, change), "no"]
    assert world.mosaic.webhooks.deliver()
    assert world.waiting() == 1
    assert (world.state().failures, world.state().last_error) == (0, None)
    world.deliver()
    assert world.sender.values == [1, 2]


def test_a_webhook_that_is_deleted_while_it_is_told_is_gone(world: World) -> None:
    webhook = world.hook()
    world.add(1)
    world.sender.script = [lambda: world.mosaic.webhooks.delete(world.ada, webhook.id)]
    world.deliver()
    assert world.mosaic.webhooks.of(world.ada) == []
    assert not world.ada.listens


def test_a_sender_that_raises_is_a_failure_as_any_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.hook()
    world.add(1)

    def fail() -> None:
        raise RuntimeError(URL)

    world.sender.script = [fail]
    world.deliver()
    assert world.state().last_error == "Something went wrong that nobody expected"
    assert URL not in caplog.text
    world.clock.advance(seconds=5)
    world.deliver()
    assert world.sender.values == [1]


def test_a_turn_ends_in_time_and_the_rest_has_its_own(world: World) -> None:
    world.hook()
    for value in range(4):
        world.add(value)
    world.sender.script = [lambda: world.clock.advance(seconds=15)] * 3
    assert world.mosaic.webhooks.deliver()
    assert world.sender.values == [0, 1]
    world.deliver()
    assert world.sender.values == [0, 1, 2, 3]


def test_a_turn_ends_soon_where_the_program_ends(world: World) -> None:
    world.hook()
    world.add(1)
    world.add(2)
    world.sender.script = [world.mosaic.webhooks.stop]
    world.deliver()
    assert world.sender.values == [1]
    assert not world.mosaic.webhooks.deliver()


def test_more_than_a_turn_takes_is_told_in_order(world: World) -> None:
    world.hook()
    for value in range(45):
        world.add(value)
    world.deliver()
    assert world.sender.values == list(range(45))


def test_no_more_than_so_many_events_wait(world: World) -> None:
    webhook = world.hook()
    with world.mosaic.store.write() as unit:
        for _ in range(100):
            unit.webhooks.put(a_delivery(webhook.id))
    assert MOST_WAITING == 10_000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mosaic_core.webhooks.events.MOST_WAITING", 100)
        world.add(1)
    assert (world.waiting(), world.state().given_up) == (100, 1)
    assert world.state().last_error == "100 events are waiting; newer ones were left out"


def test_no_more_than_so_many_webhooks_are_one_persons(world: World) -> None:
    for _ in range(MOST_WEBHOOKS):
        world.hook()
    with pytest.raises(InvalidState):
        world.hook()
    world.hook(world.ben)


def test_one_that_is_switched_off_is_told_nothing_of_before_or_after(world: World) -> None:
    webhook = world.hook()
    world.add(1)
    world.mosaic.webhooks.change(world.ada, webhook.id, WebhookChange(enabled=False))
    world.add(2)
    world.deliver()
    assert (world.sender.told, world.waiting()) == ([], 0)
    world.mosaic.webhooks.change(world.ada, webhook.id, WebhookChange(enabled=True))
    world.add(3)
    world.deliver()
    assert world.sender.values == [3]


def test_a_change_lets_what_waits_be_tried_at_once_at_the_new_address(world: World) -> None:
    webhook = world.hook()
    world.add(1)
    world.sender.script = ["no"]
    world.deliver()
    changed = world.mosaic.webhooks.change(world.ada, webhook.id, WebhookChange(url="http://other/"))
    assert (changed.url, changed.failures) == ("http://other/", 0)
    world.deliver()
    assert world.sender.places[-1] == ("http://other/", True)
    assert world.sender.values == [1]


def test_a_test_is_sent_at_once_and_if_taken_lets_what_waits_be_tried(world: World) -> None:
    webhook, webhooks = world.hook(), world.mosaic.webhooks
    world.add(1)
    world.sender.script = ["no", "still no"]
    world.deliver()
    webhooks.note_test(world.ada, webhook.id, webhooks.send_test(world.ada, webhook.id))
    assert (world.state().last_error, world.state().failures) == ("still no", 1)
    webhooks.note_test(world.ada, webhook.id, webhooks.send_test(world.ada, webhook.id))
    assert (world.sender.told[-1]["event"], world.sender.told[-1]["data"]) == ("test", {})
    world.deliver()
    assert world.sender.values == [1]


def test_webhooks_are_their_owners_alone(world: World) -> None:
    webhook, webhooks = world.hook(), world.mosaic.webhooks
    for attempt in (
        lambda: webhooks.change(world.ben, webhook.id, WebhookChange(enabled=False)),
        lambda: webhooks.delete(world.ben, webhook.id),
        lambda: webhooks.send_test(world.ben, webhook.id),
        lambda: webhooks.note_test(world.ben, webhook.id, None),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert webhooks.of(world.ben) == []


def test_who_has_no_webhook_does_not_listen(world: World) -> None:
    assert not world.ada.listens
    webhook = world.hook()
    assert (world.ada.listens, world.ben.listens) == (True, False)
    world.mosaic.webhooks.delete(world.ada, webhook.id)
    assert not world.ada.listens


def test_nobody_who_is_gone_gets_a_webhook(world: World) -> None:
    ben = world.ben
    world.mosaic.accounts.delete_named("ben")
    with pytest.raises(Exception, match="gone"):
        world.hook(ben)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "http://127.0.0.1:8123/api/webhook/xyz?a=b&c",
        "http://[::1]:1/",
        "https://a-b.example.org:65535/~x/%20",
        "http://host_with_line/",
    ],
)
def test_an_address_is_taken(url: str) -> None:
    assert NewWebhook(url=url, events=(ENTRY_ADDED,)).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:password@example.org/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:x/",
        "http://example.org/#part",
        "http://example.org/a b",
        "http://example.org/\r\nHost: other",
        "http://exämple.org/",
        "http://example.org/ä",
        "http://[fe80::1%25lo]/",
        "http://a\\@b/",
        "http://example.org/" + "x" * 2000,
        "HTTP://example.org/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        NewWebhook(url=url, events=(ENTRY_ADDED,))


@pytest.mark.parametrize("events", [(), ("entry.added", "entry.added"), ("test",), ("everything",)])
def test_events_that_are_not_known_are_refused(events: tuple[str, ...]) -> None:
    for kind in (NewWebhook, WebhookChange):
        with pytest.raises(InvalidInput):
            kind(url=URL, events=events)


def test_a_change_changes_something() -> None:
    with pytest.raises(InvalidInput):
        WebhookChange()


def test_neither_address_nor_secret_shows_in_a_text(world: World) -> None:
    webhook = evolve(world.hook(world.ada, *EVENTS), url="http://example.org/token", secret="whsec_hidden")
    assert "token" not in repr(webhook)
    assert "hidden" not in repr(webhook)
    assert webhook.host == "example.org"


def test_a_turn_whose_end_could_not_be_noted_is_taken_again(world: World) -> None:
    world.hook()
    world.add(1)
    store = world.mosaic.store
    assert isinstance(store, MemoryStore)

    def full() -> None:
        store.close()

    world.sender.script = [full]
    with pytest.raises(ServiceUnavailable):
        world.deliver()
    assert world.sender.values == [1]


def test_a_program_without_a_sender_sends_nothing() -> None:
    sender = NoSender()
    with pytest.raises(Forbidden):
        sender.require_allowed(URL, anywhere=True)
    assert sender.send(URL, b"", {}, anywhere=True) == "This Mosaic sends nothing"


def test_a_program_that_knows_no_tokens_puts_events_too(world: World) -> None:
    world.hook()
    Mosaic.over(world.mosaic.store, clock=world.clock).person("ada").add("Run", 7)
    world.deliver()
    assert world.sender.values == [7]


def test_an_id_is_no_others_after_a_restore_either(world: World) -> None:
    """A restored store may give the numbers of its rows again."""
    webhook = world.hook()
    for _ in range(2):
        world.add(1)
        world.deliver()
        world.clock.advance(seconds=1)
        with world.mosaic.store.write() as unit:
            draft = unit.draft  # type: ignore[attr-defined]  # a store that forgets which ids it gave
            draft.change(last_delivery=0)
    first, second = (one["id"] for one in world.sender.told)
    assert first != second
    assert webhook.secret not in first + second


class RacedStore(MemoryStore):
    """Somebody else comes first, once, just before a write."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], object]] = []

    @contextmanager
    def write(self) -> Iterator[MemoryUnit]:
        if self.others:
            self.others.pop()()
        with super().write() as unit:
            yield unit


def test_a_turn_that_another_process_took_just_before_is_theirs(clock: FixedClock) -> None:
    store, ours, theirs = RacedStore(), ScriptedSender(), ScriptedSender()
    mosaic = Mosaic.over(store, clock=clock, passwords=PASSWORDS, tokens=NumberedTokens(), sender=ours)
    other = Mosaic.over(store, clock=clock, passwords=PASSWORDS, tokens=NumberedTokens(), sender=theirs)
    with mosaic:
        registered(mosaic, "ada")
        world = World(clock, ours, mosaic)
        world.hook()
        world.add(1)
        store.others = [other.webhooks.deliver]
        assert not mosaic.webhooks.deliver()
    assert (ours.values, theirs.values) == ([], [1])
