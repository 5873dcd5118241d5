"""How long a login takes tells nothing of who has an account."""

import time
from itertools import count
from statistics import median

import pytest

from support_server import Client, Server

ROUNDS = 15


def test_a_refused_login_takes_the_same_time_for_known_and_unknown_names(server: Server) -> None:
    """The medians lie within 20 % of each other; a disturbed measurement is taken again."""
    known = [f"known{number}" for number in range(5)]
    for name in known:
        server.anyone.registered(name)
    strangers = count()
    for _ in range(4):
        of_known, of_unknown = medians(server.anyone, known, strangers)
        if of_known == pytest.approx(of_unknown, rel=0.2):
            return
    raise AssertionError(f"{of_known:.4f} s for known names, {of_unknown:.4f} s for unknown ones")


def medians(client: Client, known: list[str], strangers: "count[int]") -> tuple[float, float]:
    """Return the median seconds of refused logins, those of known and of unknown names taking turns."""
    of_known, of_unknown = [], []
    for number in range(ROUNDS):
        name = known[number % len(known)]
        of_known.append(seconds_of_a_refusal(client, name))
        of_unknown.append(seconds_of_a_refusal(client, f"stranger{next(strangers)}"))
        client.logged_in(name)
    return median(of_known), median(of_unknown)


def seconds_of_a_refusal(client: Client, name: str) -> float:
    started = time.perf_counter()
    client.post("/login", {"username": name, "password": "not the password"}).failed(
        401, "invalid_credentials"
    )
    return time.perf_counter() - started
