"""Killing the server under load, again and again: nothing acknowledged is lost, nothing is torn."""

import os
import random
import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPException
from pathlib import Path

from attrs import Factory, define, evolve

from support_server import Answer, Client, Server, patiently, serving

ROUNDS = int(os.environ.get("MOSAIC_TORTURE_ROUNDS", "2"))
WRITERS = 8
SLOTS = 40

Place = tuple[str, str]


@define(eq=False)
class Writer:
    """Writes as fast as it can until the server is gone, and remembers what was acknowledged."""

    client: Client
    user_id: int
    counter: int = 0
    entries: dict[Place, object] = Factory(dict)
    activities: set[str] = Factory(set)
    answers: dict[str, tuple[str, dict[str, object], Answer]] = Factory(dict)
    unanswered: list[tuple[str, str, dict[str, object]]] = Factory(list)

    def write_until_the_end(self) -> None:
        try:
            while True:
                self.counter += 1
                if self.counter % 4 == 0:
                    self._add_activity()
                else:
                    self._add_entry()
        except (OSError, HTTPException):
            return

    def remember(self, body: dict[str, object]) -> None:
        """Remember that a write was acknowledged."""
        if "name" in body:
            self.activities.add(str(body["name"]))
        else:
            self.entries[str(body["date"]), str(body["activity"])] = body["value"]

    def _add_entry(self) -> None:
        day, activity = f"2026-01-{1 + self.counter % 28:02}", f"slot {self.counter % SLOTS}"
        self._post("/add_entry", {"date": day, "activity": activity, "value": self.counter})

    def _add_activity(self) -> None:
        name = f"made {self.counter}"
        self._post(
            "/add_activity",
            {"name": name, "category": "Made", "frequency_per_day": 1, "frequency_per_week": 7},
        )

    def _post(self, path: str, body: dict[str, object]) -> None:
        key = f"key-{self.counter}"
        self.unanswered.append((key, path, body))
        answer = self.client.post(path, body, {"Idempotency-Key": key})
        assert answer.status in {200, 201}, answer.body
        self.answers[key] = (path, body, answer)
        self.unanswered.pop()
        self.remember(body)


def test_kill_9_under_eight_writers_loses_and_tears_nothing(tmp_path: Path) -> None:
    chance = random.SystemRandom()
    with serving(tmp_path, jwt_exp_minutes="600") as server:
        writers = [
            Writer(server.anyone.registered(f"writer{number}"), user_id=number + 1)
            for number in range(WRITERS)
        ]
        for number in range(ROUNDS):
            kill_while_writing(server, writers, chance.uniform(0.05, 0.6))
            server.start()
            for writer in writers:
                writer.client = evolve(writer.client, port=server.port)
            check_file(server.data / "mosaic.db", writers)
            check_replays(writers, chance)
            acknowledged = sum(len(writer.answers) for writer in writers)
            sys.stdout.write(f"round {number + 1}: {acknowledged} writes acknowledged so far\n")


def kill_while_writing(server: Server, writers: Sequence[Writer], seconds: float) -> None:
    """Let everybody write; that long after each has had answers to both kinds of writes, kill the server."""
    threads = [threading.Thread(target=writer.write_until_the_end) for writer in writers]
    for thread in threads:
        thread.start()
    for _ in patiently():
        if all(writer.entries and writer.activities for writer in writers):
            break
    threads[0].join(seconds)
    server.kill()
    for thread in threads:
        thread.join()


def check_file(path: Path, writers: Sequence[Writer]) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        for writer in writers:
            check_acknowledged(database, writer)
        assert rows(database, "SELECT user_id, count(*) FROM entries GROUP BY user_id") == rows(
            database, "SELECT owner, total FROM entry_totals WHERE total > 0"
        )
        assert not rows(
            database,
            """SELECT 1 FROM entries LEFT JOIN activities
               ON activities.user_id = entries.user_id AND name_key = activity_key
               WHERE activities.id IS NULL""",
        )
        assert rows(database, "SELECT user_id, id FROM activities WHERE category = 'Made'") == rows(
            database,
            """SELECT user_id, json_extract(context, '$.activity_id') FROM audit_events
               WHERE event_type = 'activity.create'""",
        )


def check_acknowledged(database: sqlite3.Connection, writer: Writer) -> None:
    """Want every acknowledged write, or one that came after it and was not answered any more."""
    found = {
        (day, activity): value
        for day, activity, value in database.execute(
            "SELECT day, activity, value FROM entries WHERE user_id = ?", (writer.user_id,)
        )
    }
    for place, value in writer.entries.items():
        assert found[place] == value or found[place] == writer.counter
    names = {
        name
        for (name,) in database.execute("SELECT name FROM activities WHERE user_id = ?", (writer.user_id,))
    }
    assert writer.activities <= names


def check_replays(writers: Sequence[Writer], chance: random.Random) -> None:
    """Want first answers again, and one effect for what was under way at the kill."""
    for writer in writers:
        keys = list(writer.answers)
        for key in {*keys[-2:], *chance.sample(keys, min(2, len(keys)))}:
            path, body, first = writer.answers[key]
            again = writer.client.post(path, body, {"Idempotency-Key": key})
            assert again.headers["Idempotency-Replayed"] == "true"
            assert (again.status, again.body) == (first.status, first.body)
        for key, path, body in writer.unanswered:
            answers = [writer.client.post(path, body, {"Idempotency-Key": key}) for _ in range(2)]
            assert answers[1].headers["Idempotency-Replayed"] == "true"
            assert answers[0].body == answers[1].body
            assert answers[0].status in {200, 201}
            writer.remember(body)
        writer.unanswered.clear()


def rows(database: sqlite3.Connection, sql: str) -> set[tuple[object, ...]]:
    return set(database.execute(sql))
