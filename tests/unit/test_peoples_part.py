"""The part of a backup that is for people is CSV to the letter, as exports have it."""

import csv
import io

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.backups.people import peoples_entries
from mosaic_core.entries.csv import ENTRY_COLUMNS, entry_row, guarded
from mosaic_core.entries.model import Entry
from mosaic_core.testing import an_entry

TEXTS = st.text(st.sampled_from("ab ,;\"'\r\n\t\0=+-@\u00e9\u2028\U0001f600"), max_size=6)
NUMBERS = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, 1e16, 1e-7])

ENTRIES = st.builds(
    Entry,
    id=st.integers(1, 2**63 - 1),
    user_id=st.none() | st.integers(1, 3),
    date=st.dates(),
    activity=TEXTS,
    value=NUMBERS,
    note=TEXTS,
    description=TEXTS,
    activity_category=TEXTS,
    activity_goal=NUMBERS,
    activity_type=st.sampled_from(["positive", "negative"]),
)


def written(entries: list[Entry], usernames: dict[int | None, str]) -> str:
    """Return what `csv.writer` makes of the cells of an export, and of the username."""
    text = io.StringIO(newline="")
    rows = [(*entry_row(one), guarded(usernames.get(one.user_id, ""))) for one in entries]
    csv.writer(text, lineterminator="\r\n").writerows([(*ENTRY_COLUMNS, "username"), *rows])
    return text.getvalue()


@given(entries=st.lists(ENTRIES, max_size=8), names=st.lists(TEXTS, max_size=3))
def test_entries_are_written_as_the_csv_writer_has_them(entries: list[Entry], names: list[str]) -> None:
    usernames: dict[int | None, str] = dict(enumerate(names, 1))
    assert "".join(peoples_entries(entries, usernames)) == written(entries, usernames)


def test_many_entries_come_in_pieces() -> None:
    entries = [evolve(an_entry(1), id=number) for number in range(1, 1_002)]
    pieces = list(peoples_entries(iter(entries), {1: "person"}))
    assert [piece.count("\n") for piece in pieces] == [1, 500, 500, 1]
    assert "".join(pieces) == written(entries, {1: "person"})
