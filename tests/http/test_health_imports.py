"""What watches recorded, imported over HTTP."""

import datetime as dt

import pytest

from support_health_files import apple, record
from support_http import Client, Reply, form
from tracker_files import FILES, archive

RECORDS, TAKEN = 50_000, 10_000
FIRST = dt.datetime(2020, 1, 1, 6, tzinfo=dt.UTC)


def send(person: Client, content: bytes) -> Reply:
    body, headers = form(content)
    return person.ask("POST", "/imports", body=body, headers=headers)


def a_long_document() -> bytes:
    """Return steps and heart rates of 15 days, and four times as many of each that nobody takes."""

    def told(kind: str, unit: str, number: int) -> list[str]:
        starts = (FIRST + dt.timedelta(seconds=260 * one) for one in range(number))
        times = (f"{start:%Y-%m-%d %H:%M:%S} +0000" for start in starts)
        return [record(kind, at, at, "60", unit) for at in times]

    return apple(
        *told("StepCount", "count", TAKEN // 2),
        *told("HeartRate", "count/min", TAKEN // 2),
        *told("ActiveEnergyBurned", "kcal", RECORDS - TAKEN),
    )


@pytest.mark.parametrize("store_name", ["sqlite"])
def test_years_of_a_watch_come_in_as_a_stream(ada: Client) -> None:
    told = send(ada, archive({"apple_health_export/export.xml": a_long_document()})).went(201).json
    assert told["wearables"] == {"accepted": TAKEN, "duplicates": 0, "skipped": RECORDS - TAKEN}
    (detail,) = told["details"]
    assert (
        detail["reason"] == f"{RECORDS - TAKEN} of HKQuantityTypeIdentifierActiveEnergyBurned are not taken"
    )
    day = ada.get("/wearable/day?date=2020-01-10").json
    assert day["steps"] // 60 in {332, 333}
    assert (day["hr"]["avg"], day["hr"]["rest"]) == (60, 60)
    (source,) = ada.get("/wearable/sources").json
    assert (source["device_id"], source["records"]) == ("Watch", TAKEN)


@pytest.mark.parametrize(
    "name",
    [name for name, (kind, _) in FILES.items() if kind in {"fitbit", "health-connect", "activitywatch"}],
)
def test_other_files_come_in_and_change_nothing_the_second_time(ada: Client, name: str) -> None:
    kind, write = FILES[name]
    first, second = (send(ada, write()).went(201).json for _ in range(2))
    assert first["format"] == second["format"] == kind
    assert first["wearables"]["accepted"] + first["entries"]["created"] > 0
    assert (second["wearables"]["accepted"], second["wearables"]["duplicates"]) == (
        0,
        first["wearables"]["accepted"],
    )
    assert (second["entries"]["created"], second["entries"]["updated"]) == (0, 0)


BOMB = "".join(f'<!ENTITY l{one + 1} "{f"&l{one};" * 10}">' for one in range(12))
HOSTILE = {
    "entities": apple("<Record value='&l12;'/>", dtd=f'<!DOCTYPE HealthData [<!ENTITY l0 "lol">{BOMB}]>'),
    "an archive": archive({"apple_health_export/export.xml": b"<HealthData>" + b" " * 2**26}),
    "a tag without an end": b"<HealthData><Record a='" + b"a" * 2**21,
    "tags without an end": b"<HealthData>" + b"<a>" * 2**20,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_grow_without_bound_is_refused_at_once(ada: Client, name: str) -> None:
    reply = send(ada, HOSTILE[name])
    assert reply.went(400).json["error"]["code"] == "invalid_input"
    assert ada.get("/wearable/sources").json == []
