"""What the operator lets everybody reach in the network: cameras that are watched, receivers of webhooks."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import field, frozen

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@frozen
class AllowedHosts:
    """Host names, regardless of case, and networks."""

    names: frozenset[str] = field(factory=frozenset)
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, stated: Iterable[str]) -> "AllowedHosts":
        """Return what is stated: each is a name, an address or a network."""
        names, networks = set(), []
        for one in stated:
            try:
                networks.append(ip_network(one, strict=False))
            except ValueError:
                names.add(_plain_name(one))
        return cls(frozenset(names), tuple(networks))

    def allow_name(self, host: str) -> bool:
        """Return whether the host is among the names."""
        return _plain_name(host) in self.names

    def allow_address(self, address: Address) -> bool:
        """Return whether the address lies in one of the networks."""
        return any(address in network for network in self.networks)


def plain(address: str) -> str:
    """Return an address in its one spelling: an IPv4 one that is written as an IPv6 one is that IPv4 one."""
    ip = ip_address(address)
    return str(ip.ipv4_mapped if isinstance(ip, IPv6Address) and ip.ipv4_mapped else ip)


def _plain_name(host: str) -> str:
    return host.rstrip(".").casefold()
