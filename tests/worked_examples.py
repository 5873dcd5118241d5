"""The four worked examples of habits: what was done, and what is told of it on which day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen


@frozen
class Seen:
    """What the history tells on a day: streaks, the rate over 30 days, strengths by day, states by day."""

    on: str
    current: int
    longest: int
    strength: float
    rate: float
    strengths: Mapping[str, float]
    states: Mapping[str, str]


@frozen
class Example:
    name: str
    activity: Mapping[str, Any]
    values: Mapping[str, float]
    pauses: Sequence[tuple[str, str]]
    seen: Sequence[Seen]


def done_on(*days: str) -> Mapping[str, float]:
    return dict.fromkeys(days, 1.0)


EXAMPLES = (
    Example(
        "three times a week",
        {"schedule": {"kind": "times", "times": 3, "per": "week"}},
        done_on(
            "01-02", "01-03", "01-05", "01-07", "01-09", "01-12", "01-14", "01-21", "01-26", "01-27", "01-28"
        ),
        [("01-19", "01-24")],
        [
            Seen(
                "01-18", 2, 2, 0.387, 1.0, {"01-04": 0.217, "01-11": 0.387},
                {"01-02": "done", "01-13": "open", "01-18": "open", "01-08": "rest"},
            ),
            Seen(
                "01-28", 2, 2, 0.661, 0.8,
                {"01-04": 0.217, "01-11": 0.387, "01-18": 0.447, "01-25": 0.567, "01-28": 0.661},
                {"01-13": "missed", "01-20": "paused", "01-21": "done", "01-25": "rest"},
            ),
            Seen(
                "01-30", 2, 2, 0.661, 0.8,
                {"01-04": 0.217, "01-11": 0.387, "01-18": 0.447, "01-25": 0.567, "01-30": 0.661},
                {"01-29": "rest"},
            ),
        ],
    ),
    Example(
        "weekdays with a target",
        {
            "schedule": {"kind": "weekdays", "days": ["mon", "wed", "fri"]},
            "target": {"kind": "at_least", "value": 5},
        },
        {"03-02": 5, "03-04": 2.5, "03-06": 5, "03-07": 9, "03-09": 6, "03-13": 5},
        [("03-11", "03-11")],
        [
            Seen(
                "03-16", 3, 3, 0.304, 0.8,
                {"03-02": 0.078, "03-04": 0.111, "03-06": 0.181, "03-09": 0.245, "03-13": 0.304},
                {"03-04": "missed", "03-07": "done", "03-08": "rest", "03-11": "paused", "03-16": "open"},
            )
        ],
    ),
    Example(
        "a negative activity",
        {"activity_type": "negative", "schedule": {"kind": "daily"}},
        {"03-01": 0, "03-02": 0, "03-03": 2, "03-04": 0},
        [],
        [
            Seen(
                "03-06", 0, 2, 0.135, 0.6, {"03-05": 0.135},
                {"03-01": "done", "03-03": "missed", "03-05": "missed", "03-06": "open"},
            )
        ],
    ),
    Example(
        "every three days",
        {"schedule": {"kind": "every", "days": 3}},
        done_on("01-01", "01-04", "01-07", "01-11", "01-13"),
        [],
        [
            Seen(
                "01-14", 1, 3, 0.289, 0.8, {"01-13": 0.289},
                {"01-10": "missed", "01-11": "done", "01-12": "rest", "01-14": "rest"},
            )
        ],
    ),
)  # fmt: skip


def noon(day: str) -> dt.datetime:
    """Return noon of that day of 2026."""
    return dt.datetime.fromisoformat(f"2026-{day}T12:00:00+00:00")
