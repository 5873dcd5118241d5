"""One idempotency key, many requests at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support_server import Answer, Client, serving


@pytest.mark.parametrize("workers", [1, 2])
def test_50_parallel_requests_with_one_key_have_one_effect(tmp_path: Path, workers: int) -> None:
    with serving(tmp_path, workers=workers) as server:
        person = server.anyone.registered("person")
        for path, body, count in (
            ("/add_entry", {"date": "2026-01-02", "activity": "Running", "value": 1}, 1),
            (
                "/add_activity",
                {"name": "Reading", "category": "A", "frequency_per_day": 1, "frequency_per_week": 7},
                2,
            ),
        ):
            answers = asked_50_times(person, path, body)
            assert {(answer.status, answer.body) for answer in answers} == {(201, answers[0].body)}
            assert sum(answer.headers["Idempotency-Replayed"] is None for answer in answers) == 1
            assert len(person.get("/activities").json) == count
        created = server.anyone.logged_in("person").get("/logs/activity?event_type=activity.create").json
        assert created["total"] == 1
        assert len(person.get("/entries").json) == 1


def asked_50_times(person: Client, path: str, body: dict[str, object]) -> list[Answer]:
    with ThreadPoolExecutor(50) as pool:
        asking = [
            pool.submit(person.post, path, body, {"Idempotency-Key": f"one-key-of-{path}"}) for _ in range(50)
        ]
        return [one.result() for one in asking]
