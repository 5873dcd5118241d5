"""When a backup is due, what it is called, and which are kept."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.backups.files import Backup, file_name, made_at, newest_first
from mosaic_core.backups.plan import BackupChange, BackupPlan
from mosaic_core.backups.policy import BackupPolicy
from mosaic_core.errors import InvalidInput
from mosaic_core.testing import NOON
from mosaic_core.testing.strategies import any_instant

HOUR = dt.timedelta(hours=1)
intervals = st.integers(5, 366 * 24 * 60)
HOURLY = BackupPolicy(interval_minutes=60)


def a_backup(filename: str) -> Backup:
    created_at = made_at(filename)
    assert created_at is not None
    return Backup(filename, 1, created_at, "hash")


def test_the_first_backup_is_due_an_interval_after_there_is_data() -> None:
    assert HOURLY.next_run(None, NOON) is None
    assert HOURLY.next_run(NOON - HOUR / 2, NOON) == NOON + HOUR / 2


def test_a_backup_that_was_missed_is_due_at_once() -> None:
    assert HOURLY.next_run(NOON - 100 * HOUR, NOON) == NOON


def test_after_a_run_that_failed_the_next_one_is_tried_within_the_hour() -> None:
    daily = BackupPolicy()
    assert daily.next_run(NOON, NOON) == NOON + 24 * HOUR
    assert daily.next_run(NOON, NOON, failed=True) == NOON + HOUR
    often = BackupPolicy(interval_minutes=5)
    assert often.next_run(NOON, NOON, failed=True) == NOON + dt.timedelta(minutes=5)


@given(interval=intervals, since=any_instant, now=any_instant, failed=st.booleans())
def test_whatever_the_clock_does_nobody_waits_for_more_than_two_intervals(
    interval: int, since: dt.datetime, now: dt.datetime, *, failed: bool
) -> None:
    due = BackupPolicy(interval_minutes=interval).next_run(since, now, failed=failed)
    assert due is not None
    assert now <= due <= now + 2 * dt.timedelta(minutes=interval)


@given(interval=intervals, since=any_instant, behind=st.integers(-(10**6), 10**6))
def test_a_run_is_due_when_it_was_said_to_be(interval: int, since: dt.datetime, behind: int) -> None:
    policy = BackupPolicy(interval_minutes=interval)
    due = policy.next_run(since, since - dt.timedelta(seconds=behind))
    assert due is not None
    assert policy.next_run(since, due) == due


@given(interval=intervals, since=any_instant)
def test_no_run_is_due_before_its_time(interval: int, since: dt.datetime) -> None:
    wait = dt.timedelta(minutes=interval)
    just_before = since + wait - dt.timedelta(microseconds=1)
    assert BackupPolicy(interval_minutes=interval).next_run(since, just_before) == since + wait


def test_none_is_due_where_none_is_wanted() -> None:
    assert BackupPolicy(enabled=False).next_run(NOON - HOUR, NOON) is None


@pytest.mark.parametrize("wrong", [{"interval_minutes": 4}, {"keep": 0}])
def test_a_policy_keeps_to_its_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        BackupPolicy(**wrong)


@given(number=st.integers(0, 30), keep=st.integers(1, 20))
def test_the_newest_are_kept(number: int, keep: int) -> None:
    backups = newest_first([a_backup(file_name(NOON - HOUR * hour, ())) for hour in range(number)])
    surplus = BackupPolicy(keep=keep).surplus(backups[::-1], NOON, lambda _: True)
    assert list(surplus) == list(backups[keep:])


@given(hours=st.sets(st.integers(-20, 20)), bad=st.sets(st.integers(-20, 20)), keep=st.integers(1, 8))
def test_neither_bad_backups_nor_the_newest_good_one_are_deleted(
    hours: set[int], bad: set[int], keep: int
) -> None:
    """Hours above 0 are in the future."""
    backups = {hour: a_backup(file_name(NOON + HOUR * hour, ())) for hour in hours}
    fails = [backups[hour] for hour in hours & bad]
    surplus = BackupPolicy(keep=keep).surplus(list(backups.values()), NOON, lambda one: one not in fails)
    left = [one for one in backups.values() if one not in surplus]
    assert len(left) >= min(keep, len(backups))
    assert all(one in left for one in fails)
    good = newest_first([one for one in backups.values() if one not in fails])
    past = [one for one in good if one.created_at <= NOON]
    assert all(one in left for one in (past or good)[:1])


def test_a_backup_that_was_just_made_outlasts_those_from_the_future() -> None:
    made = a_backup(file_name(NOON, ()))
    future = [a_backup(file_name(NOON + HOUR * hour, ())) for hour in range(1, 4)]
    surplus = BackupPolicy(keep=2).surplus([*future, made], NOON, lambda _: True)
    assert list(surplus) == [future[1], future[0]]


def test_what_an_administrator_has_set_takes_the_place_of_the_operators() -> None:
    policy = BackupPolicy(enabled=True, interval_minutes=60, keep=5)
    assert policy.as_set(BackupPlan()) == policy
    assert policy.as_set(BackupPlan(enabled=False)) == BackupPolicy(
        enabled=False, interval_minutes=60, keep=5
    )
    assert policy.as_set(BackupPlan(interval_minutes=5, keep=1)) == BackupPolicy(interval_minutes=5, keep=1)


@pytest.mark.parametrize(
    "wrong", [{}, {"interval_minutes": 4}, {"interval_minutes": 527_041}, {"keep": 0}, {"keep": 10_001}]
)
def test_a_change_keeps_to_the_bounds_and_changes_something(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong), "Nothing to change")):
        BackupChange(**wrong)


def test_names_tell_when_in_utc_and_are_given_once() -> None:
    noon_in_berlin = NOON.astimezone(dt.timezone(dt.timedelta(hours=2)))
    first = file_name(noon_in_berlin, ())
    second = file_name(NOON, {first})
    third = file_name(NOON, {first, second})
    assert [first, second, third] == [
        "backup-20240601-120000.zip",
        "backup-20240601-120000-2.zip",
        "backup-20240601-120000-3.zip",
    ]
    assert {made_at(name) for name in (first, second, third)} == {NOON}


def test_of_one_second_the_one_with_the_highest_number_is_the_newest() -> None:
    stem = "backup-20240601-120000"
    names = [f"{stem}-10.zip", f"{stem}-9.zip", f"{stem}-2.zip", f"{stem}.zip", "backup-20240601-115959.zip"]
    assert [one.filename for one in newest_first([a_backup(name) for name in sorted(names)])] == names


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".backup-20240601-120000.zip.part",
        "backup-20240601-120000.zip.part",
        "backup-20241301-120000.zip",
        "backup-20240601-120000-.zip",
        "backup-20240601-120000.json",
        "../backup-20240601-120000.zip",
        "backup-20240601-120000.zip\n",
        "backup-٢0240601-120000.zip",
    ],
)
def test_other_names_are_no_backups(name: str) -> None:
    assert made_at(name) is None
