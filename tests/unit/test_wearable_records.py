"""Which records are well-formed, and what their fields must say."""

import json
import pickle
from typing import Any

import pytest

from mosaic_adapters.json_texts import decode
from mosaic_core.wearables.records import read_records
from mosaic_core.wearables.rows import Record, Sleep, SleepStage, Steps
from wearable_records import heart, read, record, sleep, stage, steps

NOON = "2026-01-02T12:00:00Z"
ONE = "2026-01-02T13:00:00Z"
NAN, INFINITE = float("nan"), float("inf")

GOOD: dict[str, Any] = heart("k", NOON)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GOOD.items() if key != name}


@pytest.mark.parametrize(
    ("bad", "key", "reason"),
    [
        ("text", None, "must be an object"),
        (None, None, "must be an object"),
        ({}, None, "type, start, fields, dedupe_key"),
        (without("type"), "k", "Missing required field(s): type"),
        (without("start"), "k", "Missing required field(s): start"),
        (without("fields"), "k", "Missing required field(s): fields"),
        (without("dedupe_key"), None, "Missing required field(s): dedupe_key"),
        (GOOD | {"colour": "red"}, "k", "Extra inputs are not permitted: colour"),
        (GOOD | {"type": 1}, "k", "type must be a text"),
        (GOOD | {"type": ""}, "k", "type must be a text"),
        (GOOD | {"type": "x" * 65}, "k", "type must be a text"),
        (GOOD | {"fields": [1]}, "k", "fields must be an object"),
        (GOOD | {"fields": None}, "k", "fields must be an object"),
        (GOOD | {"dedupe_key": 7}, None, "dedupe_key must be a text"),
        (GOOD | {"dedupe_key": ""}, "", "dedupe_key must be a text"),
        (GOOD | {"dedupe_key": "x" * 256}, "x" * 256, "dedupe_key must be a text"),
        (GOOD | {"dedupe_key": "a\0b"}, "a\0b", "without NUL"),
        (GOOD | {"start": None}, "k", "start must be a text"),
        (GOOD | {"start": 1767355200}, "k", "start must be a text"),
        (GOOD | {"start": "yesterday"}, "k", "start must be a time"),
        (GOOD | {"end": 5}, "k", "end must be a text"),
        (GOOD | {"end": "later"}, "k", "end must be a time"),
        (steps("k", ONE, NOON), "k", "end must not be before start"),
        (heart("k", ONE) | {"end": NOON}, "k", "end must not be before start"),
        (record("blood_pressure", "k", ONE, NOON), "k", "end must not be before start"),
        (record("sleep_session", "k", NOON), "k", "Missing required field(s): end"),
        (sleep("k", NOON, NOON), "k", "end must be after start"),
        (sleep("k", ONE, NOON), "k", "end must not be before start"),
        (record("sleep", "k", NOON, NOON), "k", "end must be after start"),
        (record("sleep_stage", "k", NOON), "k", "Missing required field(s): end"),
        (stage("k", NOON, NOON, "s"), "k", "end must be after start"),
        (record("sleep_segment", "k", ONE, NOON), "k", "end must not be before start"),
    ],
)
def test_a_bad_envelope_time_or_order_is_an_error_with_its_index(
    bad: object, key: str | None, reason: str
) -> None:
    reading = read([GOOD, bad, heart("other", NOON)])
    assert [one.dedupe_key for one in reading.records] == ["k", "other"]
    (error,) = reading.errors
    assert (error.index, error.dedupe_key) == (1, key)
    assert reason in error.reason


@pytest.mark.parametrize("text", ["{", "NaN", '{"a": 1e999}', ""])
def test_a_text_that_cannot_be_read_is_an_error_without_a_key(text: str) -> None:
    good = json.dumps(GOOD)
    reading = read_records([text, good], "UTC", decode)
    assert [one.payload for one in reading.records] == [good]
    (error,) = reading.errors
    assert (error.index, error.dedupe_key) == (0, None)
    assert "must be JSON" in error.reason


INNER = {"stage": "deep", "start": NOON, "end": ONE}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (record("blood_pressure", "k", NOON, systolic=120), "unknown type 'blood_pressure'"),
        *[
            (record(kind, "k", NOON, **fields), "steps must be a whole number")
            for kind in ("steps", "step_count")
            for fields in (
                {},
                {"steps": None},
                {"steps": "1"},
                {"steps": True},
                {"steps": 1.9},
                {"steps": -1},
                {"steps": 10**30},
            )
        ],
        *[
            (steps("k", NOON, ONE, 1, **{name: value}), f"{name} must be a number")
            for name in ("distance_m", "active_minutes", "calories")
            for value in (-0.5, "1", True, NAN, INFINITE, 10**400)
        ],
        *[
            (record("steps", "k", NOON, **fields), "steps must be a whole number")
            for fields in ({"count": "1"}, {"count": -1}, {"steps": 1.5, "count": 1}, {"steps": NAN})
        ],
        (steps("k", NOON, "2026-01-04T12:00:00.000001Z"), "must not last longer than 2 days"),
        *[
            (record(kind, "k", NOON, **fields), "bpm must be a whole number")
            for kind in ("heart_rate", "hr")
            for fields in (
                {},
                {"bpm": 0},
                {"bpm": 301},
                {"bpm": "60"},
                {"bpm": 60.5},
                {"bpm": False},
                {"bpm": INFINITE},
            )
        ],
        (heart("k", NOON, variability_ms="x"), "variability_ms must be a number"),
        (sleep("k", NOON, ONE, duration_seconds=-1), "duration_seconds must be a number"),
        (sleep("k", NOON, ONE, efficiency=101), "efficiency must be a number"),
        (sleep("k", NOON, ONE, score="good"), "score must be a number"),
        (sleep("k", NOON, ONE, sleep_type=1), "sleep_type must be a text"),
        (sleep("k", NOON, "2026-02-03T12:00:00Z"), "must not last longer than 31 days"),
        (sleep("k", NOON, ONE, stages={}), "stages must be a list"),
        (sleep("k", NOON, ONE, stages=[INNER] * 2_881), "stages must not be more than 2880"),
        (sleep("k", NOON, ONE, stages=[INNER, 1]), "stages[1]: must be an object"),
        (sleep("k", NOON, ONE, stages=[{**INNER, "start": None}]), "stages[0]: start must be a text"),
        (sleep("k", NOON, ONE, stages=[{**INNER, "end": "x"}]), "stages[0]: end must be a time"),
        (sleep("k", NOON, ONE, stages=[{**INNER, "end": NOON}]), "stages[0]: end must be after start"),
        (sleep("k", NOON, ONE, stages=[{**INNER, "stage": None}]), "stages[0]: stage must be a text"),
        (sleep("k", NOON, ONE, stages=[{**INNER, "dedupe_key": 1}]), "dedupe_key must be a text"),
        (record("sleep_stage", "k", NOON, ONE, stage="deep"), "session_dedupe_key must be a text"),
        (record("sleep_stage", "k", NOON, ONE, session_dedupe_key="s"), "stage must be a text"),
        (record("sleep_segment", "k", NOON, ONE, session_dedupe_key=1, stage="x"), "session_dedupe_key"),
    ],
)
def test_wrong_fields_or_an_unknown_type_leave_a_record_without_content(
    bad: dict[str, Any], reason: str
) -> None:
    reading = read([bad])
    assert reading.errors == []
    (one,) = reading.records
    assert one.payload == json.dumps(bad)
    assert one.content is None
    assert one.status == "skipped"
    assert reason in one.reason


def content(said: dict[str, Any], tz: str = "UTC") -> Any:  # noqa: ANN401  # each test knows its kind
    (one,) = read([said], tz).records
    assert one.reason == ""
    return one.content


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record("steps", "k", NOON, steps=1), record("step_count", "k", NOON, steps=1)),
        (record("heart_rate", "k", NOON, bpm=60), record("hr", "k", NOON, bpm=60)),
        (record("sleep_session", "k", NOON, ONE), record("sleep", "k", NOON, ONE)),
        (
            record("sleep_stage", "k", NOON, ONE, stage="rem", session_dedupe_key="s"),
            record("sleep_segment", "k", NOON, ONE, stage_type="rem", session_dedupe_key="s"),
        ),
    ],
)
def test_either_name_of_a_type_means_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert content(one) == content(other)
    first, second = read([one, other]).records
    assert first.type == second.type == one["type"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record("hr", "k", NOON, bpm=72.0), record("hr", "k", NOON, bpm=72)),
        (record("steps", "k", NOON, steps=9.0), record("steps", "k", NOON, steps=9)),
        (record("steps", "k", NOON, count=9), record("steps", "k", NOON, steps=9)),
        (record("steps", "k", NOON, steps=None, count=9.0), record("steps", "k", NOON, steps=9)),
        (record("steps", "k", NOON, steps=9, count="x"), record("steps", "k", NOON, steps=9)),
    ],
)
def test_a_whole_number_may_have_a_point_and_steps_another_name(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert str(content(one)) == str(content(other))


@pytest.mark.parametrize("told", ["high", "x" * 32, "", 0.75, 3, -1, 10**20, None])
def test_a_confidence_is_kept_as_it_was_given(told: object) -> None:
    assert content(heart("k", NOON, confidence=told)).confidence == told


@pytest.mark.parametrize("told", ["x" * 33, "a\0b", True, [], {"level": "high"}, NAN, -INFINITE, 10**400])
def test_a_confidence_of_another_kind_never_refuses_the_sample(told: object) -> None:
    assert content(heart("k", NOON, confidence=told)) == content(heart("k", NOON))


def test_steps_may_last_for_two_days_and_a_night_may_have_many_stages() -> None:
    assert len(content(steps("k", NOON, "2026-01-04T12:00:00Z")).pieces) == 3
    assert len(content(sleep("k", NOON, ONE, stages=[INNER] * 2_880)).stages) == 2_880


def test_null_stands_for_an_optional_value_that_is_not_told() -> None:
    told = steps("k", NOON, ONE, distance_m=None, calories=None)
    assert content(told | {"end": None}) == content(steps("k", NOON))
    assert content(sleep("k", NOON, ONE, score=None, stages=None, sleep_type=None)) == content(
        sleep("k", NOON, ONE)
    )


def test_fields_that_nobody_knows_are_kept_and_ignored() -> None:
    assert content(heart("k", NOON, 60, mood="good")) == content(heart("k", NOON, 60))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100, 101, 1_000_000_000])
def test_steps_across_midnight_are_split_in_proportion_and_add_up(count: int) -> None:
    told = steps("k", "2026-01-02T23:30:00+01:00", "2026-01-03T01:00:00+01:00", count, distance_m=90)
    split: Steps = content(told, "Europe/Berlin")
    assert [piece.day.day for piece in split.pieces] == [2, 3]
    assert [piece.steps for piece in split.pieces] == [count // 3, count - count // 3]
    assert [piece.distance_m for piece in split.pieces] == pytest.approx([30, 60])
    assert [piece.calories for piece in split.pieces] == [None, None]


def test_a_record_that_ends_at_midnight_belongs_to_one_day() -> None:
    split: Steps = content(steps("k", "2026-01-02T23:00:00Z", "2026-01-03T00:00:00Z", 7))
    assert [(piece.day.day, piece.steps) for piece in split.pieces] == [(2, 7)]


def test_a_record_without_length_at_midnight_belongs_to_the_new_day() -> None:
    split: Steps = content(steps("k", "2026-01-03T00:00:00", count=7), "Asia/Kolkata")
    assert [(piece.day.day, piece.steps) for piece in split.pieces] == [(3, 7)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_of_summer_time_is_split_by_the_time_that_passes(day: str, hours: int) -> None:
    month, next_day = day[:8], int(day[8:]) + 1
    told = steps("k", f"{day}T00:00:00", f"{month}{next_day}T01:00:00", 100 * (hours + 1))
    split: Steps = content(told, "Europe/Berlin")
    assert [piece.steps for piece in split.pieces] == [100 * hours, 100]


def test_sleep_belongs_to_the_local_day_on_which_it_ends() -> None:
    told: Sleep = content(sleep("k", "2026-01-02T20:00:00Z", "2026-01-02T23:30:00Z"), "Europe/Berlin")
    assert told.session.day.day == 3
    assert told.session.seconds == 3.5 * 3600


def test_sleep_may_tell_its_own_length_and_its_stages() -> None:
    stages = [INNER, {"stage_type": "rem", "start": NOON, "end": ONE, "dedupe_key": "own"}]
    told: Sleep = content(
        sleep("k", NOON, ONE, duration_seconds=60, efficiency=90, sleep_type="nap", stages=stages)
    )
    assert (told.session.seconds, told.session.efficiency, told.session.sleep_type) == (60, 90, "nap")
    assert [(one.session_key, one.stage, one.dedupe_key) for one in told.stages] == [
        ("k", "deep", "k#0"),
        ("k", "rem", "own"),
    ]


def test_a_stage_names_its_session() -> None:
    told: SleepStage = content(stage("k", NOON, ONE, "night"))
    assert (told.session_key, told.stage, told.dedupe_key) == ("night", "deep", "k")


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{}],
        [
            heart("h", NOON),
            steps("s", NOON, ONE),
            sleep("n", NOON, ONE),
            stage("g", NOON, ONE, "n"),
            record("blood_pressure", "k", NOON, ONE),
            {},
        ],
    ],
)
def test_a_reading_is_the_same_for_another_process(records: list[dict[str, Any]]) -> None:
    reading = read_records(map(json.dumps, records), "UTC", decode)
    again = pickle.loads(pickle.dumps(reading))  # noqa: S301  # our own
    assert again == reading
    assert [type(one) for one in again.records] == [Record] * len(reading.records)
    assert [type(one.content) for one in again.records] == [type(one.content) for one in reading.records]
