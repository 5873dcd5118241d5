"""What is the address of a camera, and what of it may be told."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_core.errors import InvalidInput
from mosaic_core.streams.allowed import AllowedHosts, plain
from mosaic_core.streams.model import CameraAddress, CameraWanted

CREDENTIALS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=64)


def parsed(url: str, **more: Any) -> CameraAddress:  # noqa: ANN401  # a name, a password
    return CameraAddress.parse(CameraWanted(url=url, **more))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("rtsp://host", ("rtsp", "host", 554, "/")),
        ("RTSPS://Host.:8322/a/b?c=d&e#f", ("rtsps", "host", 8322, "/a/b?c=d&e")),
        ("rtsps://[FE80::1%eth0]/x", ("rtsps", "fe80::1%eth0", 322, "/x")),
        (
            "rtsp://kamera.münchen.example/ä ".strip(),
            ("rtsp", "kamera.xn--mnchen-3ya.example", 554, "/%C3%A4"),
        ),
        ("rtsp://h/a%20b", ("rtsp", "h", 554, "/a%20b")),
        ("rtsp://h?only=query", ("rtsp", "h", 554, "/?only=query")),
    ],
)
def test_an_address_has_its_parts_in_ascii_and_the_usual_port(url: str, expected: tuple[object, ...]) -> None:
    found = parsed(url)
    assert (found.scheme, found.host, found.port, found.target) == expected


@given(username=CREDENTIALS, password=CREDENTIALS)
def test_credentials_of_any_characters_are_taken_from_the_address_or_from_beside_it(
    username: str, password: str
) -> None:
    url = f"rtsp://{quote(username, safe='')}:{quote(password, safe='')}@host/live"
    found = parsed(url)
    assert (found.username, found.password, found.host) == (username, password, "host")
    beside = parsed("rtsp://other:one@host/live", username=username, password=password)
    assert (beside.username, beside.password) == (username, password)


@pytest.mark.parametrize("name", ["username", "password"])
@pytest.mark.parametrize("value", ["a\r\nb", "\x00", "\x7f", "\x80", "\ud800", "x" * 257])
def test_credentials_that_would_break_out_of_a_line_are_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parsed("rtsp://host/", **{name: value})
    assert error.value.details == {"field": name}


@pytest.mark.parametrize("host", ["ä" * 70, "a b", "", "a%b", "x" * 254])
def test_what_is_no_name_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidInput):
        parsed(f"rtsp://{host}/")


@pytest.mark.parametrize(
    "url", ["rtsp://a:1/2@host/", "rtsp://a:1?2@host/", "rtsp://a:1#2@host/", "rtsp://a:b@c/d@host/"]
)
def test_an_address_of_which_a_password_might_be_taken_for_a_path_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="%40"):
        parsed(url)


def test_nothing_that_prints_an_address_tells_its_credentials_or_its_query() -> None:
    wanted = CameraWanted(url="rtsp://Meise:Specht@host/live?Kranich", username=None, password="Storch")
    address = CameraAddress.parse(wanted)
    assert address.path == "/live"
    for secret in ("Meise", "Specht", "Kranich", "Storch"):
        assert secret not in repr((wanted, address))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("0:0::1", "::1"),
        ("fe80::1%2", "fe80::1%2"),
    ],
)
def test_an_address_has_one_spelling(address: str, expected: str) -> None:
    assert plain(address) == expected


def test_a_list_of_what_is_allowed_has_networks_and_names() -> None:
    hosts = AllowedHosts.of(["10.0.0.0/8", "fd00::/8", "192.0.2.1", "Door.Example."])
    assert hosts.names == {"door.example"}
    assert hosts.allow_name("DOOR.example.")
    assert not hosts.allow_name("indoor.example")
    allowed = ["10.9.8.7", "fd12::1", "192.0.2.1"]
    asked = [*allowed, "192.0.2.2", "::1", "11.0.0.1"]
    assert [one for one in asked if hosts.allow_address(ip_address(one))] == allowed
