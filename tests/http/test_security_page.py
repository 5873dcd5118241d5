"""docs/security.md tells the truth about settings and limits."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from attrs import fields

from mosaic_adapters.lanes import (
    _HASHES_WAITING,
    _HEAVY_WAITING,
    _LONG_READS_WAITING,
    _NAMES_HASHING,
    _PARTIES_HASHING,
    _WRITES_WAITING,
)
from mosaic_adapters.settings import CONFIG, DEFAULT_RATE_LIMITS, Settings, variable
from mosaic_adapters.streams.feed import _GRACE_SECONDS, _PAUSES, VIEWERS_PER_CAMERA
from mosaic_adapters.streams.jpegs import LARGEST_PICTURE
from mosaic_core.accounts.brake import (
    _FREE_FAILURES,
    _KEYS,
    _LONGEST_DELAY,
    _LONGEST_DELAY_BY_OTHERS,
    _MAY_WAIT,
    _ORIGINS,
)
from mosaic_core.accounts.model import LONGEST_PASSWORD, LONGEST_USERNAME
from mosaic_core.entries.csv_layout import LONGEST_ROW
from mosaic_core.entries.importing import MOST_ACTIVITIES, MOST_SHOWN, MOST_SKIPPED
from mosaic_core.idempotency.model import LIFETIME, MOST_LISTED
from mosaic_core.streams.model import LONGEST_CREDENTIAL, LONGEST_URL
from mosaic_core.streams.service import TICKET_SECONDS
from mosaic_core.wearables.contents import LONGEST_STEPS, MOST_STAGES
from mosaic_core.wearables.large import MOST_RECORDS, MOST_TOLD
from mosaic_core.wearables.model import MOST_PAYLOAD
from mosaic_core.wearables.records import LONGEST_RECORD
from mosaic_core.wearables.rows import LONGEST_SLEEP
from mosaic_core.wearables.times import DAY
from mosaic_http.app import PATHS
from mosaic_http.batches import MOST_CUT
from mosaic_http.bodies import _MOST_VALUES
from mosaic_http.connections import MOST_PER_NETWORK
from mosaic_http.ending import _LEAST_TAKEN, _LINGER_BYTES
from mosaic_http.endpoint import _PUBLIC_BODY
from mosaic_http.handles import MOST_CONNECTIONS
from mosaic_http.health import _HOLDS_SECONDS
from mosaic_http.outlet import _BACKLOG
from mosaic_http.protocol import _HEAD_BYTES, _TRAILER_BYTES
from mosaic_http.query import parsed
from mosaic_http.sliding_window import _CLIENTS

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
DEFAULTS = {variable(one.name): getattr(Settings(), one.name) for one in fields(Settings)}

LIMITS = {
    "Connections of one client": MOST_PER_NETWORK,
    "Connections in all": MOST_CONNECTIONS,
    "Body of a public request, such as a login": _PUBLIC_BODY,
    "Request line and headers": _HEAD_BYTES,
    "Trailers behind a chunked body": _TRAILER_BYTES,
    "What is read and thrown away behind an early answer": _LINGER_BYTES,
    "What a client must take of a waiting answer, each time its patience is checked": _LEAST_TAKEN,
    "Parameters in a query": 100,
    "User name": LONGEST_USERNAME,
    "Password": LONGEST_PASSWORD,
    "Login attempts under one name from one client that are checked at once": _FREE_FAILURES,
    "Wait before a further attempt, at most": _LONGEST_DELAY,
    "The same for a client whose own attempts did not fail": _LONGEST_DELAY_BY_OTHERS,
    "Attempts under one name from one client that wait": _MAY_WAIT,
    "Names and clients whose failures are remembered": _KEYS,
    "Clients from which no login has succeeded since one failed that are remembered": _ORIGINS,
    "Clients whose passwords wait to be hashed": _PARTIES_HASHING,
    "Of these, how many may wait where one more joins from which a login has failed lately": (
        _PARTIES_HASHING // 2
    ),
    "Names of one client whose passwords wait to be hashed": _NAMES_HASHING,
    "Passwords of one name and client that wait to be hashed": _HASHES_WAITING,
    "Clients remembered for each rate limit": _CLIENTS,
    "Writes of one client that wait for their turn": _WRITES_WAITING,
    "Heavy tasks of one client that wait for their turn, such as imports": _HEAVY_WAITING,
    "Long reads of one client that wait for their turn": _LONG_READS_WAITING,
    "Time for which the result of a health check is used again": _HOLDS_SECONDS,
    "Rows of a CSV import that may be skipped": MOST_SKIPPED,
    "Taken rows that an import's answer names": MOST_SHOWN,
    "Activities in one CSV import": MOST_ACTIVITIES,
    "One row of a CSV import": LONGEST_ROW,
    "Values in a JSON body of more than a few kilobytes": _MOST_VALUES,
    "One record of a wearable batch": LONGEST_RECORD,
    "Records in one wearable batch": MOST_CUT,
    "Wearable records that are stored in one transaction": MOST_RECORDS,
    "Characters of the records on one page of raw records": MOST_PAYLOAD,
    "Errors of each kind that a batch's answer names": MOST_TOLD,
    "A list in an answer that is kept under an idempotency key": MOST_LISTED,
    "Length of a step record": LONGEST_STEPS / DAY,
    "Length of a sleep record": LONGEST_SLEEP / DAY,
    "Stages in a sleep record": MOST_STAGES,
    "Time for which an idempotency key is remembered": LIFETIME.total_seconds() / 3600,
    "Viewers of one camera": VIEWERS_PER_CAMERA,
    "Address of a camera": LONGEST_URL,
    "User name or password of a camera": LONGEST_CREDENTIAL,
    "Lifetime of a ticket for a camera": TICKET_SECONDS,
    "Time for which a camera stays open without viewers": _GRACE_SECONDS,
    "Wait before a camera that has dropped out is tried again, at most": max(_PAUSES),
    "A picture of a camera": LARGEST_PICTURE,
    "Log lines kept for a reader that has stalled": _BACKLOG,
}


def numbers(text: str) -> list[int]:
    """Return the numbers that stand in the text outside of code; sizes in bytes."""
    plain = re.sub(r"`[^`]*`", "", text)
    found = re.findall(r"(?<![\w.])(\d[\d,]*)(?: (KiB|MiB|GiB))?", plain)
    return [int(number.replace(",", "")) * UNITS[unit] for number, unit in found]


def table(title: str) -> list[list[str]]:
    """Return the rows of the first table under that title, without its head."""
    section = PAGE.partition(f"# {title}\n")[2].partition("\n#")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def named(text: str) -> list[str]:
    return re.findall(r"MOSAIC_[A-Z0-9_]+", text)


def operations() -> Mapping[str, set[str]]:
    """Return what each rate limit counts."""
    found: dict[str, set[str]] = {}
    for path, methods in PATHS.items():
        for method, operation in methods.items():
            if operation.limit is not None:
                found.setdefault(operation.limit, set()).add(f"{method} {path.replace(':int', '')}")
    return found


def test_every_setting_that_the_page_names_exists() -> None:
    assert set(named(PAGE)) <= {CONFIG, *DEFAULTS}


@pytest.mark.parametrize("line", [line for line in PAGE.splitlines() if named(line) and numbers(line)])
def test_every_number_beside_a_setting_is_its_default(line: str) -> None:
    (setting,) = named(line)
    assert numbers(line) == [DEFAULTS[setting]]


@pytest.mark.parametrize("row", table("Limits you can set"), ids=lambda row: str(row[2]))
def test_a_default_that_is_a_number_is_told(row: list[str]) -> None:
    (setting,) = named(row[2])
    assert bool(numbers(row[1])) == isinstance(DEFAULTS[setting], int | float)


def test_the_rate_limits_are_the_default_ones() -> None:
    told = {name.strip("`"): (int(calls), int(seconds)) for name, calls, seconds, _ in table("Rate limits")}
    assert told == DEFAULT_RATE_LIMITS


def test_the_rate_limits_count_what_the_page_says() -> None:
    counted = operations()
    for name, _, _, what in table("Rate limits"):
        said = [one for one in re.findall(r"`([^`]*)`", what) if not one.startswith("…")]
        assert set(said) <= counted[name.strip("`")]


def test_the_fixed_limits_are_those_of_the_code() -> None:
    told = {what: numbers(limit) for what, limit in table("Fixed limits")}
    assert told == {what: [limit] for what, limit in LIMITS.items()}


def test_as_many_parameters_as_the_page_says_are_read() -> None:
    assert len(parsed(b"&".join(b"p%d=1" % number for number in range(100))).parameters) == 100
