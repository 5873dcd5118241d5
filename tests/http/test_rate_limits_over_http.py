"""Rate limits over HTTP."""

import datetime as dt
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from attrs import evolve

from mosaic_adapters.settings import DEFAULT_RATE_LIMITS
from support_http import PASSWORD, Client, Reply, Serve, World

ASKED: dict[str, Callable[[Client], Reply]] = {
    "register": lambda one: one.post("/register", {}),
    "login": lambda one: one.post("/login", {}),
    "add_entry": lambda one: one.post("/add_entry", {}),
    "add_activity": lambda one: one.post("/add_activity", {}),
    "update_activity": lambda one: one.put("/activities/1", {}),
    "activity_status": lambda one: one.patch("/activities/1/activate"),
    "delete_activity": lambda one: one.delete("/activities/1"),
    "delete_entry": lambda one: one.delete("/entries/1"),
    "finalize_day": lambda one: one.post("/finalize_day"),
    "import_csv": lambda one: one.post("/import_csv"),
    "wearable_ingest": lambda one: one.post("/ingest/wearable/batch", {}),
}
LIMITS = {
    "register": (5, 3600),
    "login": (10, 60),
    "add_entry": (60, 60),
    "add_activity": (30, 60),
    "update_activity": (60, 60),
    "activity_status": (60, 60),
    "delete_activity": (30, 60),
    "delete_entry": (90, 60),
    "finalize_day": (10, 60),
    "import_csv": (5, 300),
    "wearable_ingest": (60, 60),
}


def login(client: Client, **headers: str) -> Reply:
    return client.with_headers(**headers).post("/login", {"username": "nobody", "password": "wrong"})


@pytest.fixture
def two_logins(serve: Serve) -> World:
    """A server that takes two logins a minute from one client."""
    return serve(rate_limits={"login": (2, 60)})


@pytest.mark.parametrize("name", LIMITS)
def test_each_name_has_its_limit_by_default(serve: Serve, name: str) -> None:
    limit, seconds = LIMITS[name]
    world = serve(rate_limits={name: DEFAULT_RATE_LIMITS[name]})
    if name in {"register", "login"}:
        client, asked = world.anyone, limit
    else:
        client, asked = world.person("ada"), limit
    for _ in range(asked):
        assert ASKED[name](client).status != 429
    reply = ASKED[name](client).failed("too_many_requests")
    wait = int(reply.header("retry-after") or "")
    assert 1 <= wait <= seconds
    assert reply.header("ratelimit-limit") == str(limit)
    assert reply.header("ratelimit-remaining") == "0"
    assert reply.header("ratelimit-reset") == str(wait)


def test_activating_and_deactivating_share_one_limit(serve: Serve) -> None:
    ada = serve(rate_limits={"activity_status": (2, 60)}).person("ada")
    ada.patch("/activities/1/activate").failed("not_found")
    ada.patch("/activities/2/deactivate").failed("not_found")
    ada.patch("/activities/1/activate").failed("too_many_requests")


def test_names_are_counted_apart(serve: Serve) -> None:
    ada = serve(rate_limits={"add_entry": (1, 60), "add_activity": (1, 60)}).person("ada")
    ada.add_entry().went(201)
    ada.add_activity("x").went(201)
    ada.add_entry().failed("too_many_requests")


def test_users_are_counted_apart_though_they_share_an_address(serve: Serve) -> None:
    world = serve(rate_limits={"add_entry": (1, 60)})
    ada, ben = world.person("ada"), world.person("ben")
    ada.add_entry().went(201)
    ben.add_entry().went(201)
    ada.add_entry().failed("too_many_requests")


def test_a_user_is_one_client_whatever_their_address_or_session(serve: Serve) -> None:
    world = serve(rate_limits={"add_entry": (1, 60)})
    ada = world.person("ada")
    ada.add_entry().went(201)
    evolve(ada, address="198.51.100.9").add_entry().failed("too_many_requests")
    world.anyone.logged_in("ada").add_entry().failed("too_many_requests")


def test_who_is_no_user_yet_is_counted_by_address(two_logins: World) -> None:
    for _ in range(2):
        login(two_logins.anyone).failed("invalid_credentials")
    login(two_logins.anyone).failed("too_many_requests")
    login(evolve(two_logins.anyone, address="198.51.100.9")).failed("invalid_credentials")


def test_a_limit_is_not_dodged_by_a_header_of_the_clients_own(two_logins: World) -> None:
    for n in range(2):
        login(two_logins.anyone, X_Forwarded_For=f"198.51.100.{n}").failed("invalid_credentials")
    for headers in (
        {"X_Forwarded_For": "198.51.100.77"},
        {"Forwarded": "for=198.51.100.78"},
        {"X_Real_IP": "198.51.100.79"},
        {"X_API_Key": "another"},
        {"Authorization": "Bearer another"},
        {"X_Request_ID": "another"},
        {"Cookie": "mosaic_session=another"},
    ):
        login(two_logins.anyone, **headers).failed("too_many_requests")


def test_a_trusted_proxys_word_about_the_client_counts(serve: Serve) -> None:
    world = serve(rate_limits={"login": (1, 60)}, trusted_proxies=(ip_network("10.0.0.0/8"),))
    proxy = evolve(world.anyone, address="10.1.2.3")
    login(proxy, X_Forwarded_For="198.51.100.1").failed("invalid_credentials")
    login(proxy, X_Forwarded_For="198.51.100.2").failed("invalid_credentials")
    login(proxy, X_Forwarded_For="198.51.100.1").failed("too_many_requests")
    login(proxy, X_Forwarded_For="8.8.8.8, 198.51.100.1").failed("too_many_requests")
    login(proxy, X_Forwarded_For="198.51.100.1, 10.9.9.9").failed("too_many_requests")
    login(evolve(world.anyone, address="198.51.100.1")).failed("too_many_requests")


def test_addresses_of_one_ipv6_network_are_one_client(serve: Serve) -> None:
    world = serve(rate_limits={"login": (3, 60)})
    for number in range(3):
        login(evolve(world.anyone, address=f"2001:db8:1:2::{number}")).failed("invalid_credentials")
    login(evolve(world.anyone, address="2001:db8:1:2:abcd::1")).failed("too_many_requests")
    login(evolve(world.anyone, address="2001:db8:1:3::1")).failed("invalid_credentials")


def test_the_operator_decides_how_large_an_ipv6_network_is_one_client(serve: Serve) -> None:
    world = serve(rate_limits={"login": (1, 60)}, rate_limit_ipv6_prefix=128)
    login(evolve(world.anyone, address="2001:db8::1")).failed("invalid_credentials")
    login(evolve(world.anyone, address="2001:db8::2")).failed("invalid_credentials")
    login(evolve(world.anyone, address="2001:db8::1")).failed("too_many_requests")


def test_an_ipv4_address_in_ipv6_writing_is_that_address(serve: Serve) -> None:
    world = serve(rate_limits={"login": (1, 60)})
    login(evolve(world.anyone, address="198.51.100.1")).failed("invalid_credentials")
    login(evolve(world.anyone, address="::ffff:198.51.100.1")).failed("too_many_requests")
    login(evolve(world.anyone, address="::ffff:198.51.100.2")).failed("invalid_credentials")


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("203.0.113.5:4711", "203.0.113.5:4712"),
        ("203.0.113.5:4711", "203.0.113.5"),
        ("[2001:db8::1]:4711", "[2001:db8::1]:4712"),
        ("[2001:db8::1]:4711", "2001:db8::2"),
        ("203.0.113.5:4711", "203.0.113.5:4712, ::ffff:10.9.9.9"),
    ],
)
def test_a_port_that_a_proxy_tells_is_no_part_of_the_address(serve: Serve, first: str, again: str) -> None:
    world = serve(rate_limits={"login": (1, 60)}, trusted_proxies=(ip_network("10.0.0.0/8"),))
    login(evolve(world.anyone, address="10.1.2.3"), X_Forwarded_For=first).failed("invalid_credentials")
    mapped = evolve(world.anyone, address="::ffff:10.1.2.3")
    login(mapped, X_Forwarded_For=again).failed("too_many_requests")


def test_a_used_up_limit_ends_in_time_though_the_clock_is_set_back(two_logins: World) -> None:
    for _ in range(2):
        login(two_logins.anyone).failed("invalid_credentials")
    two_logins.clock.instant -= dt.timedelta(days=3)
    assert login(two_logins.anyone).failed("too_many_requests").header("retry-after") == "60"
    two_logins.clock.advance(seconds=60)
    login(two_logins.anyone).failed("invalid_credentials")


def test_others_words_do_not_count_where_a_proxy_is_trusted(serve: Serve) -> None:
    world = serve(rate_limits={"login": (1, 60)}, trusted_proxies=(ip_network("10.0.0.0/8"),))
    login(world.anyone, X_Forwarded_For="198.51.100.1").failed("invalid_credentials")
    login(world.anyone, X_Forwarded_For="198.51.100.2").failed("too_many_requests")
    login(evolve(world.anyone, address="198.51.100.1")).failed("invalid_credentials")


def test_a_trusted_proxys_word_about_https_makes_the_cookie_secure(serve: Serve) -> None:
    world = serve(trusted_proxies=(ip_network("10.0.0.0/8"),))
    world.person("ada")
    said = {"username": "ada", "password": PASSWORD, "cookie": True}
    for address, secure in [("10.1.2.3", True), ("203.0.113.5", False)]:
        client = evolve(world.anyone, address=address).with_headers(X_Forwarded_Proto="https")
        assert ("Secure" in (client.post("/login", said).went(200).header("set-cookie") or "")) is secure


@pytest.mark.parametrize(
    "said", ["", ",", "not an address", "::1", "1.2.3.4:99", "x" * 5000, "\xff", "unknown"]
)
def test_any_word_of_a_trusted_proxy_is_survived(serve: Serve, said: str) -> None:
    world = serve(trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("::1/128")))
    proxy = evolve(world.anyone, address="10.1.2.3")
    login(proxy, X_Forwarded_For=said).failed("invalid_credentials")
    login(proxy, X_Forwarded_For=said, X_Forwarded_Proto=said).failed("invalid_credentials")


def test_requests_that_fail_count_too(serve: Serve) -> None:
    ada = serve(rate_limits={"add_entry": (2, 60)}).person("ada")
    ada.post("/add_entry", {}).failed("invalid_input")
    ada.post("/add_entry", {}).failed("invalid_input")
    ada.add_entry().failed("too_many_requests")


def test_who_is_refused_is_not_counted_as_the_user_they_claim_to_be(serve: Serve) -> None:
    world = serve(rate_limits={"add_entry": (1, 60)})
    ada = world.person("ada")
    for _ in range(3):
        evolve(ada, headers={"Authorization": f"Bearer {ada.token}x"}).add_entry().failed("unauthorized")
    ada.add_entry().went(201)


def test_limits_can_be_switched_off(serve: Serve) -> None:
    anyone = serve(rate_limits={}).anyone
    for _ in range(40):
        anyone.post("/login", {}).failed("invalid_input")


def test_reading_has_no_limit(serve: Serve) -> None:
    ada = serve(rate_limits=dict.fromkeys(LIMITS, (1000, 60))).person("ada")
    for _ in range(150):
        ada.get("/today").went(200)
