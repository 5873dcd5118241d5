"""How long a login takes tells nothing of who has an account."""

import time
from statistics import median

import pytest

from support_server import Client, Server

ATTEMPTS = 300
LEAST = 15


def test_a_refused_login_takes_the_same_time_for_known_and_unknown_names(server: Server) -> None:
    """The medians lie within 20 % of each other; on a busy machine more measurements are needed to see it."""
    known = [f"known{number}" for number in range(5)]
    for name in known:
        server.anyone.registered(name)
    of_known, of_unknown = [], []
    for number in range(ATTEMPTS):
        name = known[number % len(known)]
        of_known.append(seconds_of_a_refusal(server.anyone, name))
        of_unknown.append(seconds_of_a_refusal(server.anyone, f"stranger{number}"))
        server.anyone.logged_in(name)  # so that failures in a row slow nothing down
        if number >= LEAST and median(of_known) == pytest.approx(median(of_unknown), rel=0.2):
            return
    raise AssertionError(
        f"{median(of_known):.4f} s for known names, {median(of_unknown):.4f} s for unknown ones"
    )


def seconds_of_a_refusal(client: Client, name: str) -> float:
    started = time.perf_counter()
    client.post("/login", {"username": name, "password": "not the password"}).failed(
        401, "invalid_credentials"
    )
    return time.perf_counter() - started
