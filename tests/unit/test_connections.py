"""Who gets a connection, and who is asked to leave."""

import pickle
from ipaddress import ip_network

import pytest

from mosaic_http.addresses import within
from mosaic_http.connections import Connections

ADA, BEN, EVE, PROXY = "203.0.113.1", "203.0.113.2", "198.51.100.9", "192.0.2.7"


class Line:
    """A connection, idle from its beginning."""

    def __init__(self) -> None:
        self.works = False
        self.has_left = False

    def is_idle(self) -> bool:
        return not self.works and not self.has_left

    def leave(self) -> None:
        self.has_left = True


def entered(connections: Connections, address: str, number: int = 1) -> list[Line]:
    lines = [Line() for _ in range(number)]
    assert all(connections.enter(line, address) for line in lines)
    return lines


def left(lines: list[Line]) -> list[bool]:
    return [line.has_left for line in lines]


def test_a_network_with_all_it_may_have_loses_its_oldest_idle_connection() -> None:
    connections = Connections(100, per_network=3)
    ada = entered(connections, ADA)
    eve = entered(connections, EVE, 5)
    assert left(eve) == [True, True, False, False, False]
    assert left(ada) == [False]


def test_a_connection_that_works_is_kept_and_idle_anew_when_it_has_its_answer() -> None:
    connections = Connections(100, per_network=2)
    first, second = entered(connections, EVE, 2)
    connections.rest(first)
    entered(connections, EVE)
    assert left([first, second]) == [False, True]


def test_a_connection_is_not_taken_where_none_of_its_network_is_idle() -> None:
    connections = Connections(100, per_network=2)
    lines = entered(connections, EVE, 2)
    for line in lines:
        line.works = True
    late = Line()
    assert not connections.enter(late, EVE)
    connections.exit(late)
    assert left([*lines, late]) == [False] * 3
    entered(connections, ADA)
    connections.exit(lines[0])
    entered(connections, EVE)


def test_where_no_place_is_left_the_network_that_has_the_most_makes_room() -> None:
    connections = Connections(6, per_network=3)
    ada = entered(connections, ADA)
    eve = entered(connections, EVE, 3)
    ben = entered(connections, BEN, 3)
    assert left([*ada, *eve, *ben]) == [False, True, False, False, False, False, False]


def test_where_no_place_is_left_and_nobody_is_idle_nobody_new_is_taken() -> None:
    connections = Connections(4)
    for address in (ADA, BEN):
        for line in entered(connections, address, 2):
            line.works = True
    assert not connections.enter(Line(), EVE)


def test_no_network_has_more_than_half_of_the_places() -> None:
    eve = entered(Connections(10), EVE, 7)
    assert left(eve) == [True, True, *[False] * 5]


def test_addresses_of_one_ipv6_network_count_together() -> None:
    connections = Connections(100, per_network=2)
    first = entered(connections, "2001:db8::1")
    entered(connections, "2001:db8::2")
    entered(connections, "2001:db8::3")
    assert left(first) == [True]


def test_trusted_proxies_have_no_bound_of_their_own_and_are_the_last_to_make_room() -> None:
    connections = Connections(8, per_network=2, trusted=[ip_network("192.0.2.0/24")])
    proxied = entered(connections, PROXY, 6)
    proxied += entered(connections, "::ffff:192.0.2.8")
    ada = entered(connections, ADA)
    eve = entered(connections, EVE)
    assert left(proxied) == [False] * 7
    assert left(ada) == [True]
    for line in (*ada, *eve):
        line.works = True
    entered(connections, BEN)
    assert left(proxied) == [True, *[False] * 6]


def test_what_is_gone_does_not_become_idle() -> None:
    connections = Connections(4)
    (line,) = entered(connections, ADA)
    connections.exit(line)
    connections.rest(line)
    assert connections.enter(line, ADA)


def test_connections_of_one_network_are_one_party_s_and_each_of_a_proxy_another_s() -> None:
    connections = Connections(100, trusted=[ip_network("192.0.2.0/24")])
    eve = entered(connections, EVE, 2)
    ada = entered(connections, ADA)
    proxied = entered(connections, PROXY, 2)
    assert len({connections.party(line) for line in (*eve, *ada, *proxied)}) == 4
    assert connections.party(eve[0]) == connections.party(eve[1])


def test_what_is_gone_is_not_counted() -> None:
    connections = Connections(2)
    for _ in range(10):
        (line,) = entered(connections, ADA)
        connections.exit(line)
        connections.exit(line)
        assert not line.has_left


def test_each_worker_counts_for_itself() -> None:
    connections = pickle.loads(pickle.dumps(Connections(10, trusted=[ip_network("192.0.2.0/24")])))  # noqa: S301
    assert connections.enter(Line(), ADA)


@pytest.mark.parametrize(
    ("address", "is_within"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("192.0.3.7", False),
        ("2001:db8::1%eth0", True),
        ("2001:db9::1", False),
        ("", False),
        ("unix", False),
    ],
)
def test_an_address_lies_in_a_network_in_either_writing(address: str, is_within: bool) -> None:  # noqa: FBT001
    networks = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
    assert within(address, networks) is is_within
