"""Every spelling of an address that is not public is known as what it is."""

import pytest

from mosaic_adapters.network_addresses import UnknownHost, is_public, judged, unwrapped
from mosaic_core.errors import Forbidden
from mosaic_core.streams.allowed import AllowedHosts

NOBODY = AllowedHosts()

INNER = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "LOCALHOST",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "0.0.0.0",  # noqa: S104  # not bound, but refused
    "0",
    "::",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fd00::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "①②⑦.0.0.1",
]


@pytest.mark.parametrize("host", INNER)
def test_what_is_not_public_is_refused_however_it_is_spelled(host: str) -> None:
    with pytest.raises(Forbidden):
        judged(host, 80, NOBODY, anywhere=False)


@pytest.mark.parametrize("host", ["127.1", "::ffff:127.0.0.1", "192.168.1.1", "1.1.1.1"])
def test_where_anywhere_is_allowed_the_address_to_connect_to_is_told(host: str) -> None:
    assert is_an_address(judged(host, 80, NOBODY, anywhere=True))


def is_an_address(text: str) -> bool:
    return bool(unwrapped(text))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("1.1.1.1", "1.1.1.1"),
        ("16843009", "1.1.1.1"),
        ("::ffff:1.1.1.1", "::ffff:1.1.1.1"),
        ("2606:4700:4700::1111", "2606:4700:4700::1111"),
        ("64:ff9b::101:101", "64:ff9b::101:101"),
    ],
)
def test_a_public_address_is_connected_to(host: str, address: str) -> None:
    assert judged(host, 443, NOBODY, anywhere=False) == address


@pytest.mark.parametrize(
    ("stated", "host"),
    [
        (["localhost"], "LocalHost"),
        (["LocalHost."], "localhost"),
        (["127.0.0.0/8"], "localhost"),
        (["127.0.0.1"], "127.1"),
        (["127.0.0.1/8"], "::ffff:127.0.0.1"),
        (["fd00::/8", "10.0.0.0/8"], "10.1.2.3"),
        (["fd00::/8", "10.0.0.0/8"], "fd00::1"),
    ],
)
def test_what_the_operator_allows_is_for_everybody(stated: list[str], host: str) -> None:
    assert judged(host, 80, AllowedHosts.of(stated), anywhere=False)


@pytest.mark.parametrize(("stated", "host"), [(["localhost"], "127.0.0.1"), (["10.0.0.0/8"], "11.0.0.1.x")])
def test_what_is_allowed_is_nothing_but_that(stated: list[str], host: str) -> None:
    with pytest.raises((Forbidden, UnknownHost)):
        judged(host, 80, AllowedHosts.of(stated), anywhere=False)


@pytest.mark.parametrize("host", ["a.invalid", "", "x" * 300, "a..b", "\0", "a b"])
def test_a_host_without_an_address_is_unknown(host: str) -> None:
    with pytest.raises((UnknownHost, Forbidden)):
        judged(host, 80, NOBODY, anywhere=False)


@pytest.mark.parametrize("text", ["8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(unwrapped(text))
