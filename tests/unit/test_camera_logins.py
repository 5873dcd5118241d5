"""Proving to a camera who is there."""

import hashlib
import secrets
from base64 import b64decode

import pytest

from mosaic_adapters.streams.challenges import Login

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
OPAQUE = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
DIGEST = f'Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="{NONCE}", opaque="{OPAQUE}"'
RESPONSES = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@pytest.mark.parametrize("algorithm", [*RESPONSES])
def test_the_examples_of_the_standard(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7616, 3.9.1."""
    monkeypatch.setattr(secrets, "token_hex", lambda _: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")
    login = Login("Mufasa", "Circle of Life")
    assert login.header("GET", "/dir/index.html") is None
    assert login.take([f"{DIGEST}, algorithm={algorithm}"])
    told = login.header("GET", "/dir/index.html")
    assert told is not None
    for part in (f'response="{RESPONSES[algorithm]}"', "nc=00000001", "qop=auth", f'opaque="{OPAQUE}"'):
        assert part in told
    assert "nc=00000002" in (login.header("GET", "/dir/index.html") or "")


def test_an_old_camera_asks_for_less() -> None:
    login = Login('a"b\\', "p")
    assert login.take(['Digest realm="say \\"hi\\"", nonce=n1'])
    told = login.header("PLAY", "rtsp://h/") or ""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()  # noqa: S324  # what cameras use

    expected = md5(
        f"{md5(chr(97) + chr(34) + 'b' + chr(92) + ':say ' + chr(34) + 'hi' + chr(34) + ':p')}:n1:{md5('PLAY:rtsp://h/')}"
    )
    assert f'response="{expected}"' in told
    assert 'username="a\\"b\\\\"' in told
    assert 'realm="say \\"hi\\""' in told
    assert "qop" not in told


def test_the_best_way_is_taken_and_the_password_itself_is_the_last() -> None:
    ways = ['Basic realm="x"', f"{DIGEST}, algorithm=MD5", f"{DIGEST}, algorithm=SHA-256", "Bearer x"]
    login = Login("ü", "pass:word")
    assert login.take(ways)
    assert "SHA-256" in (login.header("PLAY", "x") or "")
    assert login.take(ways[:2])
    assert "MD5" in (login.header("PLAY", "x") or "")
    assert login.take(ways[:1])
    told = login.header("PLAY", "x") or ""
    assert b64decode(told.removeprefix("Basic ")).decode() == "ü:pass:word"


@pytest.mark.parametrize(
    "way",
    ["Bearer x", 'Digest realm="x"', f"{DIGEST}, algorithm=MD5-sess", 'Digest nonce="n", qop="auth-int"', ""],
)
def test_a_way_that_is_not_known_cannot_be_gone(way: str) -> None:
    assert not Login("a", "b").take([way])
    assert not Login("a", "b").take([])


def test_without_credentials_no_challenge_can_be_met() -> None:
    assert not Login("", "").take([DIGEST])
