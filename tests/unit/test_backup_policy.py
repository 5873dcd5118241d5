"""When a backup is due, what it is called, and which are kept."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.backups.files import Backup, file_name, made_at, newest_first
from mosaic_core.backups.policy import BackupPolicy
from mosaic_core.errors import InvalidInput
from mosaic_core.testing import NOON

HOUR = dt.timedelta(hours=1)
HOURLY = BackupPolicy(interval_minutes=60)


def a_backup(filename: str) -> Backup:
    created_at = made_at(filename)
    assert created_at is not None
    return Backup(filename, 1, created_at, "hash")


def test_the_first_backup_is_due_at_once() -> None:
    assert HOURLY.next_run(None, NOON) == NOON


def test_a_backup_is_due_an_interval_after_the_last() -> None:
    assert HOURLY.next_run(NOON - HOUR / 2, NOON) == NOON + HOUR / 2


def test_a_backup_that_was_missed_is_due_at_once() -> None:
    assert HOURLY.next_run(NOON - 100 * HOUR, NOON) == NOON


def test_a_clock_that_was_set_back_puts_it_off_by_no_more_than_the_interval() -> None:
    assert HOURLY.next_run(NOON + 1000 * HOUR, NOON) == NOON + HOUR


def test_none_is_due_where_none_is_wanted() -> None:
    assert BackupPolicy(enabled=False).next_run(None, NOON) is None


@pytest.mark.parametrize("wrong", [{"interval_minutes": 4}, {"keep": 0}])
def test_a_policy_keeps_to_its_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        BackupPolicy(**wrong)


@given(number=st.integers(0, 30), keep=st.integers(1, 20))
def test_the_newest_are_kept(number: int, keep: int) -> None:
    backups = newest_first([a_backup(file_name(NOON + HOUR * hour, ())) for hour in range(number)])
    surplus = BackupPolicy(keep=keep).surplus(backups)
    assert len(surplus) == max(0, number - keep)
    assert list(backups[: len(backups) - len(surplus)]) + list(surplus) == list(backups)


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
