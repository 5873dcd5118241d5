"""Who has an account at the besieged server, and what is stored there before the siege."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from server import BenchError, Client
from siege import payloads
from siege.attacks import Attack

USERS = 8
OWNER = "owner"
PASSWORD = "correct horse battery"
ACTIVITIES = 15
TWO_YEARS = 731
SHORT_DAYS = 60


class Person(NamedTuple):
    """Somebody with an account, and the address they come from."""

    name: str
    token: str
    address: str


class People(NamedTuple):
    """The owner of the account that is attacked, the well-behaved users, and the attacks' own tokens."""

    owner: Person
    users: Sequence[Person]
    tokens: Mapping[str, Sequence[str]]


def settled(port: int, attacks: Mapping[str, Attack], *, is_short: bool) -> People:
    """Make all accounts at a server without rate limits, and give them their histories."""
    anyone = Client(port)
    owner, *users = (_user(anyone, number, is_short=is_short) for number in range(USERS + 1))
    tokens = {name: _members(anyone, name, attack, is_short=is_short) for name, attack in attacks.items()}
    return People(owner, users, tokens)


def _user(anyone: Client, number: int, *, is_short: bool) -> Person:
    name = f"user{number}" if number else OWNER
    client = anyone.account(name)
    client.upload(payloads.rows(ACTIVITIES, SHORT_DAYS if is_short else TWO_YEARS))
    hours = 24 * 60
    records = [payloads.steps("hour", 60 * hour, dt.timedelta(hours=1)) for hour in range(hours)]
    records += [payloads.sleep("night", night, 40) for night in range(60)]
    client.post("/ingest/wearable/batch", payloads.batch("watch", records))
    return Person(name, client.token, f"127.{10 + number}.0.1")


def _members(anyone: Client, name: str, attack: Attack, *, is_short: bool) -> list[str]:
    clients = [anyone.account(f"{name}-{number}") for number in range(attack.accounts)]
    history = attack.history[:3] if is_short else attack.history
    for number, (activities, days) in enumerate(history):
        size = (activities, min(days, 400)) if is_short else (activities, days)
        with suppress(BenchError):  # a server that bounds what one user may have refuses what is too much
            clients[0].upload(payloads.rows(*size, f"Part {number} habit"))
    return [client.token for client in clients]
