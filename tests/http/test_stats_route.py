"""Statistics over HTTP."""

import datetime as dt

import pytest

from support_http import Client

EXAMPLE = {
    "2024-06-01": (0.8, 0.5, 0.2),
    "2024-05-31": (1.0, 0.4, 0.5),
    "2024-05-30": (1.1, 0.5, None),
    "2024-05-29": (0.6, None, None),
    "2024-05-28": (1.0, None, 0.5),
    "2024-05-27": (None, 0.0, None),
    "2024-05-25": (None, None, 0.5),
}
ACTIVITIES = [("Running", "Health", 1.0), ("Reading", "Learning", 0.5), ("Meditation", "Wellness", 0.5)]

PROGRESS = {
    "goal_completion_today": 75.0,
    "streak_length": 2,
    "current_streak": 3,
    "longest_streak": 3,
    "activity_distribution": [
        {"category": "Health", "count": 5, "percent": 38.5},
        {"category": "Learning", "count": 4, "percent": 30.8},
        {"category": "Wellness", "count": 4, "percent": 30.8},
    ],
    "avg_goal_fulfillment": {"last_7_days": 50.7, "last_30_days": 12.7},
    "avg_goal_fulfillment_by_category": [
        {"category": "Health", "last_7_days": 51.4, "last_30_days": 12.0},
        {"category": "Learning", "last_7_days": 25.7, "last_30_days": 6.0},
        {"category": "Wellness", "last_7_days": 42.9, "last_30_days": 10.0},
    ],
    "active_days_ratio": {"active_days": 3, "total_days": 30, "percent": 10.0},
    "positive_vs_negative": {"positive": 12, "negative": 1, "ratio": 12.0},
    "top_consistent_activities_by_category": [
        {"category": "Health", "activities": [{"name": "Running", "consistency_percent": 16.7}]},
        {"category": "Learning", "activities": [{"name": "Reading", "consistency_percent": 13.3}]},
        {"category": "Wellness", "activities": [{"name": "Meditation", "consistency_percent": 13.3}]},
    ],
}


@pytest.fixture
def example(ada: Client) -> Client:
    for name, category, goal in ACTIVITIES:
        ada.add_activity(name, category=category, goal=goal).went(201)
    for day, values in EXAMPLE.items():
        for (name, _, _), value in zip(ACTIVITIES, values, strict=True):
            if value is not None:
                ada.add_entry(name, day, value=value).went(201)
    return ada


@pytest.mark.parametrize("target", ["/stats/progress", "/stats/progress?date=2024-06-01"])
def test_a_week_of_three_activities_comes_out_as_worked_by_hand(example: Client, target: str) -> None:
    assert example.get(target).went(200).json == PROGRESS


def test_statistics_of_another_day_look_at_the_days_up_to_it(example: Client) -> None:
    shown = example.get("/stats/progress?date=2024-05-31").json
    assert (shown["goal_completion_today"], shown["streak_length"], shown["current_streak"]) == (95.0, 1, 2)


def test_negative_activities_count_nowhere(example: Client) -> None:
    example.add_activity("Biting nails", category="Bad", activity_type="negative").went(201)
    example.add_entry("Biting nails", value=9).went(201)
    assert example.get("/stats/progress").json == PROGRESS


def test_every_write_that_touches_them_shows_in_the_statistics_at_once(example: Client) -> None:
    def completion() -> float:
        value: float = example.get("/stats/progress").json["goal_completion_today"]
        return value

    assert completion() == 75.0
    example.add_entry("Running", value=1.3).went(200)
    assert completion() == 100.0
    example.put("/activities/1", {"goal": 3}).went(200)
    assert completion() == 50.0
    example.patch("/activities/1/deactivate").went(200)
    assert completion() == 100.0
    example.patch("/activities/1/activate").went(200)
    assert completion() == 50.0
    example.upload("date,activity,value\n2024-06-01,Running,0.3\n").went(200)
    assert completion() == 25.0


def test_someone_without_any_data_has_statistics_too(ada: Client) -> None:
    assert ada.get("/stats/progress").went(200).json == {
        "goal_completion_today": 0.0,
        "streak_length": 0,
        "current_streak": 0,
        "longest_streak": 0,
        "activity_distribution": [],
        "avg_goal_fulfillment": {"last_7_days": 0.0, "last_30_days": 0.0},
        "avg_goal_fulfillment_by_category": [],
        "active_days_ratio": {"active_days": 0, "total_days": 30, "percent": 0.0},
        "positive_vs_negative": {"positive": 0, "negative": 0, "ratio": 0.0},
        "top_consistent_activities_by_category": [],
    }


def test_a_streak_of_500_days_is_told_in_full(ada: Client) -> None:
    days = [(dt.date(2024, 6, 1) - dt.timedelta(n)).isoformat() for n in range(500)]
    rows = "".join(f"{day},Running,1\n" for day in days)
    ada.add_activity(goal=1).went(201)
    ada.upload("date,activity,value\n" + rows).went(200)
    shown = ada.get("/stats/progress").json
    assert shown["streak_length"] == 30
    assert shown["active_days_ratio"] == {"active_days": 30, "total_days": 30, "percent": 100.0}
    assert (shown["current_streak"], shown["longest_streak"]) == (500, 500)


@pytest.mark.parametrize("day", ["1900-01-01", "1900-01-15", "2200-12-31"])
def test_the_calendars_ends_have_statistics(ada: Client, day: str) -> None:
    ada.add_activity(goal=1).went(201)
    ada.add_entry(day=day, value=1).went(201)
    shown = ada.get(f"/stats/progress?date={day}").went(200).json
    assert (shown["goal_completion_today"], shown["current_streak"]) == (100.0, 1)


@pytest.mark.parametrize(
    ("day", "streaks"),
    [
        ("0001-01-01", (0, 0)),
        ("0002-03-01", (0, 0)),
        ("2200-12-31", (2, 2)),
        ("2201-01-01", (2, 2)),
        ("2201-01-02", (0, 2)),
        ("9999-12-31", (0, 2)),
    ],
)
def test_any_day_of_the_calendar_can_be_looked_at(ada: Client, day: str, streaks: tuple[int, int]) -> None:
    ada.add_activity(goal=1).went(201)
    for one in ("2200-12-30", "2200-12-31"):
        ada.add_entry(day=one, value=1).went(201)
    shown = ada.get(f"/stats/progress?date={day}").went(200).json
    assert (shown["current_streak"], shown["longest_streak"]) == streaks
    assert [row["name"] for row in ada.get(f"/today?date={day}").went(200).json] == ["Running"]
    assert ada.get(f"/wearable/day?date={day}").went(200).json["steps"] == 0
    assert len(ada.get(f"/wearable/trends?from={day}&to={day}").went(200).json["values"]) == 1
    assert ada.get(f"/wearable/raw?date={day}").went(200).json == []
    listed = ada.get(f"/entries?start_date={day}").went(200).json
    assert {row["date"] for row in listed} == {one for one in ("2200-12-30", "2200-12-31") if one >= day}
    ada.post("/add_entry", {"date": day, "activity": "Running"})
    ada.post("/finalize_day", {"date": day})
    assert len(ada.get("/entries").json) == 2


def test_the_largest_numbers_have_statistics(ada: Client) -> None:
    for name in ("a", "b"):
        ada.add_activity(name, goal=1.7e308).went(201)
        ada.add_entry(name, value=1.7e308).went(201)
        ada.add_entry(name, "2024-05-31", value=-1.7e308).went(201)
    assert ada.get("/stats/progress").went(200).json["goal_completion_today"] == 100.0


def test_the_statistics_default_to_the_users_own_today(ada: Client) -> None:
    ada.patch("/user", {"timezone": "Pacific/Kiritimati"}).went(200)
    ada.add_activity(goal=1).went(201)
    ada.add_entry(day="2024-06-02", value=1).went(201)
    assert ada.get("/stats/progress").json["goal_completion_today"] == 100.0
