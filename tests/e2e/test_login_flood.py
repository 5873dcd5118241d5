"""A flood of guesses at the real server, and the owner of an account who logs in meanwhile."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest
from attrs import evolve

from support_server import PASSWORD, Client, Start

CONNECTIONS = 80

made_up = map("name{}".format, count())


def come_from(client: Client, address: str) -> Client:
    """Return the client as a trusted proxy tells of it."""
    return evolve(client, headers={"X-Forwarded-For": address})


@pytest.mark.parametrize(
    ("workers", "name", "refusals"),
    [(1, lambda: "owner", {429}), (1, lambda: next(made_up), {503}), (2, lambda: next(made_up), {503})],
    ids=["owners-name", "made-up-names", "two-workers"],
)
def test_an_owner_logs_in_whoever_guesses_elsewhere(
    start: Start, workers: int, name: Callable[[], str], refusals: set[int]
) -> None:
    server = start(workers=workers, trusted_proxies="127.0.0.1")
    owner, guesser = (come_from(server.anyone, address) for address in ("192.0.2.1", "198.51.100.66"))
    owner.post("/register", {"username": "owner", "password": PASSWORD}).went(201)
    is_over, answers = Event(), Counter[int]()

    def guess() -> None:
        while not is_over.is_set():
            answers[guesser.post("/login", {"username": name(), "password": "a guess"}).status] += 1

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        guessing = [threads.submit(guess) for _ in range(CONNECTIONS)]
        try:
            for _ in range(10):
                owner.logged_in("owner")
        finally:
            is_over.set()
    for one in guessing:
        one.result()
    assert set(answers) == {401} | refusals
