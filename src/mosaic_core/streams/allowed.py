"""Which cameras people may open who are no administrators."""

import ipaddress
from collections.abc import Iterable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def plain(address: str) -> str:
    """Return an address in its one spelling: an IPv4 one that is written as an IPv6 one is that IPv4 one."""
    ip = ipaddress.ip_address(address)
    return str(ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped else ip)


def networks_and_names(allowed: Iterable[str]) -> tuple[tuple[Network, ...], tuple[str, ...]]:
    """Return the networks of the list, an address being one of its own, and the names of hosts."""
    networks: list[Network] = []
    names: list[str] = []
    for one in allowed:
        try:
            networks.append(ipaddress.ip_network(one))
        except ValueError:
            names.append(one.lower().rstrip("."))
    return tuple(networks), tuple(names)


def within(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an address, in its one spelling, lies in one of the networks."""
    ip = ipaddress.ip_address(address)
    return any(ip in network for network in networks)
