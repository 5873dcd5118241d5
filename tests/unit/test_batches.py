"""Batches are cut into their records in small pieces."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import InvalidInput
from mosaic_core.testing.wearable_records import heart
from mosaic_core.wearables.large import MOST_CHARACTERS, MOST_RECORDS
from mosaic_core.wearables.records import LONGEST_RECORD
from mosaic_http.batches import outline, records_from
from mosaic_http.errors import BadRequest
from mosaic_http.json_pieces import PIECE
from support_json import VALUES, Dribble, nothing, written

START = "2026-01-02T10:00:00Z"


def body(records: bytes, before: bytes = b'"tz": "UTC",') -> bytes:
    return b"{" + before + b'"records": [' + records + b"]}"


def cut(records: bytes) -> list[str]:
    """Return the records as the whole body and as the list alone tell them; both agree."""
    file = io.BytesIO(body(records))
    found = outline(file, nothing)
    again = list(records_from(file, found.starts["records"], nothing))
    assert found.texts.get("records", again) == again
    return again


@given(
    st.lists(VALUES | st.builds(heart, st.text(), st.just(START)), min_size=1),
    st.sampled_from([None, 1]),
    st.sampled_from(["ascii", "utf-8"]),
    st.integers(1, 20),
)
def test_records_come_as_they_are_written(
    values: list[Any],
    indent: int | None,
    style: str,
    at_once: int,
) -> None:
    text = body(written(values, indent, ascii_only=style == "ascii")[1:-1])
    found = outline(Dribble(text, at_once), nothing)
    assert [json.loads(one) for one in found.texts["records"]] == values
    assert found.members == {"tz": "UTC"}


@pytest.mark.parametrize("separator", [",", ", ", " ,\n "])
def test_a_batch_of_many_pieces_is_cut_at_every_record(separator: str) -> None:
    told = [json.dumps({**heart(f"k{number}", START), "x": [{"a": "},{"}, {}]}) for number in range(3_000)]
    text = separator.join(told)
    assert len(text) > 5 * PIECE
    assert cut(text.encode()) == told


def test_records_that_are_none_are_cut_too() -> None:
    told = ["1", '"},{"', "[]", "null", "{}"] * 20_000
    assert cut(",".join(told).encode()) == told


def test_half_a_pair_leaves_the_records_around_it_alone() -> None:
    told = [json.dumps(heart(f"k{number}", START)) for number in range(2_000)]
    told[1_000] = r'{"type": "\ud800"}'
    assert cut(",".join(told).encode()) == told


def test_a_record_that_is_too_long_is_not_kept_but_passed_over() -> None:
    long = b'{"a":"' + b"x" * LONGEST_RECORD + b'"}'
    first, second, third = cut(b"1," + long + b",2")
    assert (first, third) == ("1", "2")
    assert len(second) == LONGEST_RECORD + 1


@pytest.mark.parametrize(
    "records",
    [b"1,", b",1", b"1,,2", b"1 2", b"{", b"{]}", b'{"a" 1}', b'{"a":01}', b"nonsense", b'"\xff"', b"NaN"],
)
@pytest.mark.parametrize("good", [b"", b"{},{}," * 15_000])
def test_what_is_no_json_anywhere_is_a_bad_request(records: bytes, good: bytes) -> None:
    with pytest.raises(BadRequest):
        outline(io.BytesIO(body(good + records)), nothing)


@pytest.mark.parametrize(
    "text", [b'{"records": [1]', b'{"records": [1]} 1', b'{"a":1,}', b"{1:2}", b'{"a" 1}']
)
def test_an_object_without_its_form_is_a_bad_request(text: bytes) -> None:
    with pytest.raises(BadRequest):
        outline(io.BytesIO(text), nothing)


def test_of_several_members_under_one_name_the_last_counts() -> None:
    text = b'{"records": [1], "tz": 1, "records": 2, "readings": 3, "readings": [4], "tz": "UTC"}'
    found = outline(io.BytesIO(text), nothing)
    assert found.members == {"records": 2, "tz": "UTC"}
    assert (list(found.starts), found.texts) == (["readings"], {"readings": ["4"]})


def test_what_stands_around_the_records_is_short() -> None:
    with pytest.raises(InvalidInput, match="tz is too long"):
        outline(io.BytesIO(body(b"1", b'"tz":"' + b"x" * 2**17 + b'",')), nothing)
    many = b"".join(b'"k%d":1,' % number for number in range(200))
    with pytest.raises(InvalidInput, match="Extra inputs"):
        outline(io.BytesIO(body(b"1", many)), nothing)
    assert outline(io.BytesIO(b" {} "), nothing).members == {}


def test_few_records_are_kept_and_many_are_left_in_the_file() -> None:
    few = b"1," * (MOST_RECORDS - 1)
    assert len(outline(io.BytesIO(body(few + b"1")), nothing).texts["records"]) == MOST_RECORDS
    assert outline(io.BytesIO(body(few + b"1,1")), nothing).texts == {}
    long = b'"' + b"x" * (MOST_CHARACTERS // 8) + b'",'
    assert len(outline(io.BytesIO(body(long * 7 + b"1")), nothing).texts["records"]) == 8
    assert outline(io.BytesIO(body(long * 8 + b"1")), nothing).texts == {}


class Endless(io.RawIOBase):
    """A file of records that are made as they are read, and how much was read at once."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        super().__init__()
        self._parts = parts
        self.most = self.size = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        assert (offset, whence) == (0, 0)
        return 0

    def read(self, size: int = -1, /) -> bytes:
        self.most = max(self.most, size)
        part = next(self._parts, b"")
        assert len(part) <= size
        self.size += len(part)
        return part


def test_a_batch_is_read_in_pieces_and_never_in_memory_as_a_whole() -> None:
    record = json.dumps(heart("k" * 200, START)).encode() + b","

    def parts() -> Iterator[bytes]:
        yield body(b"")[:-2]
        yield from (record * 150 for _ in range(400))
        yield b"1]}"

    file = Endless(parts())
    tracemalloc.start()
    try:
        outline(file, nothing)  # type: ignore[arg-type]  # a binary file
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.size > 10 * 2**20
    assert file.most == PIECE
    assert peak < file.size / 2


def test_a_batch_of_more_records_than_say_anything_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_http.batches.MOST_CUT", 1_000)
    assert len(outline(io.BytesIO(body(b"1," * 999 + b"1")), nothing).texts["records"]) == 1_000
    with pytest.raises(InvalidInput, match="more than 1000 records"):
        outline(io.BytesIO(body(b"1," * 1_000 + b"1")), nothing)


def test_long_records_cost_no_look_at_every_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> bytes:
        raise AssertionError

    long = "{" + '"a":[' + "[]," * 200_000 + "1]}"
    with monkeypatch.context() as patched:
        patched.setattr("mosaic_http.json_pieces._Scan", slow)
        file = io.BytesIO(b"[" + f"{long} , {long},".encode() * 2 + b"1]")
        assert list(islice(records_from(file, 1, nothing), 4)) == [long] * 4


def test_more_halves_of_pairs_than_devices_send_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mosaic_http.batches._MOST_HALVES", 100)
    told = rb'{"a":"\ud800"},'
    assert len(outline(io.BytesIO(body(told * 100 + b"1")), nothing).texts["records"]) == 101
    with pytest.raises(InvalidInput, match="half a surrogate pair"):
        outline(io.BytesIO(body(told * 200 + b"1")), nothing)
