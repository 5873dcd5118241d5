"""How many connections a server keeps, and which one it closes to make room for another."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol

from mosaic_http.addresses import Network, counted, within

MOST_PER_NETWORK = 512
"""A browser opens six, so that an office behind one address has room, and whoever fills it takes 10 MiB.
Where more people come from one address, it is a proxy's, which belongs into the settings."""

_PROXIES = "proxies"
"""Stands for the trusted proxies: theirs are many clients' connections."""


class Connection(Protocol):
    """What a connection that is counted can do."""

    def is_idle(self) -> bool:
        """Return whether the head of a request is all that it waits for."""
        ...

    def leave(self) -> None:
        """Close, while nothing is to do; it is not idle from now on."""
        ...


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
        self._networks: dict[str, OrderedDict[Connection, None]] = {}
        self._keys: dict[Connection, str] = {}

    def enter(self, connection: Connection, address: str) -> bool:
        """Take a new connection from that address; return False if there is no place for it."""
        key = self._key(address)
        network = self._networks.get(key, OrderedDict())
        if len(network) >= self._per_network and key != _PROXIES:
            has_place = _close_oldest(network)
        else:
            has_place = len(self._keys) < self._most or self._close_any()
        if has_place:
            self._networks[key] = network
            self._keys[connection] = key
            network[connection] = None
        return has_place

    def party(self, connection: Connection) -> str:
        """Return what stands for a connection's client; each connection of a proxy has another."""
        key = self._keys[connection]
        return f"{_PROXIES}:{id(connection)}" if key == _PROXIES else key

    def rest(self, connection: Connection) -> None:
        """Take note that a connection is idle since now."""
        key = self._keys.get(connection)
        if key is not None:
            self._networks[key].move_to_end(connection)

    def exit(self, connection: Connection) -> None:
        """Forget a connection that is closed, or was not taken."""
        key = self._keys.pop(connection, None)
        if key is None:
            return
        del self._networks[key][connection]
        if not self._networks[key]:
            del self._networks[key]

    def _key(self, address: str) -> str:
        return _PROXIES if within(address, self._trusted) else counted(address, self._ipv6_prefix)

    def _close_any(self) -> bool:
        """Close an idle connection of the network that has the most, of proxies only if there is no other."""
        by_number = sorted(
            self._networks, key=lambda key: (key != _PROXIES, len(self._networks[key])), reverse=True
        )
        return any(_close_oldest(self._networks[key]) for key in by_number)


def _close_oldest(network: Iterable[Connection]) -> bool:
    """Close the first that is idle; return whether one was."""
    for one in network:
        if one.is_idle():
            one.leave()
            return True
    return False
