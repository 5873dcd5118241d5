"""Cutting the body of a wearable batch into its records, which stay JSON texts.

So each record is judged alone: one that says something wrong never spoils the others. The body is looked at
in small pieces, and is never in memory as a whole.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, BinaryIO, NoReturn

import msgspec
from attrs import define, field, frozen

from mosaic_core.errors import InvalidInput
from mosaic_core.wearables.large import MOST_CHARACTERS, MOST_RECORDS, Pause
from mosaic_core.wearables.records import LONGEST_RECORD
from mosaic_http.errors import InvalidJson
from mosaic_http.json_pieces import PIECE, JsonPieces, no_json

MOST_CUT = 1_500_000
"""A hundred MiB hold fewer records that say anything: each takes 80 bytes at least."""

_LISTS = frozenset({"records", "readings"})
_MOST_MEMBERS = 100
_LONGEST_MEMBER = 2**16
"""What stands around the records is short."""

_BETWEEN = re.compile(rb"\}[ \t\n\r]*(,)[ \t\n\r]*(?=\{)")
_BLANK = b" \t\n\r"
_TRIES = 3
_MOST_ONE_BY_ONE = 5_000
"""Where whole records are hard to find, they are looked for less and less often."""

_TAIL = 2**13
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
"""What msgspec says where a value ends and something follows: found so, its end costs nothing."""

_MOST_HALVES = 20_000
"""Records with half pairs are looked through byte by byte, and no device sends many."""

_TOO_LONG = " " * (LONGEST_RECORD + 1)
"""Stands for a record that is too long to be looked at; it is refused for its length."""

_decode_value = msgspec.json.Decoder(msgspec.Raw).decode
_decode_values = msgspec.json.Decoder(list[msgspec.Raw]).decode


@define(eq=False)
class Outline:
    """What a batch says around its records, and where these are.

    `starts` has the offset of each list of records by its name, `texts` those lists that are small enough for
    one transaction.
    """

    members: dict[str, Any] = field(factory=dict)
    starts: dict[str, int] = field(factory=dict)
    texts: dict[str, Sequence[str]] = field(factory=dict)

    def forget(self, name: str) -> None:
        """Drop a member: of several under one name the last counts."""
        self.members.pop(name, None)
        self.starts.pop(name, None)
        self.texts.pop(name, None)


def outline(file: BinaryIO, pause: Pause) -> Outline:
    """Go through the whole body; return what it says around its records.

    Raises BadRequest if it is no JSON, InvalidJson if it is no object.
    """
    pieces = JsonPieces(file, pause)
    if pieces.next() != b"{":
        raise _no_object(pieces)
    found = Outline()
    pieces.take(b"{")
    if pieces.next() == b"}":
        pieces.take(b"}")
    else:
        _take_members(pieces, found)
    if pieces.next():
        raise no_json()
    return found


def records_from(file: BinaryIO, start: int, pause: Pause) -> Iterator[str]:
    """Yield the records of the list that begins there; `outline` has gone through it before."""
    return chain.from_iterable(_records(JsonPieces(file, pause, start)))


def _records(pieces: JsonPieces) -> Iterator[Sequence[str]]:
    """Yield the values of a list, some at a time, behind its bracket, and take them up to its end."""
    if pieces.next() == b"]":
        pieces.take(b"]")
        return
    halves = 0
    one_by_one = 1
    while True:
        pieces.fill(PIECE)
        records = _cut(pieces)
        yield _texts(records)
        one_by_one = 1 if records else min(2 * one_by_one, _MOST_ONE_BY_ONE)
        for _ in range(one_by_one):
            record = _one(pieces)
            yield [record.text]
            halves += record.has_half_pairs
            if pieces.take(b",", b"]") == b"]":
                return
        if halves > _MOST_HALVES:
            raise InvalidInput("Too many records have half a surrogate pair, which is no character")


def _cut(pieces: JsonPieces) -> Sequence[msgspec.Raw]:
    """Take whole records, as many as are in the piece but the last, if a few tries find where one ends.

    A place that looks like the end of a record is one if all before it is a list of JSON values.
    """
    data, at = pieces.data, pieces.at
    stop = min(at + PIECE, len(data))
    ends = [match.start(1) for match in _BETWEEN.finditer(data, max(at, stop - _TAIL), stop)][-_TRIES:]
    for end in (*reversed(ends), data.rfind(b",", at, stop)):
        try:
            records = _decode_values(b"[%b]" % data[at : max(end, at)])
        except (ValueError, RecursionError):
            continue
        if records:
            pieces.at = end + 1
            return records
    return ()


@frozen
class _One:
    """A record, and whether it took the standard library to see that it is JSON."""

    text: str
    has_half_pairs: bool = False


def _one(pieces: JsonPieces) -> _One:
    """Take one record, however long."""
    pieces.next()
    for size in (PIECE, LONGEST_RECORD + 1):
        pieces.fill(size)
        end = _end(memoryview(pieces.data)[pieces.at : pieces.at + size])
        if end is not None:
            record = pieces.data[pieces.at : pieces.at + end].rstrip(_BLANK)
            pieces.at += end
            return _One(_texts([record])[0])
    return _looked_through(pieces)


def _end(data: memoryview) -> int | None:
    """Return where what follows the JSON value at the beginning stands, or None if msgspec does not tell."""
    try:
        _decode_value(data)
    except ValueError as error:
        match = _TRAILING.search(str(error))
        return int(match[1]) - 1 if match else None
    except RecursionError:
        pass
    return None


def _looked_through(pieces: JsonPieces) -> _One:
    """Take one record that is too long, has half pairs, or is no JSON: byte by byte, which takes its time."""
    record = pieces.value(LONGEST_RECORD)
    if len(record) > LONGEST_RECORD:
        return _One(_TOO_LONG)
    return _One(_json_text(record), has_half_pairs=True)


def _json_text(value: bytes) -> str:
    r"""Return the JSON value as a text. Raises BadRequest if it is none.

    Half a surrogate pair (`\ud800`) is JSON, though no text, and msgspec refuses it. The standard library
    reads it, and leaves the record to be judged with the others.
    """
    try:
        text = value.decode()
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise no_json() from None
    return text


def _few(parts: Iterator[Sequence[str]]) -> Sequence[str] | None:
    """Return the records if they are few enough for one transaction, else None; go through them all."""
    few: list[str] = []
    number = size = 0
    for records in parts:
        number += len(records)
        size += sum(map(len, records))
        if number <= MOST_RECORDS and size <= MOST_CHARACTERS:
            few += records
        else:
            few.clear()
        if number > MOST_CUT:
            raise InvalidInput(f"A batch must not have more than {MOST_CUT} records")
    return few if len(few) == number else None


def _take_members(pieces: JsonPieces, found: Outline) -> None:
    """Take what stands in an object, behind its brace, and the brace at its end."""
    while True:
        if pieces.next() != b'"':
            raise no_json()
        name = str(_short("a name", pieces))
        pieces.take(b":")
        found.forget(name)
        if name in _LISTS and pieces.next() == b"[":
            _take_list(name, pieces, found)
        else:
            found.members[name] = _short(name[:80], pieces)
        if len(found.members) > _MOST_MEMBERS:
            raise InvalidInput("Extra inputs are not permitted")
        if pieces.take(b",", b"}") == b"}":
            return


def _take_list(name: str, pieces: JsonPieces, found: Outline) -> None:
    pieces.take(b"[")
    found.starts[name] = pieces.offset
    few = _few(_records(pieces))
    if few is not None:
        found.texts[name] = few


def _short(name: str, pieces: JsonPieces) -> object:
    """Take a value that stands beside the records, and return what it says."""
    value = pieces.value(_LONGEST_MEMBER)
    if len(value) > _LONGEST_MEMBER:
        raise InvalidInput(f"{name} is too long")
    try:
        return msgspec.json.decode(value)
    except (ValueError, RecursionError):
        raise no_json() from None


def _no_object(pieces: JsonPieces) -> InvalidJson:
    """Return the refusal of a body that is no object. Raises BadRequest if it is short and no JSON."""
    pieces.fill(PIECE)
    body = pieces.data[pieces.at :]
    if len(body) < PIECE:
        _json_text(body)
    return InvalidJson("The body must be a JSON object")


def _texts(records: Sequence[msgspec.Raw | bytes]) -> Sequence[str]:
    try:
        return [str(record, "utf-8") for record in records]
    except ValueError:
        raise no_json() from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
