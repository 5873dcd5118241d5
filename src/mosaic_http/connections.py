"""How many connections a server keeps, and which one it closes to make room for another."""

from collections.abc import Iterable
from typing import Protocol

from attrs import define, field

from mosaic_http.addresses import Network, counted, within

MOST_PER_NETWORK = 256
"""A browser opens six, so that an office behind one address has room, and whoever fills it takes
little memory. Where more people come from one address, it is a proxy's, which belongs into the settings."""

_PROXIES = "proxies"
"""Stands for the trusted proxies: theirs are many clients' connections."""


class Connection(Protocol):
    """What a connection that is counted can do."""

    def is_unused(self) -> bool:
        """Return whether an idle connection may be closed: nothing is on its way to the client."""
        ...

    def leave(self) -> None:
        """Close an idle connection."""
        ...


@define
class _Network:
    """The connections of one client network: how many, and the idle ones, longest idle first."""

    number: int = 0
    idle: dict[Connection, None] = field(factory=dict)

    def close_oldest(self) -> bool:
        """Close what has been idle for the longest; return whether there was anything to close."""
        for connection in self.idle:
            if connection.is_unused():
                del self.idle[connection]
                connection.leave()
                return True
        return False


class Connections:
    """The open connections of one process.

    A connection is idle while the head of a request is all that it waits for. When a network has
    `per_network` connections, or all have `most`, a new one takes the place of the one that has been idle for
    the longest: of that network, or of the one that has the most. If none is idle, the new one is not taken.
    No network has more than half of the places, but for the proxies that are `trusted`.
    """

    def __init__(
        self,
        most: int,
        *,
        trusted: Iterable[Network] = (),
        ipv6_prefix: int = 64,
        per_network: int = MOST_PER_NETWORK,
    ) -> None:
        self._most = most
        self._per_network = min(per_network, most // 2)
        self._trusted = tuple(trusted)
        self._ipv6_prefix = ipv6_prefix
        self._networks: dict[str, _Network] = {}
        self._keys: dict[Connection, str] = {}

    def enter(self, connection: Connection, address: str) -> bool:
        """Take a new connection from that address, idle so far; return False if there is no place for it."""
        key = self._key(address)
        network = self._networks.get(key, _Network())
        if network.number >= self._per_network and key != _PROXIES:
            has_room = network.close_oldest()
        else:
            has_room = len(self._keys) < self._most or self._close_any()
        if has_room:
            self._networks[key] = network
            self._keys[connection] = key
            network.number += 1
            network.idle[connection] = None
        return has_room

    def work(self, connection: Connection) -> None:
        """Take note that the head of a request has come."""
        network = self._network_of(connection)
        if network is not None:
            network.idle.pop(connection, None)

    def rest(self, connection: Connection) -> None:
        """Take note that all requests are answered, that of a connection that is gone by now perhaps."""
        network = self._network_of(connection)
        if network is not None:
            network.idle[connection] = None

    def exit(self, connection: Connection) -> None:
        """Forget a connection that is closed, or was not taken."""
        network = self._network_of(connection)
        if network is None:
            return
        key = self._keys.pop(connection)
        network.number -= 1
        network.idle.pop(connection, None)
        if not network.number:
            del self._networks[key]

    def _network_of(self, connection: Connection) -> _Network | None:
        key = self._keys.get(connection)
        return None if key is None else self._networks[key]

    def _key(self, address: str) -> str:
        return _PROXIES if within(address, self._trusted) else counted(address, self._ipv6_prefix)

    def _close_any(self) -> bool:
        """Close an idle connection of the network that has the most, of proxies only if there is no other."""
        by_number = sorted(
            self._networks, key=lambda key: (key != _PROXIES, self._networks[key].number), reverse=True
        )
        return any(self._networks[key].close_oldest() for key in by_number)
