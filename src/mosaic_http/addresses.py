"""Which addresses are one client, and which are trusted to speak for others."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

_LONGEST = 64
"""No address is longer, zone and all; longer texts are not remembered."""
_MAPPED = 96
"""So many bits come before an IPv4 address that is written as an IPv6 one."""


def counted(address: str, ipv6_prefix: int) -> str:
    """Return what stands for the client at that address where calls are counted.

    Whoever has one IPv6 address has its whole network, so the network's first `ipv6_prefix` bits count. An
    IPv4 address written as an IPv6 one is that IPv4 address. What is no address is one client altogether.
    """
    return _counted(address, ipv6_prefix) if len(address) <= _LONGEST else "unknown"


def within(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an address lies in one of the networks, an IPv4 one in either writing."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    writings = [ip, ip.ipv4_mapped] if isinstance(ip, IPv6Address) and ip.ipv4_mapped else [ip]
    return any(one in network for network in networks for one in writings)


def trusted(networks: Iterable[Network]) -> list[str]:
    """Return the networks as text, IPv4 ones in IPv6 writing as well: so a socket for both may tell them."""
    given = list(networks)
    mapped = [_mapped(one) for one in given if isinstance(one, IPv4Network)]
    return [str(network) for network in [*given, *mapped]]


@lru_cache(maxsize=4096)
def _counted(address: str, ipv6_prefix: int) -> str:
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ip_network((int(ip), ipv6_prefix), strict=False))


def _mapped(network: IPv4Network) -> IPv6Network:
    return IPv6Network(f"::ffff:{network.network_address}/{_MAPPED + network.prefixlen}")
