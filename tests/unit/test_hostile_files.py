"""Files that are made to harm whoever reads them, and what readers read with."""

import errno
import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracker_files
from mosaic_adapters.imports import archives, databases, json_stream, named_files
from mosaic_adapters.imports.json_stream import JsonStream
from mosaic_adapters.imports.reading import TrackerFileReaders
from mosaic_core.errors import InvalidInput, StorageFull
from mosaic_core.imports.model import FileEntry, FileSkip, Item
from mosaic_core.imports.ports import ZIP, Breathe, FileReader, Sample, TrackerFile

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS Id FROM n"


def still() -> None:
    """Breathe as nobody else does."""


def items(content: bytes, format_: str | None = None, breathe: Breathe = still) -> list[Item]:
    with TrackerFileReaders().opened(io.BytesIO(content), "UTC", format_, breathe) as (_, found):
        return list(found)


def refusal(content: bytes, format_: str | None = None) -> str:
    """Return why a file is refused."""
    with pytest.raises(InvalidInput) as caught:
        items(content, format_)
    return caught.value.message


def packed(*members: tuple[str, bytes], **how: object) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, said in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for field, value in how.items():
                setattr(info, field, value)
            archive.writestr(info, said)
    return file.getvalue()


def test_a_bomb_is_refused_by_its_directory_alone() -> None:
    bomb = packed(("Habits.csv", bytes(2**26)))
    assert len(bomb) < 2**17
    assert "would unpack to" in refusal(bomb)


def test_what_is_small_may_be_packed_as_well_as_it_can_be() -> None:
    rows = b"Position,Name\n" + b" \n" * 100_000
    assert items(packed(("Habits.csv", rows), ("Checkmarks.csv", b"Date,\n")), "loop-csv") == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (packed(("../Habits.csv", b"")), "or elsewhere"),
        (packed(("/Habits.csv", b"")), "or elsewhere"),
        (packed(("a\\Habits.csv", b"")), "or elsewhere"),
        (packed(("x" * 2_000, b"")), "or elsewhere"),
        (packed(("", b"")), "or elsewhere"),
        (packed(("Habits.csv", b"x"), external_attr=0o120777 << 16), "no plain file"),
        (b"PK\x03\x04" + b"x" * 100, "no end"),
        (b"PK\x05\x06" + b"\0" * 5, "no end"),
        (packed(("Habits.csv", b"x")).replace(b"PK\x01\x02", b"PK\x01\x03"), "damaged"),
    ],
)
def test_an_archive_that_is_none_such_is_refused(content: bytes, told: str) -> None:
    assert told in refusal(content)


def patched(content: bytes, offset: int, form: str, *values: int) -> bytes:
    """Return the archive of one member with other values at an offset of its directory."""
    changed = bytearray(content)
    struct.pack_into(form, changed, changed.index(b"PK\x01\x02") + offset, *values)
    return bytes(changed)


@pytest.mark.parametrize(
    ("offset", "form", "value", "told"),
    [
        (8, "<H", 1, "encrypted"),
        (10, "<H", 14, "not understood"),
        (20, "<L", 2**30, "overlap"),
        (42, "<L", 2**30, "outside of it"),
    ],
)
def test_an_archive_whose_directory_says_odd_things_is_refused(
    offset: int, form: str, value: int, told: str
) -> None:
    content = patched(packed(("Habits.csv", b"Name\n")), offset, form, value)
    assert told in refusal(content)


def test_a_directory_too_large_for_memory_is_not_read() -> None:
    content = packed(("Habits.csv", b"Name\n"))
    end = content.index(b"PK\x05\x06")
    huge = content[: end + 12] + struct.pack("<L", 2**30) + content[end + 16 :]
    assert "more than 20000 members" in refusal(huge)


def test_damage_that_shows_while_a_member_is_unpacked_is_told() -> None:
    content = packed(("Habits.csv", b"Name,Position\n" + b"Run,1\n" * 50), ("Checkmarks.csv", b"Date,Run,\n"))
    at = content.index(b"Habits.csv") + len(b"Habits.csv") + 4
    damaged = content[:at] + b"\xff\xff\xff" + content[at + 3 :]
    assert refusal(damaged) == "The file is damaged; nothing was changed"


def loop_with(*statements: str) -> bytes:
    return tracker_files.database({}, *statements)


def test_a_view_in_the_place_of_a_table_is_no_table() -> None:
    content = loop_with(f"CREATE VIEW Habits AS {ENDLESS}", "CREATE TABLE Repetitions (habit, timestamp)")
    assert "of no known format" in refusal(content)
    assert refusal(content, "loop-db") == "The database has no table Habits"


def test_neither_virtual_tables_nor_generated_columns_are_there_for_readers() -> None:
    content = loop_with(
        "CREATE TABLE Habits (Id, freq_num, freq_den, name AS (hex(zeroblob(40000000))), question)",
        "INSERT INTO Habits VALUES (1, 1, 1, 'Run?')",
        "CREATE VIRTUAL TABLE Repetitions USING fts5(habit, timestamp)",
    )
    assert refusal(content, "loop-db") == "The database has no table Repetitions"
    assert "of no known format" in refusal(content)


def test_a_trigger_and_a_check_of_a_file_never_run() -> None:
    content = tracker_files.database(
        {
            "Habits": ("Id, freq_num, freq_den, name CHECK (length(hex(zeroblob(90000000))) > 0)", []),
            "Repetitions": ("habit, timestamp", []),
        },
        "PRAGMA ignore_check_constraints = ON",
        "CREATE TRIGGER wicked AFTER INSERT ON Habits BEGIN DELETE FROM Repetitions; END",
        "INSERT INTO Habits VALUES (1, 1, 1, 'Run')",
    )
    assert len(items(content)) == 1


@pytest.mark.parametrize("at", [16, 18, 100, 4096, 8192])
def test_a_database_that_is_damaged_is_refused(at: int) -> None:
    content = tracker_files.loop_db()
    damaged = content[:at] + b"\xff" * 40 + content[at + 40 :]
    assert "database" in refusal(damaged, "loop-db")


def test_a_database_that_is_cut_is_refused() -> None:
    assert "database" in refusal(tracker_files.loop_db()[:5000])


def test_a_text_beyond_its_limit_is_refused_without_being_held() -> None:
    habit = (1, 0, 3, "x" * (databases.LONGEST_VALUE + 1), 7, 3, "Run", 0, "", 0, 0, 0.0, "", "aa")
    assert "SQLITE_TOOBIG" in refusal(tracker_files.loop_db([habit], []))


def test_more_tables_than_a_tracker_has_are_refused() -> None:
    tables = [f"CREATE TABLE t{number} (a)" for number in range(databases.MOST_TABLES + 1)]
    assert "more than 500 tables" in refusal(loop_with(*tables))


def test_more_rows_than_a_life_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "MOST_ROWS", 3)
    assert "more than 3 rows" in refusal(tracker_files.loop_db())


def test_texts_that_are_no_utf_8_are_read_as_far_as_they_are_texts() -> None:
    content = tracker_files.loop_db().replace(b"in the rain", b"in the r\xffin")
    assert any("in the r\ufffdin" in str(item) for item in items(content))


class GivenUp(Exception):
    """Nobody wants the result any more."""


def test_work_is_given_up_in_the_middle_of_a_statement() -> None:
    breaths = iter(range(1_000))

    def breathe() -> None:
        if next(breaths) > 1:
            raise GivenUp

    days = [(number, 1, 0, 2, "") for number in range(60_000)]
    content = tracker_files.loop_db(days=days)
    with pytest.raises(GivenUp):
        items(content, breathe=breathe)


def test_a_file_with_a_name_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "loop.db"
    path.write_bytes(tracker_files.loop_db())
    with path.open("rb") as stream, named_files.named(stream, still) as found:
        assert found == path
    with path.open("rb") as stream:
        path.rename(tmp_path / "elsewhere.db")
        with named_files.named(stream, still) as found:
            assert found != path
            assert found.read_bytes() == (tmp_path / "elsewhere.db").read_bytes()
        assert not found.exists()


class Full(io.BytesIO):
    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def read(self, _: int | None = None) -> bytes:
        raise OSError(self._number, "of the disk")


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, StorageFull), (errno.EIO, OSError)])
def test_where_there_is_no_room_for_a_copy_that_is_told(number: int, error: type[Exception]) -> None:
    with pytest.raises(error), named_files.named(Full(number), still):
        pass


def test_where_the_end_of_a_copy_has_no_room_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path("/dev/full").open("w+b")  # noqa: SIM115  # closed by whom it is given
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda **_: full)
    with pytest.raises(StorageFull), named_files.named(io.BytesIO(b"x"), still):
        pass
    assert full.closed


def test_where_no_folder_takes_a_copy_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(StorageFull), named_files.named(io.BytesIO(b"x"), still):
        pass


def stream(text: str | bytes) -> JsonStream:
    return JsonStream(io.BytesIO(text if isinstance(text, bytes) else text.encode()), still)


def whole(json: JsonStream) -> object:
    """Take everything by members and elements."""
    if json.next() == "{":
        return {name: whole(json) for name in json.members()}
    if json.next() == "[":
        return [whole(json) for _ in json.elements()]
    return json.value()


def test_json_is_read_piece_by_piece_as_it_is_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_PIECE", 3)
    text = '\ufeff {"a": [1, 22.5, -3e2, "x\\"y\\u00e9 \\\\", {}, [], null], "b": {"c": true}, "é": "]}"} '
    said = {"a": [1, 22.5, -300.0, 'x"yé \\', {}, [], None], "b": {"c": True}, "é": "]}"}
    json = stream(text)
    assert whole(json) == said
    json.end()
    assert stream(text).value() == said


def test_what_is_not_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_PIECE", 3)
    json = stream('{"a": [{"x": "}]\\"", "y": [[]]}, 2], "b": "text", "c": 7, "d": [1, [2], "3"]}')
    found = []
    for name in json.members():
        if name == "d":
            found = list(json.elements())
    json.end()
    assert found == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[", "[1", "[1,", "{1: 2}", '{"a" 1}', '{"a": 1', '{"a": NaN}', "[1 2]", "tru", '["a', "[]]",
        '{"a": [[}', '{"a": ["x', b'["\xff"]', b'["\xc3', "9" * 5_000, '["\\x"]',
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidInput, match="no JSON, or damaged"):
        all_of(stream(text))


def all_of(json: JsonStream) -> None:
    whole(json)
    json.end()


def test_what_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no JSON, or damaged"):
        stream("[" * 100_000).value()


def test_a_value_that_is_passed_over_may_be_damaged_too() -> None:
    for text in ('{"a": {"b": "never closed', '{"a": [1, 2'):
        json = stream(text)
        with pytest.raises(InvalidInput):
            list(json.members())


def test_a_value_beyond_its_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LONGEST_VALUE", 1_000)
    monkeypatch.setattr(json_stream, "_PIECE", 100)
    with pytest.raises(InvalidInput):
        stream(f'"{"x" * 5_000}"').value()
    with pytest.raises(InvalidInput):
        stream(f'["{"x" * 5_000}"]').skip()
    json = stream(f"[{'1, ' * 5_000}1]")
    assert sum(1 for _ in json.elements()) == 5_001


class Odd(FileReader):
    """Raises what libraries raise."""

    format = "odd"
    about = "Nobody's"
    kinds = (ZIP,)

    def __init__(self, error: Exception) -> None:
        self._error = error

    def recognises(self, sample: Sample) -> bool:
        return bool(sample.members)

    def items(self, _: TrackerFile) -> Iterator[Item]:
        raise self._error
        yield


@pytest.mark.parametrize(
    "error",
    [
        zipfile.BadZipFile(),
        EOFError(),
        UnicodeDecodeError("utf-8", b"", 0, 1, ""),
        NotImplementedError(),
        struct.error(),
    ],
)
def test_damage_that_a_library_finds_is_told(error: Exception) -> None:
    readers = TrackerFileReaders([Odd(error)])
    assert readers.formats == ("odd",)
    with readers.opened(io.BytesIO(packed(("a", b""))), "UTC", None, still) as (format_, found):
        assert format_ == "odd"
        with pytest.raises(InvalidInput, match="damaged"):
            list(found)


def test_a_fault_of_a_reader_is_no_damage_of_the_file() -> None:
    with (
        TrackerFileReaders([Odd(KeyError())]).opened(io.BytesIO(packed(("a", b""))), "UTC", None, still) as (
            _,
            found,
        ),
        pytest.raises(KeyError),
    ):
        list(found)


def test_databases_and_archives_can_be_opened_by_readers_of_both(tmp_path: Path) -> None:
    path = tmp_path / "loop.db"
    path.write_bytes(tracker_files.loop_db())
    with databases.opened(path, still) as found:
        assert {"Habits", "Repetitions"} <= found.tables.keys()
    with archives.opened(io.BytesIO(packed(("a/", b""), ("a/b", b"said")))) as archive:
        assert archive.members == {"a/b": 4}
        with archive.open("a/b") as member:
            assert member.read() == b"said"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("9" * 400, "must be a number"),
        ("1e999", "must be a number"),
        ('"1.5.2"', "must be a number"),
        ("true", "must be a number"),
    ],
)
def test_numbers_that_are_none_are_told(value: str, told: str) -> None:
    content = (
        f'{{"entries": [{{"date": "2024-01-01", "activity": "Run", "value": {value}}}], "activities": []}}'
    )
    (found,) = items(content.encode())
    assert isinstance(found, FileSkip)
    assert told in found.reason


def test_what_is_too_long_is_cut_and_what_cannot_be_shown_left_out() -> None:
    note = "  long\x07 " + "n" * 2_000
    content = '{"habits": [{"name": "Run", "records": [{"day": "2024-01-01", "done": true, "text": %s}]}]}'
    found = items((content % json.dumps(note)).encode())[-1]
    assert isinstance(found, FileEntry)
    assert found.note is not None
    assert (len(found.note), found.note[:8], found.note[-2:]) == (100, "long  nn", "n\u2026")


def test_days_far_from_any_life_are_told() -> None:
    for date in ("0001-01-01", "9999-12-31", "2024-13-01", "2024-1"):
        content = f'{{"habits": [{{"name": "Run", "records": [{{"day": "{date}", "done": true}}]}}]}}'
        assert isinstance(items(content.encode())[-1], FileSkip)


def test_an_archive_with_too_many_members_is_refused_whatever_it_says() -> None:
    many = packed(*((f"{number}", b"") for number in range(20_001)))
    assert "more than 20000 members" in refusal(many)
    end = many.rindex(b"PK\x05\x06")
    said = many[: end + 8] + struct.pack("<HH", 1, 1) + many[end + 12 :]
    assert "more than 20000 members" in refusal(said)
