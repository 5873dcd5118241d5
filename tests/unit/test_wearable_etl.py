"""Canonical rows and aggregates depend on the set of records alone."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_adapters.memory.store import MemoryStore
from mosaic_adapters.sqlite.database import SqliteStore
from mosaic_core.caller import Caller
from mosaic_core.store import Store
from mosaic_core.wearables.daily import counted, heart_day, shares_by_day, sleep_day, steps_day, whole
from mosaic_core.wearables.model import DailyAggregate, SourceChange
from mosaic_core.wearables.rows import HeartRate, Sleep, SleepSession, Steps
from support import a_caller, a_user
from support_examples import EXAMPLES
from wearable_records import (
    Json,
    everything,
    heart,
    ingest,
    read,
    record,
    service,
    sleep,
    stage,
    steps,
    with_sources,
)

DEVICES = ("d0", "d1", "d2")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia")
FIRST = dt.datetime(2026, 3, 27, 12, tzinfo=dt.UTC)
"""Summer time begins in Berlin on the 29th, and ends on Lord Howe Island a week later."""


Parts = defaultdict[tuple[str, dt.date], Json]


class Sent(NamedTuple):
    """A record, the device it comes from, and the time zone of its batch."""

    device: str
    tz: str
    record: Json


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Store]]:
    made = [MemoryStore(), SqliteStore(tmp_path_factory.mktemp("etl") / "mosaic.db")]
    yield made
    for store in made:
        store.close()


def newcomer(store: Store) -> Caller:
    """Return a caller who owns nothing but the three sources."""
    with store.write() as unit:
        user = unit.users.add(a_user(f"user{unit.users.count()}"))
    with_sources(store, user.id, DEVICES)
    return a_caller(user.id)


MOMENTS = st.integers(0, 8) | st.integers(0, 4 * 24 * 9)
"""Quarters of an hour; two records are often at the same one."""

WHOLE_NUMBERS = st.integers(0, 999) | st.integers(0, 999).map(float)
CONFIDENCES: st.SearchStrategy[Any] = st.floats(0, 1) | st.sampled_from([None, "high", "", "x" * 40, []])


@st.composite
def records(draw: st.DrawFn, number: int) -> Json:
    """Draw a record around two changes of summer time, on quarters of an hour, some in local time."""
    start = FIRST.replace(tzinfo=None) + dt.timedelta(minutes=15 * draw(MOMENTS))
    length = dt.timedelta(minutes=15 * draw(st.just(0) | st.integers(0, 60)))
    offset = draw(st.sampled_from(["", "Z", "+05:30", "-12:00", "+14:00"]))
    begin, end = start.isoformat() + offset, (start + length).isoformat() + offset
    after = (start + length + dt.timedelta(minutes=15)).isoformat() + offset
    key = f"k{number}"
    kinds: Mapping[str, Any] = {
        "steps": lambda: steps(key, begin, end, draw(WHOLE_NUMBERS), distance_m=draw(st.floats(0, 1e4))),
        "instant": lambda: record("steps", key, begin, count=draw(WHOLE_NUMBERS)),
        "heart": lambda: heart(
            key,
            begin,
            draw(st.integers(1, 300)),
            variability_ms=draw(st.none() | st.floats(1, 200)),
            confidence=draw(CONFIDENCES),
        ),
        "sleep": lambda: sleep(
            key, begin, after, efficiency=draw(st.none() | st.floats(0, 100)), score=draw(st.integers(0, 9))
        ),
        "stage": lambda: stage(key, begin, after, f"k{draw(st.integers(0, 11))}"),
        "wrong": lambda: record("heart_rate", key, begin, bpm="x"),
    }
    made: Json = kinds[
        draw(st.sampled_from(["steps", "steps", "instant", "heart", "sleep", "sleep", "stage", "wrong"]))
    ]()
    return made


@st.composite
def sendings(draw: st.DrawFn) -> list[Sent]:
    zones = draw(st.sampled_from([ZONES[1:2], ZONES[3:4], ZONES]))
    return [
        Sent(draw(st.sampled_from(DEVICES)), draw(st.sampled_from(zones)), draw(records(number)))
        for number in range(draw(st.integers(1, 12)))
    ]


def send(store: Store, caller: Caller, sent: Sequence[Sent]) -> None:
    """Send the records in their order, neighbours of one device and zone in one batch."""
    batch: list[Json] = []
    for one, after in zip(sent, [*sent[1:], None], strict=True):
        batch.append(one.record)
        if after is None or after[:2] != one[:2]:
            ingest(store, caller, batch, one.device, one.tz)
            batch = []


def expected(sent: Sequence[Sent], ranks: Sequence[str] = DEVICES) -> Json:
    """Return the days as they must be, worked out from all records at once."""
    contents = [(one.device, read([one.record], one.tz).records[0].content) for one in sent]
    parts: Parts = defaultdict(dict)
    _put_heart(parts, [(name, one) for name, one in contents if isinstance(one, HeartRate)])
    pieces = [(name, piece) for name, one in contents if isinstance(one, Steps) for piece in one.pieces]
    by_device = [[piece for name, piece in pieces if name == device] for device in ranks]
    for device, own in zip(ranks, by_device, strict=True):
        for day in {one.day for one in own}:
            parts[device, day]["steps"] = steps_day(whole(one for one in own if one.day == day))
    for day, shares in shares_by_day(by_device).items():
        parts["all", day]["steps"] = steps_day(shares)
    sessions = [(name, one.session) for name, one in contents if isinstance(one, Sleep)]
    _put_sleep(parts, "all", counted((ranks.index(name), one) for name, one in sessions))
    for device in ranks:
        _put_sleep(parts, device, counted((0, one) for name, one in sessions if name == device))
    return {
        name: [DailyAggregate(day, **told) for (owner, day), told in sorted(parts.items()) if owner == name]
        for name in ("all", *DEVICES)
    }


def _put_heart(parts: Parts, told: list[tuple[str, HeartRate]]) -> None:
    samples: defaultdict[tuple[str, dt.date], list[HeartRate]] = defaultdict(list)
    for device, sample in told:
        samples[device, sample.day].append(sample)
        samples["all", sample.day].append(sample)
    for key, some in samples.items():
        variabilities = [one.variability_ms for one in some if one.variability_ms is not None]
        parts[key]["heart"] = heart_day(Counter(one.bpm for one in some), variabilities)


def _put_sleep(parts: Parts, name: str, chosen: list[SleepSession]) -> None:
    for day in {one.day for one in chosen}:
        parts[name, day]["sleep"] = sleep_day([one for one in chosen if one.day == day])


@settings(max_examples=EXAMPLES // 2)
@given(sendings(), st.data())
def test_order_batches_and_repetition_change_nothing(
    stores: Sequence[Store], sent: list[Sent], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(sent))
    again = data.draw(st.lists(st.sampled_from(sent), max_size=4))
    pictures = []
    for order in (sent, [*shuffled, *again], sorted(sent, key=lambda one: one[:2])):
        caller = newcomer(stores[0])
        send(stores[0], caller, order)
        pictures.append(everything(stores[0], caller.user_id))
    assert pictures[0] == pictures[1] == pictures[2]
    assert pictures[0]["days"] == expected(sent)


@settings(max_examples=EXAMPLES // 2)
@given(sendings(), st.permutations(range(3)), st.sampled_from([*DEVICES, None]))
def test_memory_and_sqlite_agree_whatever_happens(
    stores: Sequence[Store], sent: list[Sent], ranks: list[int], deleted: str | None
) -> None:
    pictures = []
    order = [DEVICES[number] for number in ranks]
    for store in stores:
        caller = newcomer(store)
        send(store, caller, sent)
        ids = {source.device_id: source.id for source in service(store).sources(caller)}
        for rank, device in enumerate(order):
            service(store).change_source(caller, ids[device], SourceChange(priority=10 + rank))
        reranked = everything(store, caller.user_id)
        assert reranked["days"] == expected(sent, order)
        assert [progress.done for progress in service(store).reprocess(caller.user_id)][-1:] == [len(sent)]
        assert everything(store, caller.user_id) == reranked
        if deleted is not None:
            service(store).delete_source(caller, ids[deleted])
            days = everything(store, caller.user_id)["days"]
            left = expected([one for one in sent if one.device != deleted], order)
            assert days == {name: left[name] for name in days}
        pictures.append(everything(store, caller.user_id))
    assert pictures[0] == pictures[1]
