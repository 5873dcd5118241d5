"""Which addresses in the network a server connects to on behalf of a person.

A name says nothing: it may be spelled in many ways (`127.1`, `2130706433`, `0x7f.1`), and resolve to
something else the next time. So the addresses that it resolves to are judged, and whoever connects does so to
the very address that was judged.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from mosaic_core.errors import Forbidden
from mosaic_core.streams.allowed import Address, AllowedHosts

_NAT64 = IPv6Network("64:ff9b::/96")


class UnknownHost(OSError):
    """No address is known for the name."""


def judged(host: str, port: int, allowed: AllowedHosts, *, anywhere: bool) -> str:
    """Return the address to connect to, of those that the host resolves to.

    It is a public one, unless `anywhere` is allowed or the host is. It may block for as long as the system's
    resolver takes. Raises UnknownHost if there is none, Forbidden if there are none but others.
    """
    found = addresses_of(host, port)
    for text in found:
        address = unwrapped(text)
        if anywhere or is_public(address) or allowed.allow_name(host) or allowed.allow_address(address):
            return text
    raise Forbidden("The host has no public address, and is none that the operator allows")


def addresses_of(host: str, port: int) -> Sequence[str]:
    """Return the addresses that the host resolves to, in the system's order. Raises UnknownHost."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnknownHost("No address is known for the host") from None
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def unwrapped(text: str) -> Address:
    """Return the address, or the IPv4 address that an IPv6 address stands for."""
    address = ip_address(text)
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Return whether the address belongs to one host of the public internet."""
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )
