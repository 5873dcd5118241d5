"""Hundreds of events while the receiver is gone, fails, hangs and repeats, and the server is killed twice."""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from attrs import Factory, define

from support_receiver import FAILED, SILENCE, TAKEN, Received, Receiver
from support_server import Client, Server, patiently, serving

EVENTS_PER_PERSON = 60
PEOPLE = 4


@define(eq=False)
class Moody:
    """Behaves as its mood says; notes what it has taken, person by person."""

    mood: str = "well"
    hangs: int = 1
    chance: random.Random = Factory(lambda: random.Random(13))  # noqa: S311  # no secret
    lock: threading.Lock = Factory(threading.Lock)
    taken: dict[str, list[tuple[str, float]]] = Factory(lambda: defaultdict(list))

    def answer(self, request: Received) -> bytes | None:
        with self.lock:
            if self.mood == "hangs" and self.hangs:
                self.hangs -= 1
                return SILENCE
            if self.mood == "fails" and self.chance.random() < 0.1:
                return FAILED
            told = request.json
            person = request.line.split()[1]
            self.taken[person].append((told["id"], told["data"]["value"]))
            if self.mood == "repeats" and self.chance.random() < 0.1:
                return self.chance.choice([FAILED, None])
            return TAKEN

    def count(self) -> int:
        """How many events were taken."""
        with self.lock:
            return sum(len({event for event, _ in taken}) for taken in self.taken.values())


def write(person: Client, first: int, last: int) -> None:
    """Add entries one after the other, again until each is acknowledged."""
    for value in range(first, last):
        for _ in patiently():
            with suppress(OSError, HTTPException):
                said = {"date": f"2026-01-{1 + value % 28:02}", "activity": f"a{value // 28}", "value": value}
                person.post("/add_entry", said, {"Idempotency-Key": f"key-{value}"}).went(201)
                break


def write_all(people: list[Client], first: int, last: int) -> None:
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda person: write(person, first, last), people))


def delivered(server: Server, people: list[Client], moody: Moody, wanted: int) -> None:
    """Wait until so many events were taken; whoever owns the webhook wants each pause to end at once."""
    for _ in patiently():
        if moody.count() >= wanted:
            return
        for person in people:
            person.patch(f"/webhooks/{webhook_of(person)}", {"enabled": True}).went(200)
    raise AssertionError((moody.count(), server.log[-2000:]))


def webhook_of(person: Client) -> int:
    (webhook,) = person.get("/webhooks").went(200).json
    number: int = webhook["id"]
    return number


@pytest.fixture
def moody() -> Iterator[tuple[Moody, Receiver]]:
    behaviour = Moody()
    receiver = Receiver(behaviour.answer)
    receiver.listen()
    yield behaviour, receiver
    receiver.close()


def test_each_event_is_told_at_least_once_in_order_with_a_stable_id(
    tmp_path: Path, moody: tuple[Moody, Receiver]
) -> None:
    behaviour, receiver = moody
    with serving(tmp_path, workers=2, webhook_allowed_hosts="127.0.0.0/8", jwt_exp_minutes="600") as server:
        people = [server.anyone.registered(f"person{number}") for number in range(PEOPLE)]
        for number, person in enumerate(people):
            url = f"http://127.0.0.1:{receiver.port}/{number}"
            person.post("/webhooks", {"url": url, "events": ["entry.added"]}).went(201)
        receiver.close()  # down
        write_all(people, 0, 30)
        assert behaviour.count() == 0
        server.kill()
        server.start()
        people = [Client(server.port, person.headers, person.name) for person in people]
        receiver.listen()
        behaviour.mood = "fails"
        delivered(server, people, behaviour, 40)
        server.kill()
        server.start()
        people = [Client(server.port, person.headers, person.name) for person in people]
        behaviour.mood = "hangs"
        write_all(people, 30, EVENTS_PER_PERSON)
        behaviour.mood = "repeats"
        delivered(server, people, behaviour, PEOPLE * EVENTS_PER_PERSON)
        assert "Traceback" not in server.log
        assert str(receiver.port) not in server.log
        assert server.stop() == 0
    for taken in behaviour.taken.values():
        ids: dict[str, float] = {}
        for event, value in taken:
            assert ids.setdefault(event, value) == value
        assert list(ids.values()) == list(range(EVENTS_PER_PERSON))
