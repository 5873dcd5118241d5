"""What came on a connection is parsed piece by piece."""

import pytest

from mosaic_http.received import PIECE_BYTES, Received

REQUEST = b"GET / HTTP/1.1\r\nHost: mosaic\r\n\r\n"


def pieces(received: Received) -> list[bytes]:
    found = []
    while received.has_more:
        found.append(bytes(received.piece()))
        received.skip(len(found[-1]))
    return found


def test_there_is_nothing_before_anything_came() -> None:
    assert pieces(Received()) == []


def given(*parts: bytes) -> Received:
    received = Received()
    for part in parts:
        received.add(part)
    return received


@pytest.mark.parametrize("data", [REQUEST, REQUEST * 2, b"x" * 100_000])
def test_what_is_short_or_has_no_head_comes_in_one_piece(data: bytes) -> None:
    assert pieces(given(data)) == [data]


def test_many_requests_come_in_pieces_of_some() -> None:
    found = pieces(given(REQUEST * 1000 + b"GET"))
    assert b"".join(found) == REQUEST * 1000 + b"GET"
    assert all(piece.endswith(b"\r\n\r\n") for piece in found[:-1])
    assert max(map(len, found)) <= PIECE_BYTES + len(REQUEST)


def test_a_body_is_not_cut() -> None:
    found = pieces(given(REQUEST * 10 + b"x" * 100_000 + REQUEST * 2))
    assert max(map(len, found)) > 100_000
    assert b"".join(found) == REQUEST * 10 + b"x" * 100_000 + REQUEST * 2


def test_what_comes_later_follows_what_is_left() -> None:
    received = given(b"abc")
    received.skip(1)
    received.add(b"de")
    assert pieces(received) == [b"bcde"]


def test_what_is_forgotten_is_gone() -> None:
    received = given(b"abc")
    received.clear()
    received.add(b"d")
    assert pieces(received) == [b"d"]
