"""Which addresses are one client."""

from ipaddress import ip_network

import pytest

from mosaic_http.addresses import counted, trusted


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("::FFFF:cb00:7105", "203.0.113.5"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("127.1", "unknown"),
        ("unix:", "unknown"),
        ("1" * 5000, "unknown"),
    ],
)
def test_clients_are_counted_by_ipv4_address_or_ipv6_network(address: str, client: str) -> None:
    assert counted(address, 64) == client


@pytest.mark.parametrize(("prefix", "client"), [(48, "2001:db8:1::/48"), (128, "2001:db8:1:2::1/128")])
def test_the_operator_decides_how_large_a_network_one_client_has(prefix: int, client: str) -> None:
    assert counted("2001:db8:1:2::1", prefix) == client


def test_an_ipv4_network_is_trusted_in_ipv6_writing_too() -> None:
    networks = [ip_network("10.0.0.0/8"), ip_network("127.0.0.1"), ip_network("2001:db8::/32")]
    assert trusted(networks) == [
        "10.0.0.0/8",
        "127.0.0.1/32",
        "2001:db8::/32",
        "::ffff:a00:0/104",
        "::ffff:7f00:1/128",
    ]
